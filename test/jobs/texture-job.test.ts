import { NodeIO } from "@gltf-transform/core";
import { KHRONOS_EXTENSIONS } from "@gltf-transform/extensions";
import { validateBytes } from "gltf-validator";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { readGlb } from "../../core/src/formats/glb-file.ts";
import { JobEventSchema } from "../../core/src/protocol/core-messages.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { GenerationRecordSchema } from "../../core/src/protocol/record.ts";
import { makeGlb } from "../formats/make-glb.ts";
import { ARTIST, type JobSetup, makeHome, openJobs, watch } from "../support/job-setup.ts";
import { MeshHost } from "../support/mesh-host.ts";

const GLB = "model/gltf-binary";
/** The graphs are loaded once for all jobs. */
const host = new MeshHost();
afterAll(() => host.close());

let home: ReturnType<typeof makeHome>;
let setup: JobSetup;
let mesh: string;
beforeEach(async () => {
  home = makeHome();
  host.started.length = 0;
  host.onProgress = () => undefined;
  setup = await openJobs(home.home, host);
  ({ sha256: mesh } = await setup.assets.put(await makeGlb(), GLB, "boxes.glb"));
});
afterEach(async () => {
  await setup.close();
  home.remove();
});

function request(params: Record<string, unknown> = {}, more: Record<string, unknown> = {}) {
  const small = { seed: 5, num_inference_steps: 1, max_views: 2, view_size: 64, texture_size: 64 };
  return {
    task: "texture" as const,
    params: { mesh, prompt: "weathered oak", ...small, ...params },
    priority: 0,
    ...more,
  };
}

async function made(asked: ReturnType<typeof request>) {
  const { job_id } = await setup.jobs.submit(asked, ARTIST);
  const watched = watch(setup.jobs, job_id);
  const { outputs } = await watched.until("result");
  const [output] = outputs;
  if (output === undefined || outputs.length > 1) throw new Error(`The job made ${outputs.length} files.`);
  return { output, events: watched.events, bytes: await setup.assets.read(output.asset.sha256) };
}

it("gives the painted mesh, signed as an edit of the mesh that came in", async () => {
  const { output, events, bytes } = await made(request({ objects: ["left"], preview: { every_steps: 1 } }));
  for (const event of events) expect(JobEventSchema.parse(event)).toEqual(event);
  const progress = events.flatMap((event) => (event.type === "progress" ? [event.progress] : []));
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(progress.at(-1)).toBe(1);
  expect(events.some(({ type }) => type === "preview")).toBe(true);
  expect(setup.jobs.list({ limit: 1 }).jobs[0]).toMatchObject({ task: "texture", label: "weathered oak" });

  const { asset, sidecar, record, texture, seed } = output;
  expect([asset.name, asset.mime, seed]).toEqual(["texture-5.glb", GLB, 5]);
  expect(texture).toMatchObject({ objects: ["left"], views: 2, texture_size: 64 });
  expect(GenerationRecordSchema.parse(record)).toMatchObject({
    task: "texture",
    models: [{ bundle: "tiny-random-sd" }],
    inputs: [{ role: "mesh", sha256: mesh, name: "boxes.glb", credential: "unsigned" }],
    texture,
  });
  const beside = await setup.assets.read(sidecar?.sha256 ?? "");
  const actions = ["c2pa.opened", "c2pa.edited"];
  expect(await setup.provenance.verify(bytes, GLB, beside)).toMatchObject({ state: "trusted", actions, record });
  const changed = Uint8Array.from(bytes);
  changed[bytes.length >> 1] = (changed[bytes.length >> 1] ?? 0) ^ 1;
  expect(await setup.provenance.verify(changed, GLB, beside)).toMatchObject({ state: "tampered" });

  expect((await validateBytes(bytes)).issues.numErrors).toBe(0);
  const sizes = (await new NodeIO().registerExtensions(KHRONOS_EXTENSIONS).readBinary(bytes))
    .getRoot()
    .listMaterials()
    .map((material) => material.getBaseColorTexture()?.getSize());
  // The other box keeps the texture of 8 pixels that it came with.
  expect(sizes).toEqual([
    [64, 64],
    [8, 8],
  ]);
});

it("knows a mesh that the core made as its own, with its credential", async () => {
  const crate = { prompt: "a crate", source: "parametric", seed: 5, texture_size: 64, target_triangles: 500 };
  const { job_id } = await setup.jobs.submit({ task: "mesh", params: crate, priority: 0 }, ARTIST);
  const [first] = (await watch(setup.jobs, job_id).until("result")).outputs;
  const { output } = await made(request({ mesh: first?.asset.sha256 }));
  expect(output.record.inputs).toMatchObject([{ role: "mesh", sha256: first?.asset.sha256, name: "mesh-5.glb" }]);
  expect(output.record.inputs[0]?.credential).not.toBe("unsigned");
});

