import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { decodeMotionJson, encodeMotionJson, MOTION_JSON_MIME } from "../../core/src/formats/motion-json.ts";
import { frameCount } from "../../core/src/motion/motion.ts";
import { JOINT_COUNT } from "../../core/src/motion/skeleton.ts";
import { JobEventSchema, type Output } from "../../core/src/protocol/core-messages.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { GenerationRecordSchema } from "../../core/src/protocol/record.ts";
import { ARTIST, type JobSetup, makeHome, openJobs, watch } from "../support/job-setup.ts";
import { MotionHost } from "../support/motion-host.ts";

const FORMATS = ["bvh", "glb", "json", "openpose"];

let home: ReturnType<typeof makeHome>;
let open: JobSetup[];
const hosts: MotionHost[] = [];
beforeEach(() => {
  home = makeHome();
  open = [];
});
afterEach(async () => {
  for (const setup of open) await setup.close();
  home.remove();
});
afterAll(async () => {
  for (const host of hosts) await host.close();
});

async function start(options: Parameters<typeof openJobs>[2] = {}): Promise<JobSetup & { host: MotionHost }> {
  const host = new MotionHost();
  hosts.push(host);
  const setup = await openJobs(home.home, host, options);
  open.push(setup);
  return { ...setup, host };
}

function request(params: Record<string, unknown> = {}, more: Record<string, unknown> = {}) {
  const segments = [
    { prompt: "walks forward", duration_s: 2 },
    { prompt: "sits down", duration_s: 1.5 },
  ];
  return { task: "motion" as const, params: { segments, seed: 5, ...params }, priority: 0, ...more };
}

async function made({ jobs }: JobSetup, asked: ReturnType<typeof request>): Promise<Output[]> {
  const { job_id } = await jobs.submit(asked, ARTIST);
  return (await watch(jobs, job_id).until("result")).outputs;
}

it("gives each variation in each format, signed with a sidecar, and its record names every clip with licence and source", async () => {
  const setup = await start();
  const { jobs, assets, provenance } = setup;
  const { job_id } = await jobs.submit(
    request({ num_motions_per_prompt: 2, output: { formats: FORMATS, fps: 30 }, preview: { every_steps: 1 } }),
    ARTIST,
  );
  const watched = watch(jobs, job_id);
  const { outputs } = await watched.until("result");
  for (const event of watched.events) expect(JobEventSchema.parse(event)).toEqual(event);
  const progress = watched.events.flatMap((event) => (event.type === "progress" ? [event.progress] : []));
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(progress.at(-1)).toBe(1);
  expect((await watched.until("preview")).mime).toBe("image/webp");
  const [summary] = jobs.list({ limit: 1 }).jobs;
  expect(summary).toMatchObject({ task: "motion", label: "walks forward, sits down" });
  expect(summary?.sidecars?.map(({ name }) => name)).toEqual(summary?.outputs.map(({ name }) => `${name}.c2pa`));

  expect(outputs.map(({ format, variation, seed, frames }) => [format, variation, seed, frames])).toEqual(
    [0, 1].flatMap((i) => FORMATS.map((format) => [format, i, 5 + i, 105])),
  );
  expect(outputs.map(({ asset }) => asset.name)).toEqual(
    [5, 6].flatMap((seed) => ["bvh", "glb", "json", "openpose.json"].map((ending) => `motion-${seed}.${ending}`)),
  );
  for (const { asset, sidecar, record } of outputs) {
    const bytes = await assets.read(asset.sha256);
    const beside = await assets.read(sidecar?.sha256 ?? "");
    expect(await provenance.verify(bytes, asset.mime, beside)).toMatchObject({ state: "trusted", record });
    const changed = Uint8Array.from(bytes);
    changed[bytes.length >> 1] = (changed[bytes.length >> 1] ?? 0) ^ 1;
    expect(await provenance.verify(changed, asset.mime, beside)).toMatchObject({ state: "tampered" });
    expect(GenerationRecordSchema.parse(record)).toMatchObject({
      task: "motion",
      models: [{ bundle: "tiny-random-motion" }],
      motion: { frames: 105, fps: 30 },
    });
    expect(record.motion?.origin.map(({ segment }) => segment)).toEqual([0, 1]);
    for (const { kind, clips } of record.motion?.origin ?? []) {
      expect(kind).toBe("varied");
      expect(clips.length).toBeGreaterThan(0);
      for (const clip of clips) {
        expect(clip.id).toMatch(/^procedural:/);
        expect(clip).toMatchObject({ licence: "Apache-2.0", source: clip.id });
      }
    }
  }
  // Library and statistics are models' files as graphs are.
  const files = outputs[0]?.record.models[0]?.files.map(({ component, file }) => `${component} ${file}`);
  expect(files).toEqual(expect.arrayContaining(["library library.bin", "statistics statistics.json"]));
});

