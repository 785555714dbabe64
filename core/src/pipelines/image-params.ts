import { createScheduler } from "../diffusion/create-scheduler.ts";
import type { ImageBundle } from "../models/bundle.ts";
import type { ImageManifest } from "../models/image-manifest.ts";
import { sizeMultiple } from "../models/size-multiple.ts";
import { CoreError } from "../protocol/errors.ts";
import { type ImageParams, ImageParamsSchema } from "../protocol/image.ts";
import { formatIssues, type Issue } from "../protocol/issues.ts";
import type { Limits } from "../protocol/limits.ts";
import { parseParams } from "../protocol/parse.ts";

/** Fields of the request that may be absent and are always there once it was checked. */
type FilledIn = "bundle" | "width" | "height" | "num_inference_steps" | "guidance_scale" | "scheduler" | "seed";

/** Parameters with every default filled in, so that nothing is chosen behind the record's back. */
export type ResolvedImageParams = ImageParams & { [Field in FilledIn]: NonNullable<ImageParams[Field]> };

/** A bundle of the core, or a model that a backend runs. */
interface ImageModel {
  manifest: Pick<ImageManifest, "id" | "components" | "stable_diffusion">;
}

/** What a request is held against. */
export interface ResolveImageOptions {
  bundle: ImageModel;
  limits: Limits;
  /** Gives a random unsigned 32-bit number; called once if the request has no seed. */
  drawSeed(): number;
}

/**
 * Checks the parameters of an image request and fills in every default: the one place where that is done. What passes can run.
 *
 * A `segmentation` control whose kind the bundle does not take is allowed with `conditioning_scale` 0: it then only tells
 * where the regions with an id colour are.
 *
 * @throws CoreError INVALID_REQUEST with `data.issues`, UNSUPPORTED_CONTROL naming what the bundle takes
 */
export function resolveImageParams(value: unknown, options: ResolveImageOptions): ResolvedImageParams {
  const { bundle, limits, drawSeed } = options;
  const parsed = parseParams(ImageParamsSchema, value);
  const { defaults, supports_guidance } = bundle.manifest.stable_diffusion;
  const params: ResolvedImageParams = {
    ...parsed,
    bundle: bundle.manifest.id,
    width: parsed.width ?? defaults.width,
    height: parsed.height ?? defaults.height,
    num_inference_steps: parsed.num_inference_steps ?? defaults.num_inference_steps,
    guidance_scale: parsed.guidance_scale ?? (supports_guidance ? defaults.guidance_scale : 1),
    scheduler: parsed.scheduler ?? defaults.scheduler,
    seed: parsed.seed ?? drawSeed(),
  };
  refuseUnsupportedControls(params, bundle);
  const issues = [
    ...promptIssues(params, limits),
    ...sizeIssues(params, bundle, limits),
    ...samplingIssues(params, bundle),
    ...inputIssues(params, bundle),
    ...controlIssues(params, bundle),
  ];
  if (issues.length > 0) throw new CoreError("INVALID_REQUEST", formatIssues(issues), { data: { issues } });
  return params;
}

function refuseUnsupportedControls(params: ResolvedImageParams, { manifest }: ImageModel): void {
  const taken = manifest.stable_diffusion.controls.map(({ kind }) => kind);
  const listed = taken.length > 0 ? taken.join(", ") : "none";
  for (const [index, { kind, conditioning_scale }] of params.controls.entries()) {
    if (taken.includes(kind) || (kind === "segmentation" && conditioning_scale === 0)) continue;
    throw new CoreError(
      "UNSUPPORTED_CONTROL",
      `params.controls[${index}].kind is ${kind}; the bundle "${manifest.id}" takes: ${listed}.`,
      {
        remedy:
          kind === "segmentation"
            ? "Set its conditioning_scale to 0 to use it for the regions alone, or choose a bundle that takes it."
            : "Leave it out, or choose a bundle that takes it.",
        data: { kind, supported: taken },
      },
    );
  }
}

function promptIssues(params: ResolvedImageParams, limits: Limits): Issue[] {
  const prompts: [string, string][] = [
    ["params.prompt", params.prompt],
    ["params.negative_prompt", params.negative_prompt],
    ...params.regions.map(({ prompt }, i): [string, string] => [`params.regions[${i}].prompt`, prompt]),
  ];
  return prompts
    .map(([path, prompt]) => ({ path, bytes: Buffer.byteLength(prompt) }))
    .filter(({ bytes }) => bytes > limits.max_prompt_bytes)
    .map(({ path, bytes }) => ({ path, message: `must have at most ${limits.max_prompt_bytes} bytes, has ${bytes}` }));
}

function sizeIssues(params: ResolvedImageParams, { manifest }: ImageModel, limits: Limits): Issue[] {
  const { size } = manifest.stable_diffusion;
  const multiple = sizeMultiple(manifest);
  const issues: Issue[] = [];
  for (const side of ["width", "height"] as const) {
    const path = `params.${side}`;
    const value = params[side];
    if (value < size.min || value > size.max) {
      issues.push({ path, message: `must be ${size.min} to ${size.max} with this bundle, is ${value}` });
    } else if (value % multiple !== 0) {
      issues.push({ path, message: `must be a multiple of ${multiple} with this bundle, is ${value}` });
    }
  }
  const pixels = params.width * params.height;
  if (pixels > limits.max_pixels) {
    issues.push({
      path: "params.width",
      message: `× params.height must be at most ${limits.max_pixels} pixels, is ${params.width} × ${params.height} = ${pixels}`,
    });
  }
  if (params.num_images_per_prompt > limits.max_images_per_request) {
    issues.push({
      path: "params.num_images_per_prompt",
      message: `must be at most ${limits.max_images_per_request}, is ${params.num_images_per_prompt}`,
    });
  }
  return issues;
}

