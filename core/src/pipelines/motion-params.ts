import type { MotionBundle } from "../models/bundle.ts";
import { CoreError } from "../protocol/errors.ts";
import { formatIssues, type Issue } from "../protocol/issues.ts";
import type { Limits } from "../protocol/limits.ts";
import { type MotionParams, MotionParamsSchema } from "../protocol/motion.ts";
import { parseParams } from "../protocol/parse.ts";
import { checkRig } from "./check-rig.ts";
import { keyPoseIssues } from "./key-pose-issues.ts";
import { headingIssues, pathIssues } from "./path-issues.ts";

/** Fields of the request that may be absent and are always there once it was checked. */
type FilledIn = "bundle" | "num_inference_steps" | "guidance_scale" | "seed";

/** Parameters with every default filled in, so that nothing is chosen behind the record's back. */
export type ResolvedMotionParams = MotionParams & { [Field in FilledIn]: NonNullable<MotionParams[Field]> };

/** Shortest segment, seconds: four frames at 20 a second, what the network sees as one. */
const MIN_SEGMENT_S = 0.2;
/** Root, turns and contacts of a frame. */
const NUMBERS_PER_FRAME = 3 + 22 * 4 + 4;
const BYTES_PER_NUMBER = 40;

/** What a request is held against. */
export interface ResolveMotionOptions {
  bundle: MotionBundle;
  limits: Pick<Limits, "max_prompt_bytes">;
  /** Gives a random unsigned 32-bit number; called once if the request has no seed. */
  drawSeed(): number;
}

/**
 * Checks the parameters of a motion request and fills in every default: the one place where that is done. What passes can run, but for
 * a `source`, whose bytes are looked at when they are there.
 *
 * A path may cross itself: it is a course in time, so both passes are made, each at its own time.
 *
 * @throws CoreError INVALID_REQUEST with `data.issues`
 */
export function resolveMotionParams(value: unknown, options: ResolveMotionOptions): ResolvedMotionParams {
  const { bundle, limits, drawSeed } = options;
  const parsed = parseParams(MotionParamsSchema, value);
  const { defaults } = bundle.manifest.motion_diffusion;
  const params: ResolvedMotionParams = {
    ...parsed,
    bundle: bundle.manifest.id,
    num_inference_steps: parsed.num_inference_steps ?? defaults.num_inference_steps,
    guidance_scale: parsed.guidance_scale ?? defaults.guidance_scale,
    seed: parsed.seed ?? drawSeed(),
  };
  const duration_s = params.segments.reduce((sum, segment) => sum + segment.duration_s, 0);
  const issues = [
    ...segmentIssues(params, bundle, duration_s),
    ...promptIssues(params, limits),
    ...modeIssues(params, bundle),
    ...(params.source === undefined
      ? [
          ...pathIssues(params.path, duration_s),
          ...headingIssues(params.heading, duration_s),
          ...keyPoseIssues(params, duration_s),
        ]
      : sourceIssues(params)),
    ...outputIssues(params),
  ];
  if (issues.length > 0) throw new CoreError("INVALID_REQUEST", formatIssues(issues), { data: { issues } });
  if (params.rig !== undefined) checkRig(params.rig);
  return params;
}

function segmentIssues({ segments, source }: MotionParams, { manifest }: MotionBundle, duration_s: number): Issue[] {
  const { max_duration_s } = manifest.motion_diffusion;
  const issues: Issue[] = [];
  if (segments.length === 0 && source === undefined) {
    issues.push({ path: "params.segments", message: "must have at least 1 item, has 0; only a source needs none" });
  }
  for (const [i, segment] of segments.entries()) {
    if (segment.duration_s < MIN_SEGMENT_S) {
      const path = `params.segments[${i}].duration_s`;
      issues.push({ path, message: `must be at least ${MIN_SEGMENT_S}, is ${segment.duration_s}` });
    }
  }
  // Sums of seconds like 0.1 are never exact.
  if (duration_s > max_duration_s + 1e-6) {
    issues.push({
      path: "params.segments",
      message: `must last at most ${max_duration_s} s in all with this bundle, last ${rounded(duration_s)} s`,
    });
  }
  return issues;
}

function promptIssues(
  { segments, style }: MotionParams,
  { max_prompt_bytes }: ResolveMotionOptions["limits"],
): Issue[] {
  return segments.flatMap(({ prompt }, i) => {
    const path = `params.segments[${i}].prompt`;
    const bytes = Buffer.byteLength(`${prompt} ${style}`);
    if (prompt.trim() === "") return [{ path, message: 'is empty; expected what the figure does, such as "walks"' }];
    return bytes > max_prompt_bytes
      ? [{ path, message: `must have at most ${max_prompt_bytes} bytes, has ${bytes}` }]
      : [];
  });
}

function modeIssues({ mode, source }: MotionParams, { manifest }: MotionBundle): Issue[] {
  if (mode !== "retrieved" || source !== undefined || manifest.motion_diffusion.library !== undefined) return [];
  return [
    { path: "params.mode", message: "must be generated or hybrid with this bundle, which has no clips, is retrieved" },
  ];
}

function sourceIssues(params: MotionParams): Issue[] {
  const { segments, path, heading, key_poses, style, num_motions_per_prompt } = params;
  const message = "must be left out, since a source is taken as it is";
  return [
    ...(segments.length > 0 ? [{ path: "params.segments", message }] : []),
    ...(path === undefined ? [] : [{ path: "params.path", message }]),
    ...(heading.length > 0 ? [{ path: "params.heading", message }] : []),
    ...(key_poses.length > 0 ? [{ path: "params.key_poses", message }] : []),
    ...(style === "" ? [] : [{ path: "params.style", message }]),
    ...(num_motions_per_prompt === 1
      ? []
      : [
          {
            path: "params.num_motions_per_prompt",
            message: `must be 1 with a source, of which there are no variations, is ${num_motions_per_prompt}`,
          },
        ]),
  ];
}

function outputIssues({ output, rig }: MotionParams): Issue[] {
  const { formats, camera } = output;
  const issues: Issue[] = [];
  const twice = formats.find((format, i) => formats.indexOf(format) !== i);
  if (twice !== undefined) issues.push({ path: "params.output.formats", message: `names ${twice} twice` });
  if (rig !== undefined && !formats.includes("json")) {
    issues.push({ path: "params.output.formats", message: "must name json, in which the rig's curves stand" });
  }
  if (camera !== undefined && Math.hypot(...camera.position.map((v, i) => v - (camera.target[i] ?? 0))) < 1e-6) {
    issues.push({ path: "params.output.camera.target", message: "must be another place than position" });
  }
  return issues;
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
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
