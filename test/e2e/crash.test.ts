import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { connectCore } from "../../core/src/client/connect.ts";
import type { CoreClient } from "../../core/src/client/core-client.ts";
import type { JobEvent, JobSummary } from "../../core/src/protocol/core-messages.ts";
import { mountSmallDisk } from "../support/small-disk.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/genga.js", import.meta.url));
const ListeningSchema = z.object({ event: z.literal("listening"), port: z.int(), token_file: z.string() });

let home: string;
let cores: ChildProcess[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "genga-crash-"));
  cores = [];
});
afterEach(async () => {
  for (const core of cores) await kill(core);
  rmSync(home, { recursive: true, force: true });
});

async function kill(core: ChildProcess): Promise<void> {
  if (core.exitCode !== null || core.signalCode !== null) return;
  const ended = once(core, "exit");
  core.kill("SIGKILL");
  await ended;
}

/** Starts a built core in this test's home folder, and connects to it. */
async function start(folder = home): Promise<{ core: ChildProcess; client: CoreClient }> {
  const core = spawn(process.execPath, [PROGRAM, "serve", "--port", "0", "--json", "--log-level", "error"], {
    env: { ...process.env, GENGA_HOME: folder },
    stdio: ["ignore", "pipe", "ignore"],
  });
  cores.push(core);
  const lines = createInterface({ input: core.stdout });
  const [line] = await Promise.race([once(lines, "line"), once(core, "exit").then(([code]) => [`exit ${code}`])]);
  const { port, token_file } = ListeningSchema.parse(JSON.parse(String(line)));
  const address = { url: `ws://127.0.0.1:${port}`, token: readFileSync(token_file, "utf8").trim() };
  return { core, client: await connectCore(address, { name: "crash-test", version: "1", reconnects: 0 }) };
}

const params = (prompt: string, more: Record<string, unknown> = {}) => ({
  bundle: "tiny-random-sd",
  prompt,
  width: 64,
  height: 64,
  num_inference_steps: 1,
  guidance_scale: 1,
  seed: 1,
  ...more,
});

async function list(client: CoreClient): Promise<JobSummary[]> {
  return (await client.call({ type: "jobs_list", limit: 1000 }, "jobs")).jobs;
}

/** Follows a job until an event of a type comes; gives all that came. */
async function until(client: CoreClient, job_id: string, type: JobEvent["type"]): Promise<JobEvent[]> {
  const seen: JobEvent[] = [];
  for await (const event of client.events(job_id)) {
    seen.push(event);
    if (event.type === type) return seen;
  }
  throw new Error(`job ${job_id} ended without ${type}: ${JSON.stringify(seen.at(-1))}`);
}

