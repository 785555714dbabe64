import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { mountSmallDisk } from "../support/small-disk.ts";
import { killWithFullQueue } from "./kill-with-full-queue.ts";
import { childOf, kill, list, params, RunningCores, until } from "./running-cores.ts";

let cores: RunningCores;
beforeEach(() => {
  cores = new RunningCores();
});
afterEach(() => cores.remove());

describe("a core that is killed", () => {
  it("with 20 jobs queued and one running loses none, and ends each once", () => killWithFullQueue(cores, 20));

  it("takes its inference process along, also one that is in the middle of a graph", async () => {
    const { core, client } = await cores.start();
    const { job_id } = await client.submit("image", params("long", { num_inference_steps: 900 }));
    await until(client, job_id, "progress");
    const host = childOf(core.pid ?? 0);
    await kill(core);
    client.close();
    await expect.poll(() => isAlive(host)).toBe(false);
  });
});

describe("an inference process that is killed in mid-run", () => {
  it("costs the job an attempt and nothing else", async () => {
    const { core, client } = await cores.start();
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
afterAll(() => disk?.remove());
describe.skipIf(disk === undefined)("a core on a disk that runs full", () => {
  it("refuses with STORAGE_FULL, lives on, and has all it accepted after a restart", async () => {
    if (disk === undefined) return;
    const { core, client } = await cores.start(disk.folder);
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
    const again = await cores.start(disk.folder);
    const [kept] = await list(again.client);
    expect(kept).toMatchObject({ job_id, state: "succeeded" });
    await again.client.getAsset(kept?.outputs[0]?.sha256 ?? "");
    expect(readdirSync(join(disk.folder, "assets", "tmp"))).toEqual([]);
    await kill(again.core);
    again.client.close();
  });
});

/** Tells whether a process runs; one that ended and that nobody asked after yet does not. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