it("makes the same bytes again for the same request, and others for another seed", async () => {
  const setup = await start();
  const hashes = async (params: Record<string, unknown>) =>
    (await made(setup, request(params))).map(({ asset }) => asset.sha256);
  const formats = ["bvh", "json", "openpose"];
  const first = await hashes({ output: { formats } });
  expect(await hashes({ output: { formats } })).toEqual(first);
  expect(await hashes({ output: { formats }, seed: 6 })).not.toEqual(first);
});

it("takes its own motion again: other frame rate, loop, no model, the first as its parent", async () => {
  const setup = await start();
  const [first] = await made(setup, request({ output: { formats: ["json"], fps: 20 } }));
  const source = first?.asset.sha256 ?? "";
  const [again] = await made(setup, request({ segments: [], source, output: { formats: ["json"], fps: 60 } }));
  const { motion } = decodeMotionJson(await setup.assets.read(again?.asset.sha256 ?? ""));
  expect([motion.fps, frameCount(motion)]).toEqual([60, 210]);
  expect(again?.record).toMatchObject({
    models: [],
    inputs: [{ role: "source", sha256: source, mime: MOTION_JSON_MIME, credential: "known" }],
    motion: { origin: [{ segment: 0, kind: "source", clips: [] }] },
  });
  const sidecar = await setup.assets.read(again?.sidecar?.sha256 ?? "");
  const bytes = await setup.assets.read(again?.asset.sha256 ?? "");
  expect((await setup.provenance.verify(bytes, MOTION_JSON_MIME, sidecar)).actions).toEqual([
    "c2pa.opened",
    "c2pa.edited",
  ]);
});

it("takes a BVH: its own comes back as it was, the file as its parent", async () => {
  const setup = await start();
  const [bvh, json] = await made(setup, request({ output: { formats: ["bvh", "json"], fps: 30 } }));
  const source = bvh?.asset.sha256 ?? "";
  const output = { formats: ["json"], fps: 30 };
  const [again] = await made(setup, request({ segments: [], source, foot_lock: false, output }));
  const [one, other] = await Promise.all(
    [json, again].map(async (file) => decodeMotionJson(await setup.assets.read(file?.asset.sha256 ?? "")).motion),
  );
  const [a, b] = [one, other].map((motion) => [...(motion?.root ?? []), ...(motion?.rotations ?? [])]);
  expect(a?.length).toBe(105 * 91);
  expect(Math.max(...(a ?? []).map((value, i) => Math.abs(Math.abs(value) - Math.abs(b?.[i] ?? 9))))).toBeLessThan(
    1e-4,
  );
  expect(again?.record).toMatchObject({
    models: [],
    inputs: [{ role: "source", sha256: source, credential: "known" }],
  });
});

it("puts the motion on a rig, whose curves stand in json", async () => {
  const bones = [
    { name: "Hips", parent: -1, head: [0, 1, 0], tail: [0, 1.1, 0], rotation: [0, 0, 0, 1] },
    ...["Left", "Right"].flatMap((side, i) => {
      const x = i === 0 ? 0.1 : -0.1;
      const bone = (name: string, parent: number, y: number) => ({
        name: `${side}${name}`,
        parent,
        head: [x, y, 0],
        tail: [x, y - 0.4, 0],
        rotation: [0, 0, 0, 1],
      });
      return [bone("UpLeg", 0, 0.95), bone("Leg", 1 + 3 * i, 0.5), bone("Foot", 2 + 3 * i, 0.1)];
    }),
  ];
  const setup = await start();
  const [json] = await made(setup, request({ rig: { name: "Ann", bones }, output: { formats: ["json"] } }));
  const { rig } = decodeMotionJson(await setup.assets.read(json?.asset.sha256 ?? ""));
  expect(rig).toMatchObject({ name: "Ann", frames: 84, fps: 24, map: { left_knee: "LeftLeg", pelvis: "Hips" } });
  expect(rig?.curves.map(({ bone, channel }) => `${bone} ${channel}`)).toEqual(
    expect.arrayContaining(["Hips location", "Hips rotation", "LeftUpLeg rotation"]),
  );
  // The record proves which rig it was without carrying it.
  const canonical = bones.map(({ head, name, parent, rotation, tail }) => ({ head, name, parent, rotation, tail }));
  const sha256 = createHash("sha256")
    .update(JSON.stringify({ bones: canonical, name: "Ann" }))
    .digest("hex");
  expect(json?.record.params.rig).toEqual({ name: "Ann", bones: 7, sha256 });
});

