import { forwardKinematics } from "./forward-kinematics.ts";
import { cutMotion, joinMotions } from "./join-motions.ts";
import { frameCount, type Motion } from "./motion.ts";
import { motionAt, resampleMotion } from "./resample-motion.ts";
import { JOINT_COUNT } from "./skeleton.ts";

/** Clips are played at most this much faster or slower to fit: beyond, walking looks like a film at the wrong speed. */
const MAX_WARP = 1.2;
/** Seconds over which a cycle runs into its next round, and a motion comes to rest. */
const BLEND_S = 0.4;

/** Options of {@link fitClip}. */
export interface FitOptions {
  /** Frames of the result, in the clip's frame rate. */
  frames: number;
  /** Whether the end runs into the start, so that rounds may follow each other. */
  loop: boolean;
}

/**
 * Gives a clip with as many frames as wanted.
 *
 * It is first played up to a fifth faster or slower. One that is still too long is cut to its liveliest part; one that is still too
 * short is repeated if it is a cycle, else it comes to rest in its last pose and stays there.
 */
export function fitClip(clip: Motion, { frames, loop }: FitOptions): Motion {
  const natural = frameCount(clip);
  const rate = Math.min(MAX_WARP, Math.max(1 / MAX_WARP, natural / frames));
  const warped = loop && natural < frames ? clip : resampleMotion(clip, clip.fps, rate, Math.round(natural / rate));
  const count = frameCount(warped);
  if (count === frames) return warped;
  if (count > frames) return liveliest(warped, frames);
  return loop ? repeated(warped, frames) : held(warped, frames);
}

/** Gives the part of a motion in which the joints go the longest way. */
function liveliest(motion: Motion, frames: number): Motion {
  const { positions } = forwardKinematics(motion);
  const count = frameCount(motion);
  const sums = new Float64Array(count);
  for (let frame = 1; frame < count; frame++) {
    let way = 0;
    for (let joint = 0; joint < JOINT_COUNT; joint++) {
      const at = (frame * JOINT_COUNT + joint) * 3;
      let square = 0;
      for (let k = 0; k < 3; k++) {
        // From the pelvis, so that walking on does not outweigh the kick at its end.
        const now = (positions[at + k] ?? 0) - (motion.root[frame * 3 + k] ?? 0);
        const before = (positions[at + k - JOINT_COUNT * 3] ?? 0) - (motion.root[frame * 3 - 3 + k] ?? 0);
        square += (now - before) ** 2;
      }
      way += Math.sqrt(square);
    }
    sums[frame] = (sums[frame - 1] ?? 0) + way;
  }
  let start = 0;
  let most = -1;
  for (let first = 0; first + frames <= count; first++) {
    const way = (sums[first + frames - 1] ?? 0) - (sums[first] ?? 0);
    if (way > most + 1e-6) {
      most = way;
      start = first;
    }
  }
  return cutMotion(motion, start, start + frames);
}

/** Repeats a cycle, each round running into the next. */
function repeated(motion: Motion, frames: number): Motion {
  const overlap = Math.min(Math.round(BLEND_S * motion.fps), Math.floor(frameCount(motion) / 3));
  let result = motion;
  while (frameCount(result) < frames) result = joinMotions(result, motion, overlap);
  return cutMotion(result, 0, frames);
}

/** Lets a motion come to rest in its last pose: what speed it still has dies away within {@link BLEND_S}. */
function held(motion: Motion, frames: number): Motion {
  const last = frameCount(motion) - 1;
  const slow = Math.round(BLEND_S * motion.fps);
  const at = new Float64Array(frames);
  // Time itself slows down before the end, so every joint does.
  const start = Math.max(0, last - slow);
  for (let frame = 0; frame < frames; frame++) {
    const past = frame - start;
    at[frame] = past <= 0 ? frame : start + (last - start) * (1 - Math.exp(-past / Math.max(1, last - start)));
  }
  return motionAt(motion, at, motion.fps);
}
