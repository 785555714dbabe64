import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type JobEvent, JobEventSchema, JobSummarySchema } from "../../core/src/protocol/core-messages.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { GradientHost } from "../support/gradient-host.ts";
import { ARTIST, type JobSetup, makeGate, makeHome, openJobs, request, watch } from "../support/job-setup.ts";

const crash = () => new CoreError("HOST_CRASHED", "The inference process ended.");

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

async function start(host: GradientHost, options: Parameters<typeof openJobs>[2] = {}): Promise<JobSetup> {
  const setup = await openJobs(home.home, host, options);
  open.push(setup);
  return setup;
}

async function restart(
  setup: JobSetup,
  host: GradientHost,
  options: Parameters<typeof openJobs>[2] = {},
): Promise<JobSetup> {
  await setup.close();
  open = [];
  return start(host, options);
}

async function png(level: number): Promise<Uint8Array> {
  return sharp({ create: { width: 64, height: 64, channels: 3, background: { r: level, g: level, b: level } } })
    .png()
    .toBuffer();
}

describe("a job", () => {
  it("goes from request to signed, stored pictures whose record names everything", async () => {
    const { jobs, assets, provenance } = await start(new GradientHost());
    const depth = await assets.put(await png(90), "image/png", "depth.png");
    const { job_id, position, duplicate } = await jobs.submit(
      request("a stone bridge", {
        num_images_per_prompt: 2,
        controls: [{ kind: "depth", image: depth.sha256 }],
        preview: { every_steps: 1, max_size: 16 },
        project: "bridge",
        shot: "010",
      }),
      { ...ARTIST, user: "Mika" },
    );
    expect({ position, duplicate }).toEqual({ position: 0, duplicate: false });
    const watched = watch(jobs, job_id);
    const result = await watched.until("result");

    for (const event of watched.events) expect(JobEventSchema.parse(event)).toEqual(event);
    expect(watched.events.map(({ sequence }) => sequence)).toEqual(
      watched.events.map(({ sequence }) => sequence).sort((a, b) => a - b),
    );
    const progress = watched.events.flatMap((event) => (event.type === "progress" ? [event.progress] : []));
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
    const stages = watched.events.flatMap((event) => (event.type === "progress" ? [event.stage] : []));
    expect([...new Set(stages)]).toEqual(["load", "denoise", "sign"]);
    const preview = await watched.until("preview");
    expect(await sharp(preview.bytes).metadata()).toMatchObject({ width: 16, height: 16, format: "webp" });

    expect(result.outputs).toHaveLength(2);
    for (const [i, { asset, seed, record }] of result.outputs.entries()) {
      const bytes = await assets.read(asset.sha256);
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(asset.sha256);
      expect(await provenance.verify(bytes, asset.mime)).toMatchObject({ state: "trusted" });
      expect(seed).toBe(1 + i);
      expect(record).toMatchObject({
        job_id,
        output_index: i,
        seed: 1 + i,
        who: { client: "artist 1.0", user: "Mika", project: "bridge", shot: "010" },
        inputs: [{ role: "control:depth", sha256: depth.sha256, name: "depth.png", credential: "unsigned" }],
        params: { prompt: "a stone bridge", num_images_per_prompt: 2 },
      });
    }
    const [summary] = jobs.list({ limit: 10 }).jobs;
    expect(JobSummarySchema.parse(summary)).toMatchObject({
      job_id,
      state: "succeeded",
      progress: 1,
      label: "a stone bridge",
    });
  });

  it.each([
    [
      "an asset that is not there",
      request("p", { init_image: "0".repeat(64) }),
      { code: "ASSET_NOT_FOUND", data: { field: "params.init_image" } },
    ],
    ["a step count of 0", request("p", { num_inference_steps: 0 }), { code: "INVALID_REQUEST" }],
    ["another task", { ...request("p"), task: "sound" as "mesh" }, { code: "UNSUPPORTED_TASK" }],
  ])("is refused for %s before it queues", async (_, asked, error) => {
    const { jobs } = await start(new GradientHost());
    await expect(jobs.submit(asked, ARTIST)).rejects.toMatchObject(error);
    await expect(jobs.validate(asked.task, asked.params)).rejects.toMatchObject(error);
    expect(jobs.list({ limit: 10 }).jobs).toEqual([]);
  });

  it("fails with the cause and a way out when a graph fails or memory ends", async () => {
    const host = new GradientHost();
    host.onStep = () => {
      throw new CoreError("OUT_OF_MEMORY", "64 GB do not fit.", { remedy: "Make the picture smaller." });
    };
    const { jobs } = await start(host);
    const { job_id } = await jobs.submit(request("p"), ARTIST);
    const { error } = await watch(jobs, job_id).until("failed");
    expect(error).toEqual({ code: "OUT_OF_MEMORY", message: "64 GB do not fit.", remedy: "Make the picture smaller." });
    expect(host.started).toHaveLength(1);
  });

  it("is tried again after a crash of the inference process, and fails with the cause after three", async () => {
    const host = new GradientHost();
    let crashes = 2;
    host.onStep = () => {
      if (crashes-- > 0) throw crash();
    };
    const { jobs } = await start(host);
    const lucky = await jobs.submit(request("p"), ARTIST);
    const watched = watch(jobs, lucky.job_id);
    await watched.until("result");
    expect(watched.events.flatMap((event) => (event.type === "started" ? [event.attempt] : []))).toEqual([1, 2, 3]);

    crashes = 99;
    const doomed = await jobs.submit(request("p"), ARTIST);
    const { error } = await watch(jobs, doomed.job_id).until("failed");
    expect(error).toMatchObject({
      code: "HOST_CRASHED",
      message: expect.stringMatching(/attempt 3 of 3; it is not tried again\.$/),
      remedy: expect.stringMatching(/then retry the job\.$/),
      data: { attempts: 3 },
    });
  });

  it("fails with ASSET_CORRUPT when a bit of its input has flipped on the disk", async () => {
    const gate = makeGate();
    const host = new GradientHost();
    host.onStep = () => gate.wait();
    const { jobs, assets } = await start(host);
    await jobs.submit(request("first"), ARTIST);
    await gate.arrived;
    const input = await assets.put(await png(10), "image/png");
    const { job_id } = await jobs.submit(request("second", { init_image: input.sha256 }), ARTIST);
    const damaged = Buffer.from(await assets.read(input.sha256));
    damaged[40] = (damaged[40] ?? 0) ^ 1;
    writeFileSync(join(home.home, "assets", input.sha256.slice(0, 2), input.sha256), damaged);
    gate.open();
    const { error } = await watch(jobs, job_id).until("failed");
    expect(error).toMatchObject({ code: "ASSET_CORRUPT", remedy: expect.stringContaining("again") });
  });
});

