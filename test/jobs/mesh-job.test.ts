import { validateBytes } from "gltf-validator";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { decodeMeshGlb } from "../../core/src/formats/mesh-glb.ts";
import { triangleCount } from "../../core/src/mesh/mesh.ts";
import { JobEventSchema, type Output } from "../../core/src/protocol/core-messages.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { GenerationRecordSchema } from "../../core/src/protocol/record.ts";
import { ARTIST, type JobSetup, makeHome, openJobs, watch } from "../support/job-setup.ts";
import { MeshHost } from "../support/mesh-host.ts";

const FORMATS = ["glb", "obj", "ply"];

let home: ReturnType<typeof makeHome>;
let open: JobSetup[];
/** The graphs are loaded once for all jobs. */
const host = new MeshHost();
beforeEach(() => {
  home = makeHome();
  open = [];
});
afterEach(async () => {
  for (const setup of open) await setup.close();
  home.remove();
});
afterAll(() => host.close());

async function start(): Promise<JobSetup & { host: MeshHost }> {
  host.started.length = 0;
  host.onProgress = () => undefined;
  const setup = await openJobs(home.home, host);
  open.push(setup);
  return { ...setup, host };
}

function request(params: Record<string, unknown> = {}, more: Record<string, unknown> = {}) {
  return {
    task: "mesh" as const,
    params: { prompt: "a red wooden crate", source: "parametric", seed: 5, texture_size: 256, ...params },
    priority: 0,
    ...more,
  };
}

async function made({ jobs }: JobSetup, asked: ReturnType<typeof request>): Promise<Output[]> {
  const { job_id } = await jobs.submit(asked, ARTIST);
  return (await watch(jobs, job_id).until("result")).outputs;
}

it("gives each variation in each level and format, signed with a sidecar, and its record says which source answered", async () => {
  const setup = await start();
  const { jobs, assets, provenance } = setup;
  const asked = { num_meshes_per_prompt: 2, lods: [0.5], output: { formats: FORMATS }, target_triangles: 2000 };
  const { job_id } = await jobs.submit(request({ ...asked, preview: { every_steps: 1 } }), ARTIST);
  const watched = watch(jobs, job_id);
  const { outputs } = await watched.until("result");
  for (const event of watched.events) expect(JobEventSchema.parse(event)).toEqual(event);
  const progress = watched.events.flatMap((event) => (event.type === "progress" ? [event.progress] : []));
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(progress.at(-1)).toBe(1);
  expect((await watched.until("preview")).mime).toBe("image/webp");
  const [summary] = jobs.list({ limit: 1 }).jobs;
  expect(summary).toMatchObject({ task: "mesh", label: "a red wooden crate" });
  expect(summary?.sidecars?.map(({ name }) => name)).toEqual(summary?.outputs.map(({ name }) => `${name}.c2pa`));

  const files = [0, 1].flatMap((i) => [0, 1].flatMap((lod) => FORMATS.map((format) => ({ i, lod, format }))));
  expect(outputs.map(({ mesh, seed }) => ({ i: seed - 5, lod: mesh?.lod, format: mesh?.format }))).toEqual(files);
  expect(outputs.map(({ mesh }) => mesh?.variation)).toEqual(files.map(({ i }) => i));
  expect(outputs.map(({ asset }) => asset.name)).toEqual(
    files.map(({ i, lod, format }) => `mesh-${5 + i}${lod === 0 ? "" : "_LOD1"}.${format}`),
  );
  for (const { asset, sidecar, record, mesh } of outputs) {
    const bytes = await assets.read(asset.sha256);
    const beside = await assets.read(sidecar?.sha256 ?? "");
    expect(await provenance.verify(bytes, asset.mime, beside)).toMatchObject({
      state: "trusted",
      actions: ["c2pa.created"],
      record,
    });
    const changed = Uint8Array.from(bytes);
    changed[bytes.length >> 1] = (changed[bytes.length >> 1] ?? 0) ^ 1;
    expect(await provenance.verify(changed, asset.mime, beside)).toMatchObject({ state: "tampered" });
    expect(GenerationRecordSchema.parse(record)).toMatchObject({
      task: "mesh",
      models: [{ bundle: "tiny-random-mesh" }],
      mesh: { origin: { source: "parametric", category: "crate", reason: "The request asks for it." } },
    });
    expect(record.mesh).toEqual(mesh);
  }
});

it("writes GLB that the Khronos validator takes, with as many triangles as its facts say, and XMP that names no model as the artist", async () => {
  const setup = await start();
  const [whole, half] = await made(setup, request({ lods: [0.5], target_triangles: 2000 }));
  for (const output of [whole, half]) {
    const bytes = await setup.assets.read(output?.asset.sha256 ?? "");
    const { issues } = await validateBytes(bytes);
    expect([issues.numErrors, issues.numWarnings]).toEqual([0, 0]);
    const { parts } = await decodeMeshGlb(bytes);
    const triangles = parts.reduce((sum, { mesh }) => sum + triangleCount(mesh), 0);
    expect(output?.mesh?.triangles).toBe(triangles);
    const json = Buffer.from(bytes.subarray(20, 20 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(12, true)));
    const { packets } = JSON.parse(json.toString()).extensions.KHR_xmp_json_ld;
    // A program's rules made it: no trained model did.
    expect(packets[0]["Iptc4xmpExt:DigitalSourceType"]).toMatch(/\/algorithmicMedia$/);
    expect(packets[0]["Iptc4xmpExt:AIPromptInformation"]).toBe("a red wooden crate");
  }
  expect(whole?.mesh?.triangles).toBeLessThanOrEqual(2000);
  expect(half?.mesh?.triangles).toBeLessThanOrEqual(1000);
});

