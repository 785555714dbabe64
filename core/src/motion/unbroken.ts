import { forwardKinematics } from "./forward-kinematics.ts";
import { cutMotion } from "./join-motions.ts";
import { frameCount, type Motion } from "./motion.ts";
import { JOINT_COUNT } from "./skeleton.ts";

/** A joint that goes so much farther in one frame than twice its way in the frames around has jumped, metres: a kick does not. */
const JUMP = 0.25;

/**
 * Gives the longest part of a motion in which no joint jumps; the motion itself if none does.
 *
 * Recordings often begin with a frame in the rest pose, lose a marker, or look round by half a turn from one frame to the next; 62 of
 * 791 clips of the first starter bundle did, and a jump of 0.7 m would be seen whatever is made of them. What is exported now is cut already.
 */
export function unbroken(motion: Motion): Motion {
  const frames = frameCount(motion);
  const breaks = [0, ...jumpsOf(motion), frames];
  if (breaks.length === 2) return motion;
  let [start, end] = [0, 0];
  for (const [i, first] of breaks.entries()) {
    const next = breaks[i + 1] ?? first;
    if (next - first > end - start) [start, end] = [first, next];
  }
  return cutMotion(motion, start, end);
}

/** Gives the frames, ascending, at which a joint has jumped since the frame before, as seen from the pelvis. */
function jumpsOf(motion: Motion): number[] {
  const frames = frameCount(motion);
  const { positions } = forwardKinematics(motion);
  const ways = new Float64Array(frames + 1);
  const jumps = new Set<number>();
  for (let joint = 1; joint < JOINT_COUNT; joint++) {
    for (let frame = 1; frame < frames; frame++) {
      const at = (frame * JOINT_COUNT + joint) * 3;
      let square = 0;
      for (let k = 0; k < 3; k++) {
        const moved = (motion.root[frame * 3 + k] ?? 0) - (motion.root[frame * 3 - 3 + k] ?? 0);
        square += ((positions[at + k] ?? 0) - (positions[at - JOINT_COUNT * 3 + k] ?? 0) - moved) ** 2;
      }
      ways[frame] = Math.sqrt(square);
    }
    for (let frame = 1; frame < frames; frame++) {
      if ((ways[frame] ?? 0) - 2 * Math.max(ways[frame - 1] ?? 0, ways[frame + 1] ?? 0) > JUMP) jumps.add(frame);
    }
  }
  return [...jumps].sort((a, b) => a - b);
}
