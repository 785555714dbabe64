import { crossfade } from "./join-motions.ts";
import { frameCount, type Motion } from "./motion.ts";
import { placeMotion, placementOf } from "./place-motion.ts";
import { multiply, multiplyInverse, slerp } from "./quaternion.ts";
import { JOINT_COUNT } from "./skeleton.ts";

const STRIDE = JOINT_COUNT * 4;
/** Seconds within which what did not fit at the seam dies away. */
const SETTLE_S = 0.5;

/**
 * Gives `second` right after `first`, without a seam: it begins where the first would have been a frame later, and what its pose is off
 * there dies away within half a second (inertialization, Bollo 2018).
 *
 * @param placed whether the second is in its place already; else it is moved over the ground and turned to go on from the first
 */
export function continueMotion(first: Motion, second: Motion, placed: boolean): Motion {
  const last = frameCount(first) - 1;
  if (last < 1 || frameCount(second) === 0) return crossfade(first, second, last + 1, 0);
  const expected = nextPose(first, last);
  const moved = placed ? second : placeMotion(second, placementOf(second, 0), placementOf(expected, 0));
  const root = moved.root.slice();
  const rotations = moved.rotations.slice();
  const settle = Math.max(1, Math.round(SETTLE_S * first.fps));
  const change = new Float64Array(STRIDE);
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    multiplyInverse(change, joint * 4, moved.rotations, joint * 4, expected.rotations, joint * 4);
  }
  const offset = [0, 1, 2].map((k) => (expected.root[k] ?? 0) - (moved.root[k] ?? 0));
  const none = Float64Array.from([0, 0, 0, 1]);
  const part = new Float64Array(4);
  for (let frame = 0; frame < Math.min(settle, frameCount(moved)); frame++) {
    // Quintic: neither speed nor acceleration jumps at the seam or where it ends.
    const s = 1 - frame / settle;
    const share = s * s * s * (10 - 15 * s + 6 * s * s);
    for (let k = 0; k < 3; k++) root[frame * 3 + k] = (root[frame * 3 + k] ?? 0) + share * (offset[k] ?? 0);
    for (let joint = 0; joint < JOINT_COUNT; joint++) {
      slerp(part, 0, none, 0, change, joint * 4, share);
      const at = frame * STRIDE + joint * 4;
      multiply(rotations, at, rotations, at, part, 0);
    }
  }
  return crossfade(first, { ...moved, root, rotations }, last + 1, 0);
}

/** Gives the pose that a motion would have a frame after its last, going on as it went. */
function nextPose(motion: Motion, last: number): Motion {
  const root = new Float32Array(3);
  for (let k = 0; k < 3; k++) root[k] = 2 * (motion.root[last * 3 + k] ?? 0) - (motion.root[last * 3 - 3 + k] ?? 0);
  const rotations = new Float32Array(STRIDE);
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    const now = last * STRIDE + joint * 4;
    // From the frame before to twice as far.
    multiplyInverse(rotations, joint * 4, motion.rotations, now - STRIDE, motion.rotations, now);
    multiply(rotations, joint * 4, motion.rotations, now, rotations, joint * 4);
  }
  return { fps: motion.fps, root, rotations };
}