it("makes the same bytes again for the same request, and others for another seed", async () => {
  const setup = await start();
  const hashes = async (params: Record<string, unknown>) =>
    (await made(setup, request(params))).map(({ asset }) => asset.sha256);
  const output = { formats: ["obj", "ply"] };
  const first = await hashes({ output });
  expect(await hashes({ output })).toEqual(first);
  expect(await hashes({ output, seed: 6 })).not.toEqual(first);
});

it("answers words that it does not know, and tells so with the file", async () => {
  const setup = await start();
  const [file] = await made(setup, request({ prompt: "a purple crate of dragons", output: { formats: ["ply"] } }));
  expect(file?.mesh?.origin.category).toBe("crate");
  expect(file?.mesh?.origin.warnings.join()).toMatch(/dragon/);
});

it("keeps the prompt and every word of it out of files, facts of the record and manifests with prompt privacy", async () => {
  const setup = await start();
  const outputs = await made(
    setup,
    request({ prompt: "a crate for Xanadu", output: { formats: FORMATS } }, { prompt_privacy: true }),
  );
  expect(outputs[0]?.mesh?.origin.warnings.join()).toMatch(/xanadu/i);
  for (const { asset, sidecar, record } of outputs) {
    expect(record.mesh?.origin.warnings.join()).toMatch(/^sha256:[0-9a-f]{64}$/);
    const kept = [asset.sha256, sidecar?.sha256 ?? ""].map((sha256) => setup.assets.read(sha256));
    for (const bytes of await Promise.all(kept)) {
      expect(Buffer.from(bytes).toString("latin1").toLowerCase()).not.toContain("xanadu");
    }
    expect(JSON.stringify(record).toLowerCase()).not.toContain("xanadu");
  }
});

const refused: [string, Record<string, unknown>, RegExp][] = [
  ["no triangles", { target_triangles: 0 }, /params\.target_triangles/],
  ["ten million triangles", { target_triangles: 10_000_000 }, /params\.target_triangles/],
  ["a texture that no program loads", { texture_size: 100_000 }, /params\.texture_size/],
  ["a source that nobody knows", { source: "scanned" }, /params\.source/],
  ["levels of detail that rise", { lods: [0.25, 0.5] }, /params\.lods\[1\] must be below/],
  ["nothing at all", { prompt: " " }, /params\.prompt is empty/],
  ["a picture to a bundle of words", { image: "0".repeat(64) }, /params\.image must be left out/],
];
it.each(refused)("refuses %s before the job is taken, in words", async (_, params, message) => {
  const { jobs } = await start();
  const error = { code: "INVALID_REQUEST", message: expect.stringMatching(message) };
  await expect(jobs.submit(request(params), ARTIST)).rejects.toMatchObject(error);
  await expect(jobs.validate("mesh", request(params).params)).rejects.toMatchObject(error);
  expect(jobs.counts().queued).toBe(0);
});

it("tells what a request would run as, and runs nothing", async () => {
  const { jobs, host } = await start();
  const { params, memory_bytes } = await jobs.validate("mesh", { prompt: "a crate" });
  expect(params).toMatchObject({ source: "auto", seed: 7, texture_size: 1024, output: { formats: ["glb"] } });
  expect(memory_bytes).toBeGreaterThan(1e6);
  expect(host.started).toEqual([]);
});

it("ends in cancelled between two stages, and stores nothing", async () => {
  const { jobs, assets, host } = await start();
  const before = assets.usage().assets;
  let job_id = "";
  host.onProgress = () => void jobs.cancel(job_id);
  ({ job_id } = await jobs.submit(request({ num_meshes_per_prompt: 16 }), ARTIST));
  await watch(jobs, job_id).until("cancelled");
  expect(assets.usage().assets).toBe(before);
});

it("is run again after its process crashed", async () => {
  const setup = await start();
  let crashes = 0;
  setup.host.onProgress = () => {
    if (crashes++ === 0) throw new CoreError("HOST_CRASHED", "The inference process ended.");
  };
  const { job_id } = await setup.jobs.submit(request({ output: { formats: ["ply"] } }), ARTIST);
  const watched = watch(setup.jobs, job_id);
  await watched.until("result");
  expect(watched.events.flatMap((event) => (event.type === "started" ? [event.attempt] : []))).toEqual([1, 2]);
});

it("finds the first job by its idempotency key, and refuses the key for another mesh", async () => {
  const { jobs } = await start();
  const key = { idempotency_key: "crate 1" };
  const first = await jobs.submit(request({}, key), ARTIST);
  await expect(jobs.submit(request({}, key), ARTIST)).resolves.toMatchObject({ job_id: first.job_id, duplicate: true });
  await expect(jobs.submit(request({ seed: 6 }, key), ARTIST)).rejects.toMatchObject({ code: "IDEMPOTENCY_CONFLICT" });
});
