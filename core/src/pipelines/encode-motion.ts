import { encodeBvhInSteps } from "../formats/bvh.ts";
import { hiddenPrompt } from "../formats/hidden-prompt.ts";
import { encodeMotionGlb } from "../formats/motion-glb.ts";
import { encodeMotionJsonInSteps } from "../formats/motion-json.ts";
import { encodeOpenPoseInSteps } from "../formats/openpose-frames.ts";
import type { InSteps } from "../motion/in-steps.ts";
import { frameCount } from "../motion/motion.ts";
import { retargetInSteps } from "../motion/rig/retarget-motion.ts";
import type { MotionFormat } from "../protocol/motion.ts";
import { breathe } from "./breathe.ts";
import type { GeneratedMotion } from "./generated-motion.ts";
import type { ResolvedMotionParams } from "./motion-params.ts";

/** A finished motion in the formats that were asked for, not yet signed. */
export interface EncodedMotion extends Pick<GeneratedMotion, "seed" | "origin" | "warnings"> {
  frames: number;
  fps: number;
  /** In the order of the request's formats. */
  files: { format: MotionFormat; bytes: Uint8Array }[];
}

/** Options of {@link encodeMotion}. */
export interface EncodeMotionOptions {
  /** Whether prompts are kept out of the files. */
  prompt_privacy: boolean;
  signal: AbortSignal;
}

/**
 * Writes a motion in every format of its request, and puts it on the request's rig. Two minutes on a rig with few keys take seconds, so it
 * is done where graphs run, and the signal is heard every few frames.
 *
 * @throws CoreError INVALID_REQUEST if the rig or the camera cannot be used; the signal's reason when aborted
 */
export async function encodeMotion(
  generated: GeneratedMotion,
  params: ResolvedMotionParams,
  { prompt_privacy, signal }: EncodeMotionOptions,
): Promise<EncodedMotion> {
  const { motion, seed, origin, warnings } = generated;
  const files: EncodedMotion["files"] = [];
  for (const format of params.output.formats) {
    await breathe(signal);
    files.push({ format, bytes: await encode(format, generated, params, { prompt_privacy, signal }) });
  }
  return { seed, origin, warnings, frames: frameCount(motion), fps: motion.fps, files };
}

async function encode(
  format: MotionFormat,
  { motion, segments, origin }: GeneratedMotion,
  { output, rig, foot_lock, in_place }: ResolvedMotionParams,
  { prompt_privacy, signal }: EncodeMotionOptions,
): Promise<Uint8Array> {
  const { keyframes, key_error_degrees, camera } = output;
  switch (format) {
    case "bvh":
      return await stopping(encodeBvhInSteps(motion), signal);
    case "glb":
      return await encodeMotionGlb(motion, { keyframes, key_error_degrees, pause: () => breathe(signal) });
    case "json": {
      const shown = segments.map((span) => ({
        ...span,
        prompt: prompt_privacy ? hiddenPrompt(span.prompt) : span.prompt,
      }));
      // Feet of a motion in place slide over the ground, as they should.
      const options = { foot_lock: foot_lock && !in_place, keyframes, key_error_degrees };
      const onRig = rig === undefined ? {} : { rig: await stopping(retargetInSteps(motion, rig, options), signal) };
      return await stopping(encodeMotionJsonInSteps(motion, { segments: shown, origin, ...onRig }), signal);
    }
    case "openpose":
      return await stopping(encodeOpenPoseInSteps(motion, camera), signal);
  }
}

/** Steps between which the signal is not heard: some 30 ms of the slowest, a frame on a rig of hundreds of bones. */
const STEPS_AT_ONCE = 32;

/** Does long work and stops between two steps once the signal is aborted. @throws the signal's reason */
async function stopping<Result>(steps: InSteps<Result>, signal: AbortSignal): Promise<Result> {
  for (let step = 1; ; step++) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (step % STEPS_AT_ONCE === 0) await breathe(signal);
  }
}