describe("idempotency", () => {
  it("gives the first job for the same key and parameters, also at once and after a restart", async () => {
    const setup = await start(new GradientHost());
    const asked = request("p", { idempotency_key: "shot 1 frame 1" });
    const answers = await Promise.all([1, 2, 3].map(() => setup.jobs.submit(asked, ARTIST)));
    expect(new Set(answers.map(({ job_id }) => job_id)).size).toBe(1);
    expect(answers.map(({ duplicate }) => duplicate).sort()).toEqual([false, true, true]);
    const [{ job_id = "" } = {}] = answers;
    await watch(setup.jobs, job_id).until("result");
    const { jobs } = await restart(setup, new GradientHost());
    expect(await jobs.submit(asked, ARTIST)).toEqual({ job_id, position: 0, duplicate: true });
    expect(jobs.list({ limit: 10 }).jobs).toHaveLength(1);
    await expect(jobs.submit(request("q", { idempotency_key: "shot 1 frame 1" }), ARTIST)).rejects.toMatchObject({
      code: "IDEMPOTENCY_CONFLICT",
      data: { job_id },
    });
    expect(
      (await jobs.submit(request("q", { idempotency_key: "shot 1 frame 1" }), { name: "other", version: "1" }))
        .duplicate,
    ).toBe(false);
  });
});