it("keeps words out of files, records and sidecars when it is asked to", async () => {
  const setup = await start();
  const params = { style: "like a sneaky heron", output: { formats: FORMATS } };
  const outputs = await made(setup, request(params, { prompt_privacy: true }));
  const hash = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;
  for (const { asset, sidecar, record } of outputs) {
    for (const { sha256 } of sidecar === undefined ? [asset] : [asset, sidecar]) {
      const text = Buffer.from(await setup.assets.read(sha256)).toString("latin1");
      for (const words of ["walks forward", "sits down", "sneaky"]) expect(text).not.toContain(words);
    }
    expect(record.params).toMatchObject({
      segments: [{ prompt: hash("walks forward") }, { prompt: hash("sits down") }],
      style: hash("like a sneaky heron"),
    });
  }
  const json = outputs.find(({ format }) => format === "json");
  const { segments } = decodeMotionJson(await setup.assets.read(json?.asset.sha256 ?? ""));
  expect(segments.map(({ prompt }) => prompt)).toEqual([hash("walks forward"), hash("sits down")]);
});

const still = (seconds: number) =>
  encodeMotionJson({
    fps: 20,
    root: new Float32Array(seconds * 20 * 3),
    rotations: Float32Array.from({ length: seconds * 20 * JOINT_COUNT * 4 }, (_, i) => (i % 4 === 3 ? 1 : 0)),
  });

it.each<[string, Uint8Array | undefined, Record<string, unknown>]>([
  ["is not there", undefined, { code: "ASSET_NOT_FOUND", data: { field: "params.source" } }],
  ["is no whole BVH", Buffer.from("HIERARCHY"), { code: "ASSET_UNREADABLE", data: { field: "params.source" } }],
  ["is other JSON", Buffer.from("{}"), { code: "ASSET_UNREADABLE", message: expect.stringMatching(/^params\.source/) }],
  [
    "lasts too long",
    still(121),
    { code: "INVALID_REQUEST", message: expect.stringMatching(/at most 120 s, lasts 121 s/) },
  ],
])("refuses a source that %s before the job is taken", async (_, bytes, error) => {
  const { jobs, assets } = await start();
  const source = bytes === undefined ? "0".repeat(64) : (await assets.put(bytes, MOTION_JSON_MIME)).sha256;
  await expect(jobs.submit(request({ segments: [], source }), ARTIST)).rejects.toMatchObject(error);
  await expect(jobs.validate("motion", { segments: [], source })).rejects.toMatchObject(error);
  expect(jobs.counts().queued).toBe(0);
});

it("tells what a request would run as, and runs nothing", async () => {
  const { jobs, host } = await start();
  const { params, memory_bytes } = await jobs.validate("motion", request().params);
  expect(params).toMatchObject({ mode: "hybrid", seed: 5, output: { formats: ["bvh", "glb", "json"], fps: 24 } });
  expect(memory_bytes).toBeGreaterThan(1e6);
  expect(host.started).toEqual([]);
});

it("ends in cancelled within a step, and stores nothing", async () => {
  const { jobs, assets, host } = await start();
  const before = assets.usage().assets;
  let job_id = "";
  host.onProgress = (stage) => {
    if (stage === "denoise") void jobs.cancel(job_id);
  };
  ({ job_id } = await jobs.submit(request({ num_inference_steps: 200 }), ARTIST));
  await watch(jobs, job_id).until("cancelled");
  expect(assets.usage().assets).toBe(before);
});

it("is run again after its process crashed, and after the core itself ended", async () => {
  const setup = await start();
  let crashes = 0;
  setup.host.onProgress = (stage) => {
    if (stage === "denoise" && crashes++ === 0) throw new CoreError("HOST_CRASHED", "The inference process ended.");
  };
  const { job_id } = await setup.jobs.submit(request({ output: { formats: ["bvh"] } }), ARTIST);
  const watched = watch(setup.jobs, job_id);
  const { outputs } = await watched.until("result");
  expect(watched.events.flatMap((event) => (event.type === "started" ? [event.attempt] : []))).toEqual([1, 2]);

  await setup.jobs.update({ action: "pause" });
  const waiting = await setup.jobs.submit(request({ output: { formats: ["bvh"] } }), ARTIST);
  await setup.close();
  open = [];
  const later = await start();
  await later.jobs.update({ action: "resume" });
  const again = await watch(later.jobs, waiting.job_id).until("result");
  expect(again.outputs[0]?.asset.sha256).toBe(outputs[0]?.asset.sha256);
});

it("finds the first job by its idempotency key, and refuses the key for another motion", async () => {
  const { jobs } = await start();
  const key = { idempotency_key: "take 1" };
  const first = await jobs.submit(request({}, key), ARTIST);
  await expect(jobs.submit(request({}, key), ARTIST)).resolves.toMatchObject({ job_id: first.job_id, duplicate: true });
  await expect(jobs.submit(request({ seed: 6 }, key), ARTIST)).rejects.toMatchObject({ code: "IDEMPOTENCY_CONFLICT" });
});
