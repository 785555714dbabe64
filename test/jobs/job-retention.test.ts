import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GradientHost } from "../support/gradient-host.ts";
import { ARTIST, type JobSetup, makeHome, openJobs, request, watch } from "../support/job-setup.ts";

let home: ReturnType<typeof makeHome>;
let open: JobSetup[];
beforeEach(() => {
  home = makeHome();
  open = [];
});
afterEach(async () => {
  for (const setup of open) await setup.close();
  home.remove();
});

async function start(options: Parameters<typeof openJobs>[2] = {}): Promise<JobSetup> {
  for (const setup of open) await setup.close();
  const setup = await openJobs(home.home, new GradientHost(), options);
  open = [setup];
  return setup;
}

/** Runs a job to its end; gives its files' hashes. */
async function run({ jobs }: JobSetup, prompt: string) {
  const { job_id } = await jobs.submit(request(prompt, { seed: prompt.length }), ARTIST);
  const { outputs } = await watch(jobs, job_id).until("result");
  return { job_id, sha256: outputs[0]?.asset.sha256 ?? "" };
}

/** A store that two pictures fill, so that a third one finds no room. */
async function filled(options: Parameters<typeof openJobs>[2]) {
  const first = await start();
  const a = await run(first, "a");
  const b = await run(first, "bb");
  const pixels = await sharp(await first.assets.read(a.sha256))
    .raw()
    .toBuffer();
  const { bytes, assets } = first.assets.usage();
  const setup = await start({ quota_bytes: Math.floor(bytes + bytes / assets / 2), ...options });
  return { setup, a, b, pixels };
}

describe("a full asset store", () => {
  it("takes the files of the job that ended longest ago, and marks the job", async () => {
    const { setup, a, b, pixels } = await filled({ protect_results_ms: 0 });
    const c = await run(setup, "ccc");
    const check = async ({ jobs, assets }: JobSetup) => {
      expect(jobs.list({ limit: 10 }).jobs.map(({ job_id, evicted }) => [job_id, evicted])).toEqual([
        [c.job_id, undefined],
        [b.job_id, undefined],
        [a.job_id, true],
      ]);
      expect(watch(jobs, a.job_id).events.at(-1)).toMatchObject({ type: "result", evicted: true });
      expect(watch(jobs, b.job_id).events.at(-1)).not.toHaveProperty("evicted");
      await expect(assets.read(a.sha256)).rejects.toMatchObject({
        code: "ASSET_NOT_FOUND",
        remedy: expect.stringContaining("quota_bytes"),
      });
      await assets.read(b.sha256);
    };
    await check(setup);
    const restarted = await start({ protect_results_ms: 0 });
    await check(restarted);

    // What gave way is made again from the record: the same pixels.
    const { jobs, assets } = restarted;
    await expect(jobs.update({ action: "retry", job_ids: [b.job_id] })).rejects.toMatchObject({ code: "JOB_STATE" });
    await jobs.update({ action: "retry", job_ids: [a.job_id] });
    const { outputs } = await watch(jobs, a.job_id).until("result");
    const again = await sharp(await assets.read(outputs[0]?.asset.sha256 ?? ""))
      .raw()
      .toBuffer();
    expect(again.equals(pixels)).toBe(true);
    expect(jobs.list({ limit: 1 }).jobs[0]).not.toHaveProperty("evicted");
  });

  it("refuses rather than take files of jobs that ended lately", async () => {
    const { setup, a, b } = await filled({ protect_results_ms: 60 * 60 * 1000 });
    const { job_id } = await setup.jobs.submit(request("ccc"), ARTIST);
    const { error } = await watch(setup.jobs, job_id).until("failed");
    expect(error).toMatchObject({ code: "QUOTA_EXCEEDED", remedy: expect.stringContaining("protect_results_ms") });
    for (const { sha256 } of [a, b]) await setup.assets.read(sha256);
  });

  it("takes nothing for a file that would not fit even then, nor what an open job names", async () => {
    const first = await start();
    const input = await first.assets.put(
      await sharp({ create: { width: 64, height: 64, channels: 3, background: "#456" } })
        .png()
        .toBuffer(),
      "image/png",
    );
    const a = await run(first, "a");
    await first.jobs.update({ action: "pause" });
    await first.jobs.submit(request("waits", { init_image: input.sha256 }), ARTIST);
    const quota_bytes = first.assets.usage().bytes + 10;
    const { jobs, assets } = await start({ quota_bytes, protect_results_ms: 0 });
    const tooLarge = new Uint8Array(quota_bytes - 20);
    await expect(assets.put(tooLarge, "application/octet-stream")).rejects.toMatchObject({ code: "QUOTA_EXCEEDED" });
    await assets.read(a.sha256);
    expect(jobs.list({ limit: 10 }).jobs.at(-1)).not.toHaveProperty("evicted");
    await assets.put(new Uint8Array(1000), "application/octet-stream");
    await assets.read(input.sha256);
    await expect(assets.read(a.sha256)).rejects.toMatchObject({ code: "ASSET_NOT_FOUND" });
  });
});
