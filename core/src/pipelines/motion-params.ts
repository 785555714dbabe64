import type { MotionBundle } from "../models/bundle.ts";
import { CoreError } from "../protocol/errors.ts";
import { formatIssues, type Issue } from "../protocol/issues.ts";
import type { Limits } from "../protocol/limits.ts";
import { type MotionParams, MotionParamsSchema } from "../protocol/motion.ts";
import { parseParams } from "../protocol/parse.ts";

/** Fields of the request that may be absent and are always there once it was checked. */
type FilledIn = "bundle" | "num_inference_steps" | "guidance_scale" | "seed";

/** Parameters with every default filled in, so that nothing is chosen behind the record's back. */
export type ResolvedMotionParams = MotionParams & { [Field in FilledIn]: NonNullable<MotionParams[Field]> };

/** Root, turns and contacts of a frame. */
const NUMBERS_PER_FRAME = 3 + 22 * 4 + 4;
const BYTES_PER_NUMBER = 40;

/** What a request is held against. */
export interface ResolveMotionOptions {
  bundle: MotionBundle;
  limits: Limits;
  /** Gives a random unsigned 32-bit number; called once if the request has no seed. */
  drawSeed(): number;
}

/**
 * Checks the parameters of a motion request and fills in every default: the one place where that is done. What passes can run, but for
 * a `source`, whose bytes are looked at when they are read.
 *
 * @throws CoreError INVALID_REQUEST with `data.issues`
 */
export function resolveMotionParams(value: unknown, options: ResolveMotionOptions): ResolvedMotionParams {
  const { bundle, drawSeed } = options;
  const parsed = parseParams(MotionParamsSchema, value);
  const { defaults } = bundle.manifest.motion_diffusion;
  const params: ResolvedMotionParams = {
    ...parsed,
    bundle: bundle.manifest.id,
    num_inference_steps: parsed.num_inference_steps ?? defaults.num_inference_steps,
    guidance_scale: parsed.guidance_scale ?? defaults.guidance_scale,
    seed: parsed.seed ?? drawSeed(),
  };
  const issues: Issue[] = [];
  if (issues.length > 0) throw new CoreError("INVALID_REQUEST", formatIssues(issues), { data: { issues } });
  return params;
}

/**
 * Estimates the memory that a job needs: what the bundle needs, and the motions with what is made of them on the way; text forms take
 * about forty bytes a number.
 */
export function estimateMotionMemory(params: ResolvedMotionParams, bundle: MotionBundle): number {
  const { memory_bytes, motion_diffusion } = bundle.manifest;
  const seconds =
    params.segments.reduce((sum, { duration_s }) => sum + duration_s, 0) || motion_diffusion.max_duration_s;
  const frames = Math.round(seconds * params.output.fps);
  return memory_bytes + frames * NUMBERS_PER_FRAME * BYTES_PER_NUMBER * (params.num_motions_per_prompt + 1);
}