describe("the queue", () => {
  /** A core whose first job stands at its first step, with jobs waiting behind it. */
  async function held(words: string, options: Parameters<typeof openJobs>[2] = {}) {
    const gate = makeGate();
    const host = new GradientHost();
    host.onStep = () => gate.wait();
    const setup = await start(host, options);
    const first = await setup.jobs.submit(request("first"), { name: "z", version: "1" });
    await gate.arrived;
    const id: Record<string, string> = { first: first.job_id };
    for (const word of words.split(" ")) {
      const [name = "", priority = "0"] = word.split("!");
      id[name] = (await setup.jobs.submit(request(name, { priority }), { name: name.charAt(0), version: "1" })).job_id;
    }
    const waiting = () =>
      setup.jobs
        .list({ states: ["queued"], limit: 1000 })
        .jobs.map(({ label }) => label)
        .join(" ");
    const ran = async () => {
      gate.open();
      await Promise.all(
        setup.jobs
          .list({ states: ["queued"], limit: 1000 })
          .jobs.map(({ job_id }) => watch(setup.jobs, job_id).until("result")),
      );
      const name = Object.fromEntries(Object.entries(id).map(([key, value]) => [value, key]));
      return host.started.map((job_id) => name[job_id]).join(" ");
    };
    return {
      ...setup,
      gate,
      host,
      id,
      waiting,
      ran,
      ids: (names: string) => names.split(" ").map((name) => id[name] ?? name),
    };
  }

  it("runs by priority, and clients in turns, as the list says", async () => {
    const { waiting, ran, jobs } = await held("a1 a2 a3 b1 c1!3");
    expect(waiting()).toBe("c1 a1 b1 a2 a3");
    const places = jobs.list({ states: ["queued"], limit: 10 }).jobs.map(({ position }) => position);
    expect(places).toEqual([0, 1, 2, 3, 4]);
    expect(await ran()).toBe("first c1 a1 b1 a2 a3");
  });

  it("moves jobs before another one or to the end", async () => {
    const { waiting, ran, jobs, ids } = await held("a1 a2 a3 a4");
    await jobs.update({ action: "move", job_ids: ids("a4 a3"), before: ids("a1")[0] ?? "" });
    expect(waiting()).toBe("a4 a3 a1 a2");
    await jobs.update({ action: "move", job_ids: ids("a4") });
    expect(await ran()).toBe("first a3 a1 a2 a4");
  });

  it("takes a moved job into the priority of the job that it is put before, and refuses to mix clients", async () => {
    const { waiting, jobs, ids } = await held("a1!5 a2 b1");
    await jobs.update({ action: "move", job_ids: ids("a2"), before: ids("a1")[0] ?? "" });
    expect(waiting()).toBe("a2 a1 b1");
    await expect(jobs.update({ action: "move", job_ids: ids("b1"), before: ids("a1")[0] ?? "" })).rejects.toMatchObject(
      {
        code: "INVALID_REQUEST",
        message: expect.stringContaining("different clients"),
      },
    );
  });

  it("keeps a paused job from starting until it is resumed, over a restart", async () => {
    const setup = await held("a1 a2");
    const paused = watch(setup.jobs, setup.id.a1 ?? "");
    expect(await setup.jobs.update({ action: "pause", job_ids: setup.ids("a1") })).toMatchObject([{ state: "paused" }]);
    expect(paused.types()).toEqual(["queued", "paused"]);
    setup.gate.open();
    await watch(setup.jobs, setup.id.a2 ?? "").until("result");
    expect(setup.host.started).not.toContain(setup.id.a1);
    const { jobs } = await restart(setup, new GradientHost());
    expect(jobs.list({ states: ["paused"], limit: 10 }).jobs).toMatchObject([{ job_id: setup.id.a1 }]);
    await jobs.update({ action: "resume", job_ids: setup.ids("a1") });
    await watch(jobs, setup.id.a1 ?? "").until("result");
  });

  it("stands still while the whole queue is paused, over a restart", async () => {
    const setup = await held("a1");
    await setup.jobs.update({ action: "pause" });
    setup.gate.open();
    await watch(setup.jobs, setup.id.first ?? "").until("result");
    const host = new GradientHost();
    const { jobs } = await restart(setup, host);
    expect(jobs.list({ limit: 10 })).toMatchObject({
      paused: true,
      jobs: [{ state: "queued" }, { state: "succeeded" }],
    });
    expect(host.started).toEqual([]);
    await jobs.update({ action: "resume" });
    await watch(jobs, setup.id.a1 ?? "").until("result");
  });

  it("cancelling a queued job never starts it; cancelling a running one ends it within a step", async () => {
    const { jobs, id, gate, host } = await held("a1");
    await jobs.cancel(id.a1 ?? "");
    await watch(jobs, id.a1 ?? "").until("cancelled");
    await jobs.cancel(id.a1 ?? "");
    await jobs.cancel(id.first ?? "");
    gate.open();
    await watch(jobs, id.first ?? "").until("cancelled");
    expect(host.started).toEqual([id.first]);
    expect(jobs.counts()).toEqual({ queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 2 });
    await expect(jobs.cancel("nobody")).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
  });

  it("retries only what failed", async () => {
    const host = new GradientHost();
    host.onStep = ({ params }) => {
      if (params.prompt === "bad") throw new CoreError("INFERENCE_FAILED", "A graph failed.");
    };
    const { jobs } = await start(host);
    const good = await jobs.submit(request("good"), ARTIST);
    const bad = await jobs.submit(request("bad"), ARTIST);
    await watch(jobs, good.job_id).until("result");
    const failed = await watch(jobs, bad.job_id).until("failed");
    host.onStep = () => undefined;
    expect(await jobs.update({ action: "retry" })).toMatchObject([
      { job_id: bad.job_id, state: "queued", attempts: 0 },
    ]);
    await watch(jobs, bad.job_id, failed.sequence).until("result");
    expect(host.started).toEqual([good.job_id, bad.job_id, bad.job_id]);
    await expect(jobs.update({ action: "retry", job_ids: [good.job_id] })).rejects.toMatchObject({ code: "JOB_STATE" });
  });

  it("refuses a change as a whole when one of its jobs is in the wrong state", async () => {
    const { jobs, ids, waiting } = await held("a1 a2");
    await expect(jobs.update({ action: "pause", job_ids: ids("a1 first") })).rejects.toMatchObject({
      code: "JOB_STATE",
      data: { state: "running" },
    });
    expect(waiting()).toBe("a1 a2");
    await expect(jobs.update({ action: "remove", job_ids: ids("a1") })).rejects.toMatchObject({ code: "JOB_STATE" });
  });

  it("refuses more open jobs of a client than the limit, and takes others' and later ones", async () => {
    const { jobs, id } = await held("a1 a2 a3", { limits: { max_open_jobs_per_client: 3 } });
    await expect(jobs.submit(request("a4"), { name: "a", version: "1" })).rejects.toMatchObject({
      code: "QUEUE_FULL",
      data: { open_jobs: 3, limit: 3 },
    });
    await jobs.submit(request("b1"), { name: "b", version: "1" });
    await jobs.cancel(id.a1 ?? "");
    await jobs.submit(request("a4"), { name: "a", version: "1" });
  });

  it("runs as many jobs at once as the host has workers", async () => {
    const gate = makeGate();
    const host = new GradientHost(2);
    let most = 0;
    host.onStep = async () => {
      most = Math.max(most, host.busy);
      if (host.busy === 2) gate.open();
      await gate.wait();
    };
    const { jobs } = await start(host);
    const accepted = await Promise.all(["a", "b", "c"].map((prompt) => jobs.submit(request(prompt), ARTIST)));
    await Promise.all(accepted.map(({ job_id }) => watch(jobs, job_id).until("result")));
    expect(most).toBe(2);
  });

  it("forgets the oldest ended jobs beyond the limit, and lets their files go", async () => {
    const { jobs, assets } = await start(new GradientHost(), { max_ended_jobs: 2 });
    const results: JobEvent[] = [];
    for (const prompt of ["1", "2", "3"]) {
      const { job_id } = await jobs.submit(request(prompt, { seed: Number(prompt), idempotency_key: prompt }), ARTIST);
      results.push(await watch(jobs, job_id).until("result"));
    }
    await jobs.stop();
    expect(jobs.list({ limit: 10 }).jobs.map(({ label }) => label)).toEqual(["3", "2"]);
    expect(() => jobs.subscribe(results[0]?.job_id ?? "", 0, () => undefined)).toThrowError(/No job is called/);
    expect(assets.usage().assets).toBe(3);
  });
});

