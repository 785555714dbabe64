import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GradientHost } from "../support/gradient-host.ts";
import { ARTIST, type JobSetup, makeGate, openJobs, request, watch } from "../support/job-setup.ts";
import { mountSmallDisk, type SmallDisk } from "../support/small-disk.ts";

const probe = mountSmallDisk(64 * 1024);
probe?.remove();

/** Takes every byte of the disk, the free pages within the store's own file included. */
async function fillUp({ home, store }: JobSetup): Promise<void> {
  const file = openSync(join(home, "filler"), "a");
  for (const size of [64 * 1024, 4096, 512]) {
    try {
      for (;;) writeSync(file, new Uint8Array(size));
    } catch {
      // Nothing of this size fits any more.
    }
  }
  closeSync(file);
  const filler = store.table<Uint8Array>("filler");
  for (const size of [16 * 1024, 1024, 1]) {
    for (let i = 0, full = false; !full; i++) {
      await store
        .write((batch) => filler.put(batch, `${size} ${i} ${Math.random()}`, new Uint8Array(size)))
        .catch(() => {
          full = true;
        });
    }
  }
}

function makeRoom({ home }: JobSetup): void {
  rmSync(join(home, "filler"));
}

describe.skipIf(probe === undefined)("jobs on a disk that runs full", () => {
  let disk: SmallDisk | undefined;
  let open: JobSetup[];
  beforeEach(() => {
    disk = mountSmallDisk(8 * 1024 * 1024);
    open = [];
  });
  afterEach(async () => {
    for (const setup of open) await setup.close();
    disk?.remove();
  });

  async function start(host: GradientHost): Promise<JobSetup> {
    const setup = await openJobs(disk?.folder ?? "", host);
    open.push(setup);
    return setup;
  }

  it("a cancelled run whose end cannot be written ends as cancelled once there is room, and never runs again", async () => {
    const gate = makeGate();
    const host = new GradientHost();
    host.onStep = () => gate.wait();
    const setup = await start(host);
    const { jobs } = setup;
    const { job_id } = await jobs.submit(request("cancelled"), ARTIST);
    const waiting = await jobs.submit(request("waiting"), ARTIST);
    const watched = watch(jobs, job_id);
    await gate.arrived;
    await fillUp(setup);
    await jobs.cancel(job_id);
    await expect(jobs.submit(request("refused"), ARTIST)).rejects.toMatchObject({ code: "STORAGE_FULL" });
    expect(jobs.list({ limit: 10 }).jobs.map(({ label }) => label)).toEqual(["cancelled", "waiting"]);
    makeRoom(setup);
    gate.open();
    await watched.until("cancelled");
    await watch(jobs, waiting.job_id).until("result");
    expect(host.started).toEqual([job_id, waiting.job_id]);
  });

  it("a run that is done when the disk fills is written down later, and not run again", async () => {
    const host = new GradientHost();
    const setup = await start(host);
    const { jobs, assets } = setup;
    const put = assets.put.bind(assets);
    const filled = makeGate();
    assets.put = async (...file) => {
      const ref = await put(...file);
      await fillUp(setup);
      void filled.wait();
      return ref;
    };
    const { job_id } = await jobs.submit(request("done"), ARTIST);
    const watched = watch(jobs, job_id);
    await filled.arrived;
    await expect(jobs.submit(request("refused"), ARTIST)).rejects.toMatchObject({ code: "STORAGE_FULL" });
    expect(watched.types()).not.toContain("result");
    makeRoom(setup);
    const result = await watched.until("result");
    await assets.read(result.outputs[0]?.asset.sha256 ?? "");
    expect(host.started).toEqual([job_id]);
  });

  it("a picture that does not fit ends its job with STORAGE_FULL, and a retry makes it", async () => {
    const gate = makeGate();
    const host = new GradientHost();
    host.onStep = () => gate.wait();
    const setup = await start(host);
    const { jobs } = setup;
    const { job_id } = await jobs.submit(request("too late"), ARTIST);
    const watched = watch(jobs, job_id);
    await gate.arrived;
    await fillUp(setup);
    gate.open();
    await expect.poll(() => host.busy).toBe(0);
    await expect(jobs.submit(request("refused"), ARTIST)).rejects.toMatchObject({ code: "STORAGE_FULL" });
    makeRoom(setup);
    const ended = await Promise.race([watched.until("failed"), watched.until("result")]);
    // Room may come between the picture and the job's end: then the picture fits after all.
    if (ended.type === "failed") {
      expect(ended.error).toMatchObject({ code: "STORAGE_FULL", remedy: expect.any(String) });
      await jobs.update({ action: "retry", job_ids: [job_id] });
      await watch(jobs, job_id, ended.sequence).until("result");
    }
  });

  it("a core that stops on a full disk loses no job that it accepted", async () => {
    const gate = makeGate();
    const host = new GradientHost();
    host.onStep = () => gate.wait();
    const setup = await start(host);
    const accepted = [];
    for (const prompt of ["1", "2", "3"]) accepted.push((await setup.jobs.submit(request(prompt), ARTIST)).job_id);
    await gate.arrived;
    await fillUp(setup);
    const stopped = setup.close();
    gate.open();
    await stopped;
    open = [];
    makeRoom(setup);
    const again = await start(new GradientHost());
    for (const job_id of accepted) await watch(again.jobs, job_id).until("result");
    expect(again.jobs.counts()).toMatchObject({ succeeded: 3, queued: 0, running: 0 });
  });
});