describe("a core that is killed", () => {
  it("with 200 jobs queued and one running loses none, and ends each once", { timeout: 240_000 }, async () => {
    const first = await start();
    // Something that was finished before the crash must be there after it, and not be made again.
    const done = await first.client.submit("image", params("finished before"));
    const [result] = (await until(first.client, done.job_id, "result")).slice(-1);
    const long = await first.client.submit("image", params("long", { num_inference_steps: 900 }));
    const before = await until(first.client, long.job_id, "progress");
    const accepted = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        first.client.call(
          {
            type: "request",
            task: "image",
            params: params(`frame ${i}`, { seed: i }),
            priority: 0,
            attach: false,
            idempotency_key: `frame ${i}`,
          },
          "accepted",
        ),
      ),
    );
    await kill(first.core);
    first.client.close();

    const second = await start();
    const jobs = await list(second.client);
    expect(jobs).toHaveLength(202);
    expect(jobs.filter(({ state }) => state === "succeeded").map(({ job_id }) => job_id)).toEqual([done.job_id]);
    const waiting = jobs.filter(({ state }) => state === "queued").map(({ label }) => label);
    expect(waiting.slice(-200)).toEqual(Array.from({ length: 200 }, (_, i) => `frame ${i}`));

    // The interrupted job goes on behind what its client has seen, as a second attempt.
    const cut = before.at(-1)?.sequence ?? 0;
    await second.client.follow(long.job_id, cut);
    const after = await until(second.client, long.job_id, "started");
    expect(after.at(-1)).toMatchObject({ attempt: 2 });
    expect(after.every(({ sequence }) => sequence > cut)).toBe(true);
    await second.client.cancel(long.job_id);

    for (const { job_id } of accepted) await second.client.follow(job_id);
    for (const { job_id } of accepted) {
      const events = await until(second.client, job_id, "result");
      expect(events.filter(({ type }) => type === "result")).toHaveLength(1);
    }
    const again = await second.client.call(
      {
        type: "request",
        task: "image",
        params: params("frame 7", { seed: 7 }),
        priority: 0,
        attach: false,
        idempotency_key: "frame 7",
      },
      "accepted",
    );
    expect(again).toMatchObject({ duplicate: true, job_id: accepted[7]?.job_id });
    const ended = await list(second.client);
    expect(ended.map(({ state }) => state).filter((state) => state === "succeeded")).toHaveLength(201);
    const files = ended.flatMap(({ outputs }) => outputs);
    expect(files).toHaveLength(201);
    for (const { sha256 } of [files[0], files[100], files[200]].flatMap((file) => file ?? [])) {
      expect((await second.client.call({ type: "verify", sha256 }, "verified")).verification.state).toBe("trusted");
    }
    expect(result?.type === "result" && files.some(({ sha256 }) => sha256 === result.outputs[0]?.asset.sha256)).toBe(
      true,
    );
    second.client.close();
  });

  it("at any moment hands out no half-written file and keeps every finished result", { timeout: 120_000 }, async () => {
    const results = new Map<string, string>();
    const asked: string[] = [];
    for (let round = 0; round < 3; round++) {
      const { core, client } = await start();
      for (const [job_id, sha256] of results) {
        const job = (await list(client)).find((one) => one.job_id === job_id);
        expect(job?.outputs.map((asset) => asset.sha256)).toEqual([sha256]);
        await client.getAsset(sha256);
      }
      for (let i = 0; i < 3; i++)
        asked.push((await client.submit("image", params(`${round} ${i}`, { seed: 10 * round + i }))).job_id);
      // Each round it dies somewhere else in the life of the job after a result: encoding, signing, storing.
      const [first] = asked.slice(-3);
      const events = await until(client, first ?? "", "result");
      const last = events.at(-1);
      if (last?.type === "result") results.set(last.job_id, last.outputs[0]?.asset.sha256 ?? "");
      await kill(core);
      client.close();
    }
    const { client } = await start();
    for (const job_id of asked) {
      await client.follow(job_id);
      const last = (await until(client, job_id, "result")).at(-1);
      if (last?.type === "result") await client.getAsset(last.outputs[0]?.asset.sha256 ?? "");
    }
    expect(readdirSync(join(home, "assets", "tmp"))).toEqual([]);
    client.close();
  });
});

describe("an inference process that is killed in mid-run", () => {
  it("costs the job an attempt and nothing else", { timeout: 120_000 }, async () => {
    const { core, client } = await start();
    const { job_id } = await client.submit("image", params("long", { num_inference_steps: 900 }));
    const before = await until(client, job_id, "progress");
    const host = childOf(core.pid ?? 0);
    process.kill(host, "SIGKILL");
    await client.follow(job_id, before.at(-1)?.sequence ?? 0);
    const after = await until(client, job_id, "started");
    expect(after.at(-1)).toMatchObject({ type: "started", attempt: 2 });
    await client.cancel(job_id);
    const short = await client.submit("image", params("short"));
    await until(client, short.job_id, "result");
    client.close();
  });
});

const disk = mountSmallDisk(4 * 1024 * 1024);
describe.skipIf(disk === undefined)("a core on a disk that runs full", () => {
  it("refuses with STORAGE_FULL, lives on, and has all it accepted after a restart", { timeout: 120_000 }, async () => {
    if (disk === undefined) return;
    const { core, client } = await start(disk.folder);
    const { job_id } = await client.submit("image", params("kept"));
    await until(client, job_id, "result");
    let refusal: unknown;
    let size = 1024 * 1024;
    for (let i = 0; refusal === undefined && i < 50; i++) {
      const bytes = new Uint8Array(size).fill(i);
      await client.putAsset(bytes, "application/octet-stream").catch((error: unknown) => {
        if (size > 4096) size /= 4;
        else refusal = error;
      });
    }
    expect(refusal).toMatchObject({ code: "STORAGE_FULL" });
    expect((await client.call({ type: "status" }, "core_status")).clients).toBe(1);
    await kill(core);
    client.close();
    execFileSync("mount", ["-o", "remount,size=16m", disk.folder]);
    const again = await start(disk.folder);
    const [kept] = await list(again.client);
    expect(kept).toMatchObject({ job_id, state: "succeeded" });
    await again.client.getAsset(kept?.outputs[0]?.sha256 ?? "");
    expect(readdirSync(join(disk.folder, "assets", "tmp"))).toEqual([]);
    await kill(again.core);
    again.client.close();
    disk.remove();
  });
});

/** Gives the pid of the inference process, the core's one child. */
function childOf(pid: number): number {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  const found = Number(child);
  if (!Number.isInteger(found) || found === 0) throw new Error(`process ${pid} has no child`);
  return found;
}
