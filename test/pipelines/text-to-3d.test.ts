import { validateBytes } from "gltf-validator";
import { afterAll, describe, expect, it } from "vitest";
import { decodeMeshGlb } from "../../core/src/formats/mesh-glb.ts";
import { countOpenEdges, measureModel } from "../../core/src/mesh/measure-model.ts";
import { measureTopology } from "../../core/src/mesh/measure-topology.ts";
import { measureUvs } from "../../core/src/mesh/measure-uvs.ts";
import type { Model } from "../../core/src/mesh/mesh.ts";
import { encodeMesh } from "../../core/src/pipelines/encode-mesh.ts";
import { generateMeshes } from "../../core/src/pipelines/text-to-3d.ts";
import { makeMeshContext, openMeshSessions, resolveMesh } from "./mesh-bundle.ts";

const runs: string[] = [];
const sessions = openMeshSessions(undefined, ({ component }) => runs.push(component));
afterAll(() => sessions.close());

/** Small sizes: what is asked is the same as at full size. */
const SMALL = { seed: 5, texture_size: 128, target_triangles: 600, grid_resolution: 24, num_inference_steps: 2 };

async function generate(params: Record<string, unknown>) {
  const resolved = resolveMesh({ ...SMALL, ...params });
  const seen = makeMeshContext(sessions);
  const meshes = await generateMeshes(resolved, seen.context);
  const { signal } = seen.cancel;
  const encode = () => Promise.all(meshes.map((mesh) => encodeMesh(mesh, resolved, { prompt_privacy: false, signal })));
  return { ...seen, meshes, encode, first: meshes[0]?.levels[0] as Model };
}

describe.each(["parametric", "library", "generated"])("source %s", (source) => {
  it("gives a mesh within its budget that stands on the ground, with a texture of its own", async () => {
    const { first, meshes, encode } = await generate({ prompt: "a red wooden chair", source, lods: [0.5] });
    expect(meshes[0]?.origin).toMatchObject({ source, reason: "The request asks for it." });
    const { triangles, low, high } = measureModel(first);
    expect(triangles).toBeLessThanOrEqual(600);
    expect(low[1]).toBeCloseTo(0, 5);
    expect((low[0] ?? 0) + (high[0] ?? 0)).toBeCloseTo(0, 4);
    const uvs = measureUvs(first.parts.map(({ mesh }) => mesh));
    expect(uvs).toMatchObject({ overlapping: 0, outside: 0 });
    expect(first.materials.every(({ baseColourTexture }) => baseColourTexture?.width === 128)).toBe(true);
    const lower = meshes[0]?.levels[1] as Model;
    expect(measureModel(lower).triangles).toBeLessThanOrEqual(triangles / 2);
    expect(lower.parts.every(({ name }) => name.endsWith("_LOD1"))).toBe(true);
    expect(lower.materials).toBe(first.materials);
    const [encoded] = await encode();
    for (const { bytes, lod } of encoded?.files ?? []) {
      const { issues } = await validateBytes(bytes);
      expect([lod, issues.numErrors, issues.numWarnings, issues.messages]).toEqual([lod, 0, 0, issues.messages]);
    }
  });

  it("gives the same bytes for the same request and seed, and others for the next seed", async () => {
    const params = { prompt: "a blue chair", source };
    const [one, again, other] = [
      await generate(params),
      await generate(params),
      await generate({ ...params, seed: 6 }),
    ];
    const bytesOf = async ({ encode }: typeof one) => Buffer.from((await encode())[0]?.files[0]?.bytes ?? []);
    expect((await bytesOf(one)).equals(await bytesOf(again))).toBe(true);
    expect((await bytesOf(one)).equals(await bytesOf(other))).toBe(false);
  });
});

it("closes every part of a shape program and makes one closed piece of a field", async () => {
  const { first: shaped } = await generate({ prompt: "a wooden table", source: "parametric" });
  expect(countOpenEdges(shaped)).toBe(0);
  const { first: field } = await generate({ prompt: "a wooden table", source: "generated" });
  const topology = measureTopology(field.parts[0]?.mesh as never);
  expect(topology).toMatchObject({ watertight: true, manifold: true, components: 1 });
  expect(topology.triangles).toBeGreaterThan(600 * 0.98);
});

it("lets auto take the shape program for words that it knows, without running a graph", async () => {
  runs.length = 0;
  const { meshes } = await generate({ prompt: "a red wooden chair" });
  expect(meshes[0]?.origin).toMatchObject({ source: "parametric", category: "chair", warnings: [] });
  expect(meshes[0]?.origin.reason).toMatch(/^It knows the words best: parametric 1\.00/);
  expect(runs).toEqual([]);
});

it("answers words that nobody knows and says what it is good at", async () => {
  const { meshes } = await generate({ prompt: "qwrtz" });
  expect(meshes).toHaveLength(1);
  expect(meshes[0]?.origin.confidence).toBeLessThan(0.3);
  expect(meshes[0]?.origin.warnings.join(" ")).toMatch(/chair|trained on nothing/);
  const parametric = await generate({ prompt: "qwrtz", source: "parametric" });
  expect(parametric.meshes[0]?.origin.warnings[0]).toMatch(/^No shape program knows "qwrtz"; there are ones for: /);
});

