import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const ListeningSchema = z.object({ event: z.literal("listening"), port: z.int(), token_file: z.string() });

/** A built core in a process of its own, in a home folder that goes with it. */
export interface RunningCore {
  port: number;
  token: string;
  url: string;
  pid: number;
  /** Resident memory in bytes. */
  memory(): number;
  /** Milliseconds of CPU that all its threads took so far, which a busy machine lengthens far less than the clock's. */
  cpu(): number;
  stop(): Promise<void>;
}

/** Gives a fresh home folder. */
export function temporaryHome(): { home: string; remove(): void } {
  const home = mkdtempSync(join(tmpdir(), "genga-bench-"));
  return { home, remove: () => rmSync(home, { recursive: true, force: true }) };
}

/** Starts `genga serve`, as `npm run build` made it, and waits until it listens. */
export async function runCore(home: string): Promise<RunningCore> {
  const program = fileURLToPath(new URL("../bin/genga.js", import.meta.url));
  const child: ChildProcess = spawn(
    process.execPath,
    [program, "serve", "--port", "0", "--json", "--log-level", "warn"],
    {
      env: { ...process.env, GENGA_HOME: home },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  if (child.stdout === null || child.pid === undefined) throw new Error("the core could not be spawned");
  const { pid } = child;
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, "line"), once(child, "exit")]);
  const { port, token_file } = ListeningSchema.parse(JSON.parse(String(first[0])));
  return {
    port,
    token: readFileSync(token_file, "utf8").trim(),
    url: `ws://127.0.0.1:${port}`,
    pid,
    memory: () => 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]),
    cpu: () => cpuTime(pid),
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function cpuTime(pid: number): number {
  // Fields 14 and 15 of proc(5)'s stat, in hundredths of a second; the program's name before them may hold blanks.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Gives the value below which a share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  if (value === undefined) throw new Error("no values");
  return value;
}

/** Prints a table for a person and one JSON line for a program. */
export function report(name: string, rows: Record<string, number | string>): void {
  for (const [what, value] of Object.entries(rows)) {
    process.stdout.write(`${what.padEnd(44)} ${typeof value === "number" ? round(value) : value}\n`);
  }
  process.stdout.write(`${JSON.stringify({ bench: name, ...rows })}\n`);
}

function round(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 3 });
}