it("makes the same geometry and pictures again for the same request, and others for another seed", async () => {
  // The other part of the file holds XMP with the time that it was made at.
  const binary = async (params: Record<string, unknown> = {}) =>
    Buffer.from(readGlb((await made(request(params))).bytes).binary ?? []);
  const first = await binary();
  expect(first.length).toBeGreaterThan(1000);
  expect((await binary()).equals(first)).toBe(true);
  expect((await binary({ seed: 6 })).equals(first)).toBe(false);
});

it("keeps the prompt out of the file, its credential and the record with prompt privacy", async () => {
  const words = { prompt: "oak of Xanadu", negative_prompt: "Yggdrasil" };
  const { output, bytes } = await made(request(words, { prompt_privacy: true }));
  const beside = await setup.assets.read(output.sidecar?.sha256 ?? "");
  for (const text of [bytes, beside].map((kept) => Buffer.from(kept).toString("latin1"))) {
    expect(text).not.toMatch(/xanadu|yggdrasil/i);
  }
  expect(JSON.stringify(output.record)).not.toMatch(/xanadu|yggdrasil/i);
  expect(output.record.params).toMatchObject({ prompt: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
});

const refused: [string, Record<string, unknown>, RegExp][] = [
  ["a texture that no program loads", { texture_size: 100_000 }, /^params\.texture_size must be at most 4096/],
  ["a view that no graph takes", { view_size: 100 }, /params\.view_size/],
  ["nothing to paint", { prompt: "" }, /params\.prompt/],
  ["an object that the file does not have", { objects: ["middle"] }, /names "middle".* it has: left, right\.$/],
  ["an unwrapping that nobody knows", { unwrap: "maybe" }, /params\.unwrap must be one of: never, missing, all/],
];
it.each(refused)("refuses %s before the job is taken, in words", async (_, params, message) => {
  const error = { code: "INVALID_REQUEST", message: expect.stringMatching(message) };
  await expect(setup.jobs.submit(request(params), ARTIST)).rejects.toMatchObject(error);
  expect(setup.jobs.counts().queued).toBe(0);
  expect(host.started).toEqual([]);
});

const meshes: [string, () => Promise<Uint8Array>, string, RegExp][] = [
  [
    "a file that is no GLB",
    async () => Buffer.from("o box\n"),
    "ASSET_UNREADABLE",
    /^params\.mesh: .*6 bytes is no GLB/,
  ],
  [
    "half a GLB",
    async () => (await makeGlb()).subarray(0, 1000),
    "ASSET_UNREADABLE",
    /^params\.mesh: The GLB says that it has \d+ bytes, and has 1000/,
  ],
  [
    "a mesh without texture coordinates",
    () => makeGlb({ hasUvs: false }),
    "INVALID_REQUEST",
    /^params\.mesh has no texture coordinates on "left", "right"/,
  ],
];
it.each(meshes)("refuses %s, and says what would be right and what to do", async (_, make, code, message) => {
  const { sha256 } = await setup.assets.put(await make(), GLB, "broken.glb");
  const refusal = setup.jobs.submit(request({ mesh: sha256 }), ARTIST);
  await expect(refusal).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
    remedy: expect.stringMatching(/./),
  });
  expect(host.started).toEqual([]);
});

it("refuses a mesh that was never sent", async () => {
  const refusal = setup.jobs.submit(request({ mesh: "0".repeat(64) }), ARTIST);
  await expect(refusal).rejects.toMatchObject({ code: "ASSET_NOT_FOUND" });
});

it("ends in cancelled between two views, and stores nothing", async () => {
  const before = setup.assets.usage().assets;
  let job_id = "";
  host.onProgress = () => void setup.jobs.cancel(job_id);
  ({ job_id } = await setup.jobs.submit(request({ max_views: 6 }), ARTIST));
  await watch(setup.jobs, job_id).until("cancelled");
  expect(setup.assets.usage().assets).toBe(before);
});

it("is run again after its process crashed", async () => {
  let crashes = 0;
  host.onProgress = () => {
    if (crashes++ === 0) throw new CoreError("HOST_CRASHED", "The inference process ended.");
  };
  const { events } = await made(request());
  expect(events.flatMap((event) => (event.type === "started" ? [event.attempt] : []))).toEqual([1, 2]);
});
