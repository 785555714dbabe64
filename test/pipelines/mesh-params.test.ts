import { expect, it } from "vitest";
import type { MeshBundle } from "../../core/src/models/bundle.ts";
import type { MeshDiffusionConfig } from "../../core/src/models/mesh-diffusion-config.ts";
import { estimateMeshMemory, resolveMeshParams } from "../../core/src/pipelines/mesh-params.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { LIMITS_DEFAULTS } from "../../core/src/protocol/limits.ts";
import { tinyMeshBundle } from "./mesh-bundle.ts";

function bundleWith(fields: Partial<MeshDiffusionConfig>): MeshBundle {
  const { manifest } = tinyMeshBundle;
  return { ...tinyMeshBundle, manifest: { ...manifest, mesh_diffusion: { ...manifest.mesh_diffusion, ...fields } } };
}

const pictures = bundleWith({ conditioning: "image", sources: ["generated"] });
const SHA = "ab".repeat(32);

function resolve(params: Record<string, unknown>, bundle = tinyMeshBundle) {
  return resolveMeshParams(params, { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => 99 });
}

/** What is refused, as `path message` lines; empty = nothing. */
function refusal(params: Record<string, unknown>, bundle = tinyMeshBundle): string[] {
  try {
    resolve(params, bundle);
    return [];
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    expect(error.code).toBe("INVALID_REQUEST");
    const { issues } = error.data;
    if (!Array.isArray(issues)) throw error;
    return issues.map(({ path, message }) => `${path} ${message}`);
  }
}

it("fills in the bundle's defaults and a drawn seed", () => {
  const { defaults } = tinyMeshBundle.manifest.mesh_diffusion;
  expect(resolve({ prompt: "a chair" })).toMatchObject({
    ...defaults,
    bundle: "tiny-random-mesh",
    seed: 99,
    target_triangles: 20_000,
    texture_size: 1024,
    lods: [],
    up_axis: "Y",
    output: { formats: ["glb"], texture_mime: "image/png" },
  });
  expect(resolve({ prompt: "a chair", seed: 7, source: "parametric" })).toMatchObject({
    seed: 7,
    source: "parametric",
  });
});

it("takes a picture to the network", () => {
  expect(resolve({ image: SHA }, pictures).source).toBe("generated");
});

it.each([
  [{ prompt: " " }, /^params\.prompt is empty; expected what to make, such as ".+"$/],
  [{ prompt: "a chair", target_triangles: 0 }, /^params\.target_triangles .*50/],
  [{ prompt: "a chair", target_triangles: 10_000_000 }, /^params\.target_triangles .*2000000/],
  [{ prompt: "a chair", texture_size: 32 }, /^params\.texture_size .*64/],
  [{ prompt: "a chair", texture_size: 8192 }, /^params\.texture_size .*4096/],
  [{ prompt: "a chair", lods: [0.5, 0.5] }, /^params\.lods\[1\] must be below the level before it, 0\.5, is 0\.5$/],
  [
    { prompt: "a chair", target_triangles: 100, lods: [0.1] },
    /^params\.lods\[0\] must leave at least 12 of 100 triangles, leaves 10$/,
  ],
  [{ prompt: "a chair", output: { formats: ["glb", "glb"] } }, /^params\.output\.formats names glb twice$/],
  [{ prompt: "a chair", image: SHA }, /^params\.image must be left out with this bundle/],
] as const)("refuses %j", (params, message) => {
  expect(refusal(params)).toEqual([expect.stringMatching(message)]);
});

it("refuses a source that the bundle does not offer, and names those that it does", () => {
  const bundle = bundleWith({ sources: ["parametric"] });
  expect(refusal({ prompt: "a chair", source: "generated" }, bundle)).toEqual([
    "params.source must be one of auto, parametric with this bundle, is generated",
  ]);
});

it("asks for a picture where the bundle makes meshes of pictures only", () => {
  expect(refusal({ prompt: "a chair" }, pictures)).toEqual([expect.stringMatching(/^params\.image must be given/)]);
});

it("counts a grid only where a network may run, and textures by their area", () => {
  const memory = (params: Record<string, unknown>) =>
    estimateMeshMemory(resolve({ prompt: "a chair", ...params }), tinyMeshBundle);
  expect(memory({ source: "generated", grid_resolution: 256 }) - memory({ source: "parametric" })).toBe(256 ** 3 * 40);
  expect(memory({ source: "parametric", texture_size: 2048 })).toBeGreaterThan(
    memory({ source: "parametric", texture_size: 1024 }) + 3 * 1024 ** 2 * 96,
  );
  expect(memory({ source: "generated" })).toBeLessThan(1.5 * 1024 ** 3);
});
