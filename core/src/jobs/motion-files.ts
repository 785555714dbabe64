import { encodeBvh } from "../formats/bvh.ts";
import { MOTION_FORMS } from "../formats/motion-forms.ts";
import { encodeMotionGlb } from "../formats/motion-glb.ts";
import { encodeMotionJson } from "../formats/motion-json.ts";
import { encodeOpenPose } from "../formats/openpose-frames.ts";
import type { MotionBundle } from "../models/bundle.ts";
import { frameCount } from "../motion/motion.ts";
import { retargetMotion } from "../motion/rig/retarget-motion.ts";
import type { GeneratedMotion } from "../pipelines/generated-motion.ts";
import type { ResolvedMotionParams } from "../pipelines/motion-params.ts";
import type { MotionFormat, SegmentOrigin } from "../protocol/motion.ts";
import { hidePrompt } from "../provenance/generation-metadata.ts";
import { readClipFacts } from "./clip-facts.ts";
import type { TaskFile } from "./task.ts";

/** What encoding must know beside the parameters. */
export interface MotionFilesOptions {
  bundle: MotionBundle;
  /** Whether prompts are kept out of the files. */
  prompt_privacy: boolean;
}

/** Gives the files of a request's motions: each variation in each format, encoded when asked for. */
export async function motionFiles(
  motions: readonly GeneratedMotion[],
  params: ResolvedMotionParams,
  { bundle, prompt_privacy }: MotionFilesOptions,
): Promise<(() => Promise<TaskFile>)[]> {
  const named = motions.flatMap(({ origin }) => origin.flatMap(({ clips }) => clips));
  const clips = named.length === 0 ? new Map() : await readClipFacts(bundle);
  return motions.flatMap((generated, variation) => {
    const { motion, seed } = generated;
    const origin = generated.origin.map(
      ({ segment, kind, clips: ids }): SegmentOrigin => ({
        segment,
        kind,
        clips: ids.map((id) => clips.get(id) ?? { id, licence: "unknown", source: "unknown" }),
      }),
    );
    const shown = prompt_privacy ? withoutPrompts(generated) : generated;
    return params.output.formats.map((format) => async (): Promise<TaskFile> => {
      const { mime, ending } = MOTION_FORMS[format];
      const frames = frameCount(motion);
      return {
        bytes: await encode(format, shown, params),
        mime,
        title: `motion-${seed}${ending}`,
        seed,
        facts: { format, variation, frames },
        record: { motion: { format, variation, frames, fps: motion.fps, origin } },
      };
    });
  });
}

async function encode(
  format: MotionFormat,
  { motion, segments, origin }: GeneratedMotion,
  { output, rig, foot_lock, in_place }: ResolvedMotionParams,
): Promise<Uint8Array> {
  const { keyframes, key_error_degrees, camera } = output;
  switch (format) {
    case "bvh":
      return encodeBvh(motion);
    case "glb":
      return await encodeMotionGlb(motion, { keyframes, key_error_degrees });
    case "json":
      return encodeMotionJson(motion, {
        segments,
        origin,
        ...(rig === undefined
          ? {}
          : { rig: retargetMotion(motion, rig, { foot_lock: foot_lock && !in_place, keyframes, key_error_degrees }) }),
      });
    case "openpose":
      return encodeOpenPose(motion, camera);
  }
}

/** Gives a motion whose segments hold `sha256:<hash>` in the place of their words. */
function withoutPrompts(generated: GeneratedMotion): GeneratedMotion {
  return {
    ...generated,
    segments: generated.segments.map((span) => ({ ...span, prompt: hidePrompt(span.prompt) })),
  };
}
