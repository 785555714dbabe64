import { describe, expect, it } from "vitest";
import { estimateTextureMemory, resolveTextureParams } from "../../core/src/pipelines/texture-params.ts";
import { LIMITS_DEFAULTS } from "../../core/src/protocol/limits.ts";
import { tinyBundle } from "./tiny-bundle.ts";

const MESH = "a".repeat(64);
const resolve = (params: Record<string, unknown>, bundle = tinyBundle) =>
  resolveTextureParams(
    { mesh: MESH, prompt: "oak", ...params },
    { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => 99 },
  );
const with_ = (change: Record<string, unknown>, components = tinyBundle.manifest.components) => ({
  ...tinyBundle,
  manifest: {
    ...tinyBundle.manifest,
    components,
    stable_diffusion: { ...tinyBundle.manifest.stable_diffusion, ...change },
  },
});
const issuesOf = (run: () => unknown): string[] => {
  try {
    run();
  } catch (error) {
    const { code, data } = error as { code: string; data: { issues: { path: string; message: string }[] } };
    expect(code).toBe("INVALID_REQUEST");
    return data.issues.map(({ path, message }) => `${path} ${message}`);
  }
  throw new Error("nothing was refused");
};

describe("resolveTextureParams", () => {
  it("fills in the bundle's defaults and a drawn seed", () => {
    const { defaults } = tinyBundle.manifest.stable_diffusion;
    expect(resolve({})).toMatchObject({
      bundle: tinyBundle.manifest.id,
      seed: 99,
      view_size: defaults.width,
      num_inference_steps: defaults.num_inference_steps,
      guidance_scale: defaults.guidance_scale,
      texture_size: 1024,
      max_views: 10,
      strength: 1,
      unwrap: "never",
    });
  });

  it("tells of a view's size by the name that it has in the request", () => {
    expect(issuesOf(() => resolve({ view_size: 2048 }))).toEqual([expect.stringMatching(/^params\.view_size must be/)]);
  });

  it("refuses textures out of range and an empty prompt", () => {
    expect(issuesOf(() => resolve({ texture_size: 8192 }))[0]).toMatch(/params\.texture_size/);
    expect(issuesOf(() => resolve({ texture_size: 16 }))[0]).toMatch(/params\.texture_size/);
    expect(issuesOf(() => resolve({ prompt: "" }))[0]).toMatch(/params\.prompt/);
  });

  it("refuses a bundle whose pictures would not fit the mesh", () => {
    const [issue] = issuesOf(() => resolve({}, with_({ controls: [] })));
    expect(issue).toMatch(/params\.bundle must take a depth, normal or lineart map/);
    expect(issuesOf(() => resolve({ conditioning_scale: { depth: 0, normal: 0 } }))[0]).toMatch(
      /params\.conditioning_scale must be above 0/,
    );
  });

  it("refuses to keep the present look where the bundle cannot start from a picture, or no step would run", () => {
    const { vae_encoder: _, ...components } = tinyBundle.manifest.components;
    expect(issuesOf(() => resolve({ strength: 0.5 }, with_({}, components)))[0]).toMatch(/no vae_encoder/);
    expect(issuesOf(() => resolve({ strength: 0.2, num_inference_steps: 3 }))[0]).toMatch(/at least 1 step/);
    expect(resolve({}, with_({}, components)).strength).toBe(1);
  });
});

describe("estimateTextureMemory", () => {
  it("grows with the texture", () => {
    const small = estimateTextureMemory(resolve({ texture_size: 1024 }), tinyBundle);
    const large = estimateTextureMemory(resolve({ texture_size: 4096 }), tinyBundle);
    expect(large - small).toBe(96 * (4096 ** 2 - 1024 ** 2));
  });
});
