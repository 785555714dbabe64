import { describe, expect, it } from "vitest";
import type { ImageBundle } from "../../core/src/models/bundle.ts";
import type { StableDiffusionConfig } from "../../core/src/models/stable-diffusion-config.ts";
import { assetsOf, estimateMemory, resolveImageParams } from "../../core/src/pipelines/image-params.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { LIMITS_DEFAULTS } from "../../core/src/protocol/limits.ts";
import { resolve, tinyBundle } from "./tiny-bundle.ts";

const hash = "ab".repeat(32);
const depth = { kind: "depth", image: hash };
const colour = { prompt: "a red door", color: "#ff0000" };

/** The tiny bundle with some of its settings changed. */
function bundleWith(fields: Partial<StableDiffusionConfig>): ImageBundle {
  const { manifest } = tinyBundle;
  return { ...tinyBundle, manifest: { ...manifest, stable_diffusion: { ...manifest.stable_diffusion, ...fields } } };
}

/** What resolveImageParams throws. */
function refusal(params: Record<string, unknown>, bundle = tinyBundle): CoreError {
  try {
    resolve(params, bundle);
  } catch (error) {
    if (error instanceof CoreError) return error;
    throw error;
  }
  throw new Error("expected a refusal");
}

describe("resolveImageParams", () => {
  it("fills in every default from the bundle, and a drawn seed", () => {
    expect(resolve({ prompt: "a cat" })).toEqual({
      bundle: "tiny-random-sd",
      prompt: "a cat",
      negative_prompt: "",
      width: 64,
      height: 64,
      num_inference_steps: 4,
      guidance_scale: 7.5,
      scheduler: "ddim",
      eta: 0,
      seed: 99,
      num_images_per_prompt: 1,
      clip_skip: 0,
      strength: 0.8,
      controls: [],
      regions: [],
      output: { mime: "image/png", quality: 92 },
      preview: { every_steps: 0, max_size: 256 },
    });
  });

  it("gives the same again for what it gave, so that a record can be run anew", () => {
    const once = resolve({ prompt: "a cat", width: 128, controls: [depth], regions: [] });
    expect(resolve(once)).toEqual(once);
  });

  it("draws no seed when there is one", () => {
    const drawSeed = () => {
      throw new Error("not needed");
    };
    const options = { bundle: tinyBundle, limits: LIMITS_DEFAULTS, drawSeed };
    expect(resolveImageParams({ prompt: "", seed: 0 }, options).seed).toBe(0);
  });

  it.each([
    ["a missing prompt", {}, "params.prompt", "is missing"],
    ["an unknown field", { prompt: "", promt: "" }, "params.promt", "not a field"],
    ["NaN", { prompt: "", guidance_scale: Number.NaN }, "params.guidance_scale", "number"],
    ["100 kB of prompt", { prompt: "x".repeat(100_000) }, "params.prompt", "at most 16384 bytes, has 100000"],
    [
      "a long negative prompt, in bytes",
      { prompt: "", negative_prompt: "中".repeat(6000) },
      "params.negative_prompt",
      "has 18000",
    ],
    [
      "a width beyond the bundle's",
      { prompt: "", width: 2048 },
      "params.width",
      "must be 64 to 1024 with this bundle, is 2048",
    ],
    ["a width off the grid", { prompt: "", width: 100 }, "params.width", "multiple of 8"],
    [
      "too many pictures",
      { prompt: "", num_images_per_prompt: 17 },
      "params.num_images_per_prompt",
      "at most 16, is 17",
    ],
    [
      "more steps than lcm has",
      { prompt: "", scheduler: "lcm", num_inference_steps: 51 },
      "params.num_inference_steps",
      "1 to 50",
    ],
    ["a strength of no step", { prompt: "", init_image: hash, strength: 0.2 }, "params.strength", "0.2 × 4"],
    ["a clip_skip beyond the encoder", { prompt: "", clip_skip: 9 }, "params.clip_skip", "0 to 3"],
    ["a mask without a picture", { prompt: "", mask_image: hash }, "params.init_image", "mask_image"],
    [
      "a range that ends before it starts",
      { prompt: "", controls: [{ ...depth, control_guidance_start: 0.6, control_guidance_end: 0.5 }] },
      "params.controls[0].control_guidance_start",
      "is 0.6 with an end of 0.5",
    ],
    ["a region by colour without a map", { prompt: "", regions: [colour] }, "params.controls", "one segmentation map"],
    [
      "a region without a place",
      { prompt: "", regions: [{ prompt: "x" }] },
      "params.regions[0]",
      "either mask or color",
    ],
  ])("refuses %s", (_, params, path, message) => {
    const error = refusal(params);
    expect(error.code).toBe("INVALID_REQUEST");
    expect(error.data.issues).toContainEqual({ path, message: expect.stringContaining(message) });
    expect(error.message).toContain(path);
  });

  it("names everything that is wrong at once", () => {
    const { issues } = refusal({ prompt: "", width: 2048, mask_image: hash, clip_skip: 9 }).data;
    expect(issues).toHaveLength(3);
  });

  it("refuses a control kind that the bundle does not take and names those that it takes", () => {
    const bundle = bundleWith({
      controls: tinyBundle.manifest.stable_diffusion.controls.filter(({ kind }) => kind === "depth"),
    });
    const error = refusal({ prompt: "", controls: [depth, { kind: "openpose", image: hash }] }, bundle);
    expect(error.code).toBe("UNSUPPORTED_CONTROL");
    expect(error.message).toContain('params.controls[1].kind is openpose; the bundle "tiny-random-sd" takes: depth.');
    expect(error.data).toEqual({ kind: "openpose", supported: ["depth"] });
  });

  it("takes a segmentation map for the regions alone, though the bundle does not take it", () => {
    const bundle = bundleWith({ controls: [] });
    const map = { kind: "segmentation", image: hash };
    expect(refusal({ prompt: "", controls: [map], regions: [colour] }, bundle).remedy).toContain(
      "conditioning_scale to 0",
    );
    const params = { prompt: "", controls: [{ ...map, conditioning_scale: 0 }], regions: [colour] };
    expect(resolve(params, bundle).regions).toHaveLength(1);
  });

  it("refuses a request without a map when the bundle needs one", () => {
    const bundle = bundleWith({ requires_control: true });
    expect(refusal({ prompt: "" }, bundle).message).toContain("at least one map");
    expect(refusal({ prompt: "", controls: [{ ...depth, conditioning_scale: 0 }] }, bundle).code).toBe(
      "INVALID_REQUEST",
    );
    expect(resolve({ prompt: "", controls: [depth] }, bundle).controls).toHaveLength(1);
  });

  it("leaves guidance off for a bundle without it, and refuses it when asked for", () => {
    const bundle = bundleWith({ supports_guidance: false });
    expect(resolve({ prompt: "" }, bundle).guidance_scale).toBe(1);
    expect(refusal({ prompt: "", guidance_scale: 3 }, bundle).message).toContain("params.guidance_scale");
  });
});

describe("assetsOf", () => {
  it("names every asset with its field and role", () => {
    const [a = "", b = "", c = "", d = ""] = ["a", "b", "c", "d"].map((digit) => digit.repeat(64));
    const params = resolve({
      prompt: "",
      init_image: a,
      mask_image: b,
      controls: [{ kind: "depth", image: c }],
      regions: [{ prompt: "x", mask: d }],
    });
    expect(assetsOf(params)).toEqual([
      { field: "init_image", sha256: a, role: "init_image" },
      { field: "mask_image", sha256: b, role: "mask_image" },
      { field: "controls[0].image", sha256: c, role: "control:depth" },
      { field: "regions[0].mask", sha256: d, role: "region_mask:0" },
    ]);
  });
});

describe("estimateMemory", () => {
  it("is the bundle's own figure at its default size and grows with the area, but not the weights", () => {
    const small = estimateMemory(resolve({ prompt: "" }), tinyBundle);
    const large = estimateMemory(resolve({ prompt: "", width: 128, height: 128 }), tinyBundle);
    expect(small).toBeGreaterThanOrEqual(tinyBundle.manifest.memory_bytes);
    expect(large).toBeGreaterThan(small);
    expect(large).toBeLessThan(4 * small);
  });
});