describe("events", () => {
  it("are replayed without gap or double from any point, and only the latest progress and preview are kept", async () => {
    const gate = makeGate();
    const host = new GradientHost();
    host.onStep = (_, step) => (step === 8 ? gate.wait() : undefined);
    const { jobs } = await start(host);
    const { job_id } = await jobs.submit(
      request("p", { num_inference_steps: 9, preview: { every_steps: 1, max_size: 16 } }),
      ARTIST,
    );
    const whole = watch(jobs, job_id);
    await gate.arrived;
    await whole.until("preview");
    const late = watch(jobs, job_id);
    expect(late.types().filter((type) => type === "progress")).toHaveLength(1);
    const cut = late.events.at(-1)?.sequence ?? 0;
    late.stop();
    const again = watch(jobs, job_id, cut);
    gate.open();
    await Promise.all([whole.until("result"), again.until("result")]);
    expect([...late.events, ...again.events].map(({ sequence }) => sequence)).toEqual([
      ...new Set([...late.events, ...again.events].map(({ sequence }) => sequence)),
    ]);
    expect(again.events).toEqual(whole.events.filter(({ sequence }) => sequence > cut));
    const after = watch(jobs, job_id);
    expect(after.types()).toEqual(["queued", "started", "result"]);
  });

  it("of a job that was retried are replayed from the last retry on, from whatever point", async () => {
    const host = new GradientHost();
    host.onStep = () => {
      throw new CoreError("INFERENCE_FAILED", "A graph failed.");
    };
    const setup = await start(host);
    const { job_id } = await setup.jobs.submit(request("p"), ARTIST);
    const first = await watch(setup.jobs, job_id).until("failed");
    expect(watch(setup.jobs, job_id).types()).toEqual(["queued", "started", "failed"]);
    const gate = makeGate();
    host.onStep = () => gate.wait();
    await setup.jobs.update({ action: "retry" });
    await gate.arrived;
    const running = watch(setup.jobs, job_id);
    expect(running.types().filter((type) => type !== "progress")).toEqual(["queued", "started"]);
    gate.open();
    await running.until("result");
    for (const after of [0, 1, first.sequence]) {
      expect(watch(setup.jobs, job_id, after).types()).toEqual(["queued", "started", "result"]);
    }
    const { jobs } = await restart(setup, new GradientHost());
    expect(watch(jobs, job_id).types()).toEqual(["queued", "started", "result"]);
  });

  it("go on behind what a client has seen after the core ended in mid-run, and the job counts an attempt", async () => {
    const gate = makeGate();
    const host = new GradientHost();
    host.onStep = (_, step) => (step === 3 ? gate.wait() : undefined);
    const setup = await start(host);
    const { job_id } = await setup.jobs.submit(request("p"), ARTIST);
    const before = watch(setup.jobs, job_id);
    await gate.arrived;
    const seen = before.events.at(-1)?.sequence ?? 0;
    expect(before.types()).toContain("progress");
    // The store closes under the running job, as a crash would have it.
    await setup.store.close();
    await setup.provenance.close();
    open = [];
    const { jobs } = await start(new GradientHost());
    const after = watch(jobs, job_id, seen);
    const result = await after.until("result");
    expect(after.types().filter((type) => type !== "progress")).toEqual(["queued", "started", "result"]);
    expect(after.events.flatMap((event) => (event.type === "started" ? [event.attempt] : []))).toEqual([2]);
    expect(result.sequence).toBeGreaterThan(seen);
    gate.open();
  });

  it("end a job with the cause when the core ended during each of its attempts", async () => {
    let job_id = "";
    for (let attempt = 1; attempt <= 3; attempt++) {
      const gate = makeGate();
      const host = new GradientHost();
      host.onStep = () => gate.wait();
      const setup = await start(host);
      if (job_id === "") job_id = (await setup.jobs.submit(request("p"), ARTIST)).job_id;
      await gate.arrived;
      await setup.store.close();
      await setup.provenance.close();
      open = [];
    }
    const host = new GradientHost();
    const { jobs } = await start(host);
    const { error } = await watch(jobs, job_id).until("failed");
    expect(error).toMatchObject({ code: "HOST_CRASHED", data: { attempts: 3 } });
    expect(host.started).toEqual([]);
  });

  it("leave an interrupted job queued without counting an attempt when the core stops", async () => {
    const gate = makeGate();
    const host = new GradientHost();
    host.onStep = () => gate.wait();
    const setup = await start(host);
    const { job_id } = await setup.jobs.submit(request("p"), ARTIST);
    await gate.arrived;
    const stopped = setup.jobs.stop();
    gate.open();
    await stopped;
    await expect(setup.jobs.submit(request("q"), ARTIST)).rejects.toMatchObject({ code: "SHUTTING_DOWN" });
    const { jobs } = await restart(setup, new GradientHost());
    const watched = watch(jobs, job_id);
    await watched.until("result");
    expect(watched.events.flatMap((event) => (event.type === "started" ? [event.attempt] : []))).toEqual([1, 1]);
  });
});
