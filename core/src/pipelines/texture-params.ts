import type { ImageBundle } from "../models/bundle.ts";
import { CoreError } from "../protocol/errors.ts";
import { formatIssues, type Issue } from "../protocol/issues.ts";
import type { Limits } from "../protocol/limits.ts";
import { type TextureParams, TextureParamsSchema } from "../protocol/mesh.ts";
import { parseParams } from "../protocol/parse.ts";
import { estimateMemory, resolveImageParams } from "./image-params.ts";
import { viewMapKinds, viewParams } from "./texture-view-params.ts";

/** Fields of the request that may be absent and are always there once it was checked. */
type FilledIn = "bundle" | "num_inference_steps" | "guidance_scale" | "view_size" | "seed";

/** Parameters with every default filled in, so that nothing is chosen behind the record's back. */
export type ResolvedTextureParams = TextureParams & { [Field in FilledIn]: NonNullable<TextureParams[Field]> };

/** What a request is held against. */
export interface ResolveTextureOptions {
  bundle: ImageBundle;
  limits: Limits;
  /** Gives a random unsigned 32-bit number; called once if the request has no seed. */
  drawSeed(): number;
}

/** Place, colour, weight and view of each texel, and its pixels in the making. */
const BYTES_PER_TEXEL = 96;
/** Depth, triangle, shares, maps and pictures of each pixel of a view. */
const BYTES_PER_PIXEL = 96;
/** Geometry of a large file. */
const BASE_BYTES = 64 * 1024 * 1024;
/** Stands for pictures that are not there yet. */
const ANY_PICTURE = "0".repeat(64);

/**
 * Checks the parameters of a texture request and fills in every default: the one place where that is done. What passes can run, but
 * for the mesh, whose bytes are looked at when they are there ({@link checkTextureMesh}).
 *
 * @throws CoreError INVALID_REQUEST with `data.issues`
 */
export function resolveTextureParams(value: unknown, options: ResolveTextureOptions): ResolvedTextureParams {
  const { bundle, limits, drawSeed } = options;
  const parsed = parseParams(TextureParamsSchema, value);
  const { defaults, supports_guidance } = bundle.manifest.stable_diffusion;
  const params: ResolvedTextureParams = {
    ...parsed,
    bundle: bundle.manifest.id,
    num_inference_steps: parsed.num_inference_steps ?? defaults.num_inference_steps,
    guidance_scale: parsed.guidance_scale ?? (supports_guidance ? defaults.guidance_scale : 1),
    view_size: parsed.view_size ?? Math.min(defaults.width, defaults.height),
    seed: parsed.seed ?? drawSeed(),
  };
  const issues = [...bundleIssues(params, bundle), ...viewIssues(params, bundle, limits)];
  if (issues.length > 0) throw new CoreError("INVALID_REQUEST", formatIssues(issues), { data: { issues } });
  return params;
}

function bundleIssues(params: ResolvedTextureParams, bundle: ImageBundle): Issue[] {
  const { manifest } = bundle;
  const taken = manifest.stable_diffusion.controls.map(({ kind }) => kind);
  const shapes = viewMapKinds(params, bundle).filter((kind) => ["depth", "normal", "lineart"].includes(kind));
  const issues: Issue[] = [];
  if (shapes.length === 0) {
    const takesShape = taken.some((kind) => ["depth", "normal", "lineart"].includes(kind));
    issues.push(
      takesShape
        ? {
            path: "params.conditioning_scale",
            message: `must be above 0 for one of the maps that the bundle "${manifest.id}" takes: ${taken.join(", ")}`,
          }
        : {
            path: "params.bundle",
            message: `must take a depth, normal or lineart map, so that pictures fit the mesh; "${manifest.id}" takes: ${taken.join(", ") || "none"}`,
          },
    );
  }
  if (params.strength < 1 && manifest.components.vae_encoder === undefined) {
    issues.push({
      path: "params.strength",
      message: `must be 1 with the bundle "${manifest.id}", which has no vae_encoder to start from the present look, is ${params.strength}`,
    });
  }
  return issues;
}

/** Holds the request for one view against the bundle, and tells of its fields by the names they have here. */
function viewIssues(params: ResolvedTextureParams, bundle: ImageBundle, limits: Limits): Issue[] {
  const maps = Object.fromEntries(viewMapKinds(params, bundle).map((kind) => [kind, ANY_PICTURE]));
  const canStart = bundle.manifest.components.vae_encoder !== undefined;
  const start = canStart ? { start: { image: ANY_PICTURE, strength: params.strength } } : {};
  try {
    resolveImageParams(viewParams(params, bundle, { maps, words: "front view", ...start }), {
      bundle,
      limits,
      drawSeed: () => params.seed,
    });
    return [];
  } catch (error) {
    if (!(error instanceof CoreError) || !Array.isArray(error.data?.issues)) throw error;
    return (error.data.issues as Issue[]).flatMap(({ path, message }) => {
      if (path === "params.height" || path === "params.controls") return [];
      return [{ path: path === "params.width" ? "params.view_size" : path, message }];
    });
  }
}

/**
 * Estimates the memory that a job needs: what a picture of a view needs, and the texels of one texture with what is known of each. A file
 * with several materials needs more; how many is not known before it is read.
 */
export function estimateTextureMemory(params: ResolvedTextureParams, bundle: ImageBundle): number {
  const maps = Object.fromEntries(viewMapKinds(params, bundle).map((kind) => [kind, ANY_PICTURE]));
  const image = resolveImageParams(viewParams(params, bundle, { maps, words: "" }), {
    bundle,
    limits: { max_pixels: Number.MAX_SAFE_INTEGER, max_prompt_bytes: Number.MAX_SAFE_INTEGER } as Limits,
    drawSeed: () => params.seed,
  });
  const texels = params.texture_size ** 2 * BYTES_PER_TEXEL;
  return Math.round(estimateMemory(image, bundle) + texels + params.view_size ** 2 * BYTES_PER_PIXEL + BASE_BYTES);
}