function samplingIssues(params: ResolvedImageParams, { manifest }: ImageModel): Issue[] {
  const { noise_schedule, supports_guidance } = manifest.stable_diffusion;
  const issues: Issue[] = [];
  try {
    createScheduler(params.scheduler, noise_schedule, { numInferenceSteps: params.num_inference_steps });
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    issues.push({ path: "params.num_inference_steps", message: `does not fit: ${error.message.replace(/\.$/, "")}` });
  }
  if (params.init_image !== undefined && Math.trunc(params.num_inference_steps * params.strength) < 1) {
    issues.push({
      path: "params.strength",
      message: `× params.num_inference_steps must be at least 1 step, is ${params.strength} × ${params.num_inference_steps}`,
    });
  }
  if (!supports_guidance && params.guidance_scale > 1) {
    issues.push({
      path: "params.guidance_scale",
      message: `must be 1 or absent, since this bundle was made without guidance, is ${params.guidance_scale}`,
    });
  }
  const skips = Object.values(manifest.components.text_encoder?.outputs ?? []).filter(({ name }) =>
    name.startsWith("hidden_states_skip_"),
  ).length;
  if (params.clip_skip > skips) {
    issues.push({
      path: "params.clip_skip",
      message: `must be 0 to ${skips} with this bundle's text encoder, is ${params.clip_skip}`,
    });
  }
  return issues;
}

function inputIssues(params: ResolvedImageParams, { manifest }: ImageModel): Issue[] {
  const issues: Issue[] = [];
  if (params.mask_image !== undefined && params.init_image === undefined) {
    issues.push({ path: "params.init_image", message: "is missing; a mask_image needs the picture that it repaints" });
  }
  if (params.init_image !== undefined && manifest.components.vae_encoder === undefined) {
    issues.push({ path: "params.init_image", message: "cannot be used: this bundle has no vae_encoder" });
  }
  return issues;
}

function controlIssues(params: ResolvedImageParams, { manifest }: ImageModel): Issue[] {
  const { controls: supported, control_encoder, requires_control } = manifest.stable_diffusion;
  const issues: Issue[] = [];
  for (const [i, { control_guidance_start: start, control_guidance_end: end }] of params.controls.entries()) {
    if (start >= end) {
      const path = `params.controls[${i}].control_guidance_start`;
      issues.push({ path, message: `must be less than control_guidance_end, is ${start} with an end of ${end}` });
    }
  }
  const native = supported.filter(({ component }) => component === "control_encoder").map(({ kind }) => kind);
  for (const kind of native) {
    const count = params.controls.filter((control) => control.kind === kind).length;
    if (count > 1) {
      issues.push({ path: "params.controls", message: `must have one ${kind} map with this bundle, has ${count}` });
    }
  }
  if (requires_control && !params.controls.some(({ conditioning_scale }) => conditioning_scale > 0)) {
    const kinds = supported.map(({ kind }) => kind).join(", ");
    issues.push({ path: "params.controls", message: `must have at least one map with this bundle, of: ${kinds}` });
  }
  const segmentations = params.controls.filter(({ kind }) => kind === "segmentation").length;
  if (params.regions.some(({ color }) => color !== undefined) && segmentations !== 1) {
    issues.push({
      path: "params.controls",
      message: `must have one segmentation map, since regions are given by colour, has ${segmentations}; with conditioning_scale 0 it is used for the regions alone`,
    });
  }
  if (control_encoder !== undefined && params.regions.length > control_encoder.max_regions) {
    issues.push({
      path: "params.regions",
      message: `must have at most ${control_encoder.max_regions} items with this bundle, has ${params.regions.length}`,
    });
  }
  return issues;
}

/** An asset that the parameters name. */
export interface ImageAsset {
  /** Where it stands in the parameters. */
  field: string;
  sha256: string;
  /** What it is used for, for the record: `control:depth`, `init_image`, `mask_image`, `region_mask:2`. */
  role: string;
}

/** Gives every asset that the parameters name, in the order of the fields; one that is used twice is there twice. */
export function assetsOf(params: ImageParams): ImageAsset[] {
  const assets: ImageAsset[] = [];
  const add = (field: string, sha256: string | undefined, role: string) => {
    if (sha256 !== undefined) assets.push({ field, sha256, role });
  };
  add("init_image", params.init_image, "init_image");
  add("mask_image", params.mask_image, "mask_image");
  for (const [i, control] of params.controls.entries())
    add(`controls[${i}].image`, control.image, `control:${control.kind}`);
  for (const [i, region] of params.regions.entries()) add(`regions[${i}].mask`, region.mask, `region_mask:${i}`);
  return assets;
}

/**
 * Estimates the memory that a job needs: the weights, and what the bundle needs beyond them at its default size, grown with the
 * picture's area. Attention over long token rows grows faster; a large picture on a large model may need more.
 */
export function estimateMemory(params: ResolvedImageParams, bundle: ImageBundle): number {
  const { components, memory_bytes, stable_diffusion } = bundle.manifest;
  const weights = Object.values(components).reduce(
    (sum, { size, external_data }) => sum + size + external_data.reduce((more, file) => more + file.size, 0),
    0,
  );
  const { width, height } = stable_diffusion.defaults;
  const growth = (params.width * params.height) / (width * height);
  return Math.round(weights + Math.max(0, memory_bytes - weights) * growth);
}
