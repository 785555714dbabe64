import { MOTION_FORMS } from "../formats/motion-forms.ts";
import type { MotionBundle } from "../models/bundle.ts";
import type { EncodedMotion } from "../pipelines/encode-motion.ts";
import type { SegmentOrigin } from "../protocol/motion.ts";
import { readClipFacts } from "./clip-facts.ts";
import type { TaskFile } from "./task.ts";

/**
 * Gives the files of a request's motions, each variation in each format, with what the bundle's library declares of the clips in them.
 *
 * @throws CoreError BUNDLE_CORRUPT, BUNDLE_INVALID if the library cannot be read
 */
export async function motionFiles(motions: readonly EncodedMotion[], bundle: MotionBundle): Promise<TaskFile[]> {
  const named = motions.flatMap(({ origin }) => origin.flatMap(({ clips }) => clips));
  const clips = named.length === 0 ? new Map() : await readClipFacts(bundle);
  return motions.flatMap(({ seed, frames, fps, files, origin: made, warnings }, variation) => {
    const origin = made.map(
      ({ segment, kind, clips: ids }): SegmentOrigin => ({
        segment,
        kind,
        clips: ids.map((id) => clips.get(id) ?? { id, licence: "unknown", source: "unknown" }),
      }),
    );
    return files.map(({ format, bytes }): TaskFile => {
      const { mime, ending } = MOTION_FORMS[format];
      return {
        bytes,
        mime,
        title: `motion-${seed}${ending}`,
        seed,
        facts: { format, variation, frames },
        record: { motion: { format, variation, frames, fps, origin, warnings: [...warnings] } },
      };
    });
  });
}
