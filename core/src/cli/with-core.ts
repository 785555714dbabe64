import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { connectCore, findCore } from "../client/connect.ts";
import type { CoreClient } from "../client/core-client.ts";
import { formatLogLine } from "../log-lines.ts";
import { packageFolder } from "../package-folder.ts";
import { CoreError } from "../protocol/errors.ts";
import { VERSION } from "../version.ts";

/** Which core a command talks to. */
export interface CoreChoice {
  home: string;
  /** Address and token of a core elsewhere; then none is started. */
  url?: string;
  token?: string;
  /** Keeps the warnings of a core that is started for the call from standard error. */
  quiet?: boolean;
}

const ListeningSchema = z.object({
  event: z.literal("listening"),
  port: z.int(),
  address: z.string(),
  token_file: z.string(),
});
/** Number of the severity in pino's lines. */
const WARN = 40;
const START_TIMEOUT_MS = 30_000;

/**
 * Runs a function with a client of the core: the one named, the one that runs for this home folder, or one started for the call
 * and stopped after it.
 *
 * @throws CoreError CORE_NOT_RUNNING, and whatever the function throws
 */
export async function withCore<T>(choice: CoreChoice, use: (client: CoreClient) => Promise<T>): Promise<T> {
  const hello = { name: "genga-cli", version: VERSION, user: userInfo().username };
  const remote = choice.url === undefined ? undefined : { url: choice.url, token: choice.token ?? "" };
  const found = remote ?? (await findCore(choice.home));
  if (found !== undefined) {
    const client = await connectCore(found, hello);
    try {
      return await use(client);
    } finally {
      client.close();
    }
  }
  const started = await startCore(choice);
  try {
    const client = await connectCore(started.address, hello);
    try {
      return await use(client);
    } finally {
      client.close();
    }
  } finally {
    await stopCore(started.process);
  }
}

async function startCore({
  home,
  quiet = false,
}: CoreChoice): Promise<{ process: ChildProcess; address: { url: string; token: string } }> {
  const child = spawn(
    process.execPath,
    [join(packageFolder(), "core", "bin", "genga.js"), "serve", "--port", "0", "--json"],
    {
      env: { ...process.env, GENGA_HOME: home },
      stdio: ["ignore", "pipe", "pipe"],
      // Ctrl-C is for the command, which cancels its job first; the core gets its SIGTERM afterwards.
      detached: true,
    },
  );
  // A second Ctrl-C ends the command at once; its core must not stay behind.
  const stopChild = () => child.kill("SIGTERM");
  process.once("exit", stopChild);
  child.once("exit", () => process.off("exit", stopChild));
  let lastError = "no output";
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (line.trim() === "") return;
    lastError = formatLogLine(line, false);
    if (!quiet && isWarning(line)) showLine(line);
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const event: unknown = JSON.parse(line);
      const listening = ListeningSchema.safeParse(event);
      if (!listening.success) {
        if (isErrorLine(event))
          throw new CoreError(event.code, event.message, event.remedy === undefined ? {} : { remedy: event.remedy });
        continue;
      }
      child.stdout.resume();
      const token = process.env.GENGA_TOKEN ?? (await readFile(listening.data.token_file, "utf8")).trim();
      return { process: child, address: { url: listening.data.address.replace(/^http/, "ws"), token } };
    }
    throw new CoreError("CORE_NOT_RUNNING", `The core did not start: ${lastError}.`, {
      remedy: "Run `genga doctor` to see why.",
    });
  } finally {
    clearTimeout(timer);
  }
}

function isErrorLine(event: unknown): event is { code: CoreError["code"]; message: string; remedy?: string } {
  return (
    typeof event === "object" &&
    event !== null &&
    "event" in event &&
    event.event === "error" &&
    "code" in event &&
    "message" in event
  );
}

/** Tells whether a log line is a warning or worse. */
function isWarning(line: string): boolean {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === "object" && record !== null && "level" in record && Number(record.level) >= WARN;
  } catch {
    return false;
  }
}

function showLine(line: string): void {
  const { isTTY } = process.stderr;
  // On a terminal a progress bar may stand in this line.
  process.stderr.write(`${isTTY ? "\r\x1b[K" : ""}${formatLogLine(line, isTTY && process.stderr.hasColors())}\n`);
}

async function stopCore(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
