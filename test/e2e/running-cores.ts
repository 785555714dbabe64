import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { connectCore } from "../../core/src/client/connect.ts";
import type { CoreClient } from "../../core/src/client/core-client.ts";
import type { JobEvent, JobSummary } from "../../core/src/protocol/core-messages.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/genga.js", import.meta.url));
const ListeningSchema = z.object({ event: z.literal("listening"), port: z.int(), token_file: z.string() });

/** Built cores of one test, in one home folder; what still runs at its end is killed. */
export class RunningCores {
  readonly home = mkdtempSync(join(tmpdir(), "genga-crash-"));
  readonly #cores: ChildProcess[] = [];

  /** Starts a core and connects to it. */
  async start(folder = this.home): Promise<{ core: ChildProcess; client: CoreClient }> {
    const core = spawn(process.execPath, [PROGRAM, "serve", "--port", "0", "--json", "--log-level", "error"], {
      env: { ...process.env, GENGA_HOME: folder },
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.#cores.push(core);
    const lines = createInterface({ input: core.stdout });
    const [line] = await Promise.race([once(lines, "line"), once(core, "exit").then(([code]) => [`exit ${code}`])]);
    const { port, token_file } = ListeningSchema.parse(JSON.parse(String(line)));
    const address = { url: `ws://127.0.0.1:${port}`, token: readFileSync(token_file, "utf8").trim() };
    return { core, client: await connectCore(address, { name: "crash-test", version: "1", reconnects: 0 }) };
  }

  async remove(): Promise<void> {
    for (const core of this.#cores) await kill(core);
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** Ends a core as a crash does. */
export async function kill(core: ChildProcess): Promise<void> {
  if (core.exitCode !== null || core.signalCode !== null) return;
  const ended = once(core, "exit");
  core.kill("SIGKILL");
  await ended;
}

/** Parameters of a picture that takes a tenth of a second. */
export const params = (prompt: string, more: Record<string, unknown> = {}) => ({
  bundle: "tiny-random-sd",
  prompt,
  width: 64,
  height: 64,
  num_inference_steps: 1,
  guidance_scale: 1,
  seed: 1,
  ...more,
});

export async function list(client: CoreClient): Promise<JobSummary[]> {
  return (await client.call({ type: "jobs_list", limit: 1000 }, "jobs")).jobs;
}

/** Follows a job until an event of a type comes; gives all that came. */
export async function until(client: CoreClient, job_id: string, type: JobEvent["type"]): Promise<JobEvent[]> {
  const seen: JobEvent[] = [];
  for await (const event of client.events(job_id)) {
    seen.push(event);
    if (event.type === type) return seen;
  }
  throw new Error(`job ${job_id} ended without ${type}: ${JSON.stringify(seen.at(-1))}`);
}

/** Gives the pid of the inference process, the core's one child. */
export function childOf(pid: number): number {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  const found = Number(child);
  if (!Number.isInteger(found) || found === 0) throw new Error(`process ${pid} has no child`);
  return found;
}