it("answers a thing that nobody knows by the nearest one, and says so, without running a graph", async () => {
  runs.length = 0;
  const { meshes } = await generate({ prompt: "a red lynx" });
  expect(meshes[0]?.origin).toMatchObject({ source: "library", category: "cat" });
  expect(meshes[0]?.origin.confidence).toBeLessThan(0.5);
  expect(meshes[0]?.origin.warnings[0]).toMatch(
    /^The words name nothing that the library holds; .*Nearest to "lynx" is: /,
  );
  expect(runs).toEqual([]);
});

it("keeps what was made of the words out of the file with prompt privacy", async () => {
  const prompt = "a round walnut table";
  const { meshes } = await generate({ prompt, source: "parametric" });
  const resolved = resolveMesh({ ...SMALL, prompt, source: "parametric" });
  const { signal } = new AbortController();
  const jsonOf = async (prompt_privacy: boolean) => {
    const made = meshes[0] as (typeof meshes)[number];
    const { files } = await encodeMesh(made, resolved, { prompt_privacy, signal });
    const bytes = Buffer.from(files[0]?.bytes ?? []);
    return bytes.subarray(20, 20 + bytes.readUInt32LE(12)).toString();
  };
  expect(await jsonOf(false)).toMatch(/"values":\{.*"walnut"/);
  const hidden = await jsonOf(true);
  expect(hidden).toContain("sha256:");
  for (const told of ['"values"', '"category"', prompt]) expect(hidden).not.toContain(told);
});

it("makes the longest side as long as asked for, in every format as its axis says", async () => {
  const { encode } = await generate({
    prompt: "a tower",
    source: "parametric",
    size_m: 3,
    up_axis: "Z",
    output: { formats: ["glb", "obj", "ply"] },
  });
  const [encoded] = await encode();
  const [glb, obj, ply] = encoded?.files ?? [];
  expect(Math.max(...(glb?.size_m ?? []))).toBeCloseTo(3, 4);
  expect(obj?.size_m).toEqual([glb?.size_m[0], expect.closeTo(glb?.size_m[2] ?? 0, 5), glb?.size_m[1]]);
  expect(ply?.size_m).toEqual(obj?.size_m);
  const read = await decodeMeshGlb(glb?.bytes ?? new Uint8Array());
  expect(measureModel(read).size[1]).toBeCloseTo(glb?.size_m[1] ?? 0, 5);
});

it("mirrors a generated thing where symmetry is asked for", async () => {
  const { first } = await generate({ prompt: "a chair", source: "generated", symmetry: "x", target_triangles: 2000 });
  const { low, high } = measureModel(first);
  expect(high[0]).toBeCloseTo(-low[0], 2);
  const volumes = [1, -1].map((side) => sideVolume(first, side));
  expect(Math.abs((volumes[0] ?? 0) / (volumes[1] ?? 1) - 1)).toBeLessThan(0.01);
});

/** Volume between a closed mesh's surface on one side of x = 0 and that plane. */
function sideVolume({ parts }: Model, side: number): number {
  let volume = 0;
  for (const { mesh } of parts) {
    for (let corner = 0; corner < mesh.indices.length; corner += 3) {
      const at = (c: number, k: number) => mesh.positions[(mesh.indices[corner + c] as number) * 3 + k] as number;
      const middle = (at(0, 0) + at(1, 0) + at(2, 0)) / 3;
      if (Math.sign(middle) !== side) continue;
      // ∫ x dA along x: the divergence theorem with the field (x, 0, 0).
      const area = ((at(1, 1) - at(0, 1)) * (at(2, 2) - at(0, 2)) - (at(2, 1) - at(0, 1)) * (at(1, 2) - at(0, 2))) / 2;
      volume += middle * area;
    }
  }
  return volume;
}

it("tells its stages without going back and shows previews, the last a turntable of eight views", async () => {
  const { progress, previews } = await generate({
    prompt: "a chair",
    source: "generated",
    num_meshes_per_prompt: 2,
    num_inference_steps: 3,
    preview: { every_steps: 1, max_size: 64 },
  });
  const shares = progress.map((event) => event.progress);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
  expect(new Set(progress.map(({ stage }) => stage))).toEqual(
    new Set(["denoise", "field", "surface", "simplify", "unwrap", "bake", "levels", "preview"]),
  );
  expect(previews.filter(({ output_index }) => output_index === 1)).toHaveLength(3);
  expect(previews.at(-1)?.image).toMatchObject({ width: 64, height: 32, channels: 3 });
});

it("stops between two stages when it is cancelled", async () => {
  const seen = makeMeshContext(sessions);
  const context = {
    ...seen.context,
    onProgress: ({ stage }: { stage: string }) => {
      seen.progress.push({ stage, progress: 0, step: 0, total_steps: 1 });
      if (stage === "surface") seen.cancel.abort(new Error("cancelled"));
    },
  };
  await expect(
    generateMeshes(resolveMesh({ ...SMALL, prompt: "a chair", source: "generated" }), context),
  ).rejects.toThrow("cancelled");
  expect(seen.progress.some(({ stage }) => stage === "simplify")).toBe(false);
});
