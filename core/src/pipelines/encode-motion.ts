import { encodeBvh } from "../formats/bvh.ts";
import { hiddenPrompt } from "../formats/hidden-prompt.ts";
import { encodeMotionGlb } from "../formats/motion-glb.ts";
import { encodeMotionJson } from "../formats/motion-json.ts";
import { encodeOpenPose } from "../formats/openpose-frames.ts";
import { frameCount } from "../motion/motion.ts";
import { retargetMotion } from "../motion/rig/retarget-motion.ts";
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
 * is done where graphs run, and the signal is heard between two files.
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
    files.push({ format, bytes: await encode(format, generated, params, prompt_privacy) });
  }
  return { seed, origin, warnings, frames: frameCount(motion), fps: motion.fps, files };
}

async function encode(
  format: MotionFormat,
  { motion, segments, origin }: GeneratedMotion,
  { output, rig, foot_lock, in_place }: ResolvedMotionParams,
  prompt_privacy: boolean,
): Promise<Uint8Array> {
  const { keyframes, key_error_degrees, camera } = output;
  switch (format) {
    case "bvh":
      return encodeBvh(motion);
    case "glb":
      return await encodeMotionGlb(motion, { keyframes, key_error_degrees });
    case "json": {
      const shown = segments.map((span) => ({
        ...span,
        prompt: prompt_privacy ? hiddenPrompt(span.prompt) : span.prompt,
      }));
      // Feet of a motion in place slide over the ground, as they should.
      const options = { foot_lock: foot_lock && !in_place, keyframes, key_error_degrees };
      const onRig = rig === undefined ? {} : { rig: retargetMotion(motion, rig, options) };
      return encodeMotionJson(motion, { segments: shown, origin, ...onRig });
    }
    case "openpose":
      return encodeOpenPose(motion, camera);
  }
}
