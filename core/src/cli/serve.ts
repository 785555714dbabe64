import { resolve } from "node:path";
import { startCore } from "../app.ts";
import { readConfig } from "../config.ts";
import { createLogger } from "../logger.ts";
import { noteInstallation } from "../note-installation.ts";
import { EXIT_CODES } from "./exit-codes.ts";

/** Options of {@link serve}. */
export interface ServeOptions {
  /** Settings from the command line, by their names. */
  flags: Record<string, string | boolean>;
  json: boolean;
}

/**
 * Runs the core until SIGTERM or SIGINT; then the running step ends, what is unfinished stays queued, and the process exits 0.
 * A second signal ends it at once.
 */
export async function serve({ flags, json }: ServeOptions): Promise<void> {
  // A file named on the command line is meant from where the person stands, in config.json from GENGA_HOME.
  const { allow_list } = flags;
  const config = readConfig({
    env: process.env,
    flags: typeof allow_list === "string" ? { ...flags, allow_list: resolve(allow_list) } : flags,
  });
  const logger = createLogger({
    level: config.log_level,
    prompt_privacy: config.prompt_privacy,
    folder: config.paths.logs,
  });
  if (config.unknown_environment.length > 0) {
    logger.warn({ variables: config.unknown_environment }, "environment variables that are no settings are ignored");
  }

  const ended = new Promise<void>((end) => {
    let signals = 0;
    const onSignal = () => {
      signals += 1;
      if (signals > 1) process.exit(EXIT_CODES.CANCELLED);
      end();
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
  // Whoever started the core for its first line may have closed the pipe since; that must not end the core.
  process.stdout.on("error", (error) => {
    if (!("code" in error) || error.code !== "EPIPE") throw error;
  });
  const core = await startCore(config, { logger });
  const { address } = core;
  try {
    noteInstallation(config.paths.home);
  } catch (error) {
    logger.warn({ error }, "installed.json could not be written; Blender will not find this program by itself");
  }
  if (json) {
    const { token_file, home } = config.paths;
    print({ event: "listening", port: core.port, token_file, address, home, pid: process.pid });
  } else {
    process.stdout.write(
      `Genga listens on ${address}\nIts page, for the next minute: ${address}${core.createLoginPath()}\n`,
    );
  }
  await ended;
  if (json) print({ event: "stopping" });
  await core.close();
  if (json) print({ event: "stopped" });
  // Native libraries may keep threads; all that matters is on the disk.
  process.exit(EXIT_CODES.OK);
}

function print(event: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}
