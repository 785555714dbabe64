import { readFile } from "node:fs/promises";
import { bundleFile, type MotionBundle } from "../models/bundle.ts";
import { type ClipLibrary, readClipLibrary } from "../motion/clip-library.ts";
import { fitClip } from "../motion/fit-clip.ts";
import { followPath, type PathCourse } from "../motion/follow-path.ts";
import { mirrorMotion } from "../motion/mirror-motion.ts";
import type { Motion } from "../motion/motion.ts";
import { type ClipMatch, nearestClips } from "../motion/nearest-clip.ts";
import { CoreError } from "../protocol/errors.ts";

/** Clips farther from the prompt than this are of something else; the cosine of the retriever. */
const NEAR = 0.5;
/** Variations of a request draw from clips whose score lies within this of the best. */
const TIE = 0.03;

/** A recorded clip for a part of the timeline. */
export interface PartReference {
  readonly clip: string;
  readonly motion: Motion;
}

/**
 * Reads the clip library of a bundle; undefined if it has none.
 *
 * @throws CoreError BUNDLE_INVALID
 */
export async function loadClipLibrary(bundle: MotionBundle): Promise<ClipLibrary | undefined> {
  const { library } = bundle.manifest.motion_diffusion;
  if (library === undefined) return undefined;
  const [json, data] = await Promise.all(
    [library.index, library.data].map(({ file }) =>
      readFile(bundleFile(bundle, file)).catch((cause: unknown) => {
        throw new CoreError("BUNDLE_INVALID", `Bundle "${bundle.manifest.id}": ${file} cannot be read.`, {
          remedy: "Install the bundle again.",
          cause,
        });
      }),
    ),
  );
  return readClipLibrary(json?.toString("utf8") ?? "", data ?? new Uint8Array());
}

/** What a part looks for. */
export interface ReferenceQuery {
  readonly prompt: string;
  readonly embedding: Float32Array;
  /** Frames wanted, at the library's frame rate. */
  readonly frames: number;
  /** Way that the figure is to go meanwhile. */
  readonly course?: PathCourse | undefined;
  /** Which of the clips that come equally near is taken. */
  readonly choice: number;
  /** Whether a clip is taken however far it is from the prompt. */
  readonly always: boolean;
}

/** Gives the clip that comes nearest to what is said, fitted to the frames; undefined if none comes near. */
export function findReference(library: ClipLibrary, query: ReferenceQuery): PartReference | undefined {
  const { prompt, embedding, frames, course, choice, always } = query;
  const matches = nearestClips(library, { prompt, embedding, duration_s: frames / library.fps }, 8);
  const [best] = matches;
  if (best === undefined || (!always && best.similarity < NEAR)) return undefined;
  const equals = matches.filter(({ score }) => score >= best.score - TIE);
  const chosen: ClipMatch = equals[choice % equals.length] ?? best;
  const clip = library.clips[chosen.clip];
  if (clip === undefined) return undefined;
  const motion = library.motion(chosen.clip);
  const sided = chosen.mirror ? mirrorMotion(motion) : motion;
  const fitted =
    course === undefined ? fitClip(sided, { frames, loop: clip.loop }) : followPath(sided, course, clip.loop);
  return { clip: clip.id, motion: fitted };
}
