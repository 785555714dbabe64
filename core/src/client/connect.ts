import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { CoreError } from "../protocol/errors.ts";
import { type CoreAddress, CoreClient, type CoreClientOptions } from "./core-client.ts";

// Besides the client, what `npm run demo` leaves for Blender.
export { homeFolder } from "../config.ts";
export { noteInstallation } from "../note-installation.ts";

/** Content of `run/core.json`, which a running core keeps in its home folder. */
const RunningCoreSchema = z.object({
  host: z.string(),
  port: z.int(),
  pid: z.int(),
  version: z.string(),
  token_file: z.string(),
});

/**
 * Finds the core that runs for this home folder.
 *
 * @returns undefined when none runs; a stale file of a killed core counts as none.
 */
export async function findCore(home: string): Promise<CoreAddress | undefined> {
  try {
    const running = RunningCoreSchema.parse(JSON.parse(await readFile(join(home, "run", "core.json"), "utf8")));
    process.kill(running.pid, 0);
    const token = (await readFile(running.token_file, "utf8")).trim();
    return { url: `ws://${running.host.includes(":") ? `[${running.host}]` : running.host}:${running.port}`, token };
  } catch {
    return undefined;
  }
}

/**
 * Connects to a core and says hello.
 *
 * @throws CoreError CORE_NOT_RUNNING, UNAUTHORIZED, UNSUPPORTED_PROTOCOL
 */
export async function connectCore(address: CoreAddress, options: CoreClientOptions): Promise<CoreClient> {
  const client = new CoreClient(address, options);
  try {
    await client.open();
  } catch (error) {
    client.close();
    throw error;
  }
  return client;
}

/** Gives the error for a home folder without a running core. */
export function coreNotRunning(home: string): CoreError {
  return new CoreError("CORE_NOT_RUNNING", `No core runs for ${home}.`, {
    remedy: "Start one with `genga serve`, or name another with --url and GENGA_TOKEN.",
  });
}
