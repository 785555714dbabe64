import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const GENGA = `${ROOT}core/bin/genga.js`;

/** What a command left behind. */
export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
  /** The lines of standard output, read as JSON; for commands with --json. */
  events: Record<string, unknown>[];
}

/** Runs a command to its end with its own home folder. */
export async function runCli(home: string, args: string[], env: Record<string, string> = {}): Promise<CliResult> {
  const child = spawn(process.execPath, [GENGA, ...args], {
    cwd: ROOT,
    env: { ...process.env, GENGA_HOME: home, GENGA_LOG_LEVEL: "warn", ...env },
    timeout: 600_000,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code]: (number | null)[] = await once(child, "close");
  const lines = args.includes("--json") ? stdout.split("\n").filter((line) => line !== "") : [];
  return { code: code ?? null, stdout, stderr, events: lines.map((line) => JSON.parse(line)) };
}

/** Starts `genga serve` for a home folder; gives its port and the function that stops it. */
export async function startServe(
  home: string,
  env: Record<string, string> = {},
): Promise<{ port: number; stop: () => Promise<void> }> {
  const child = spawn(process.execPath, [GENGA, "serve", "--port", "0", "--json"], {
    env: { ...process.env, GENGA_HOME: home, GENGA_LOG_LEVEL: "warn", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const event: unknown = JSON.parse(line);
    if (typeof event !== "object" || event === null || !("port" in event)) throw new Error(`serve answered ${line}`);
    child.stdout.resume();
    return {
      port: Number(event.port),
      stop: async () => {
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      },
    };
  }
  throw new Error("serve ended without a line");
}
