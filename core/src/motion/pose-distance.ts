import { frameCount, type Motion } from "./motion.ts";
import { angleBetween } from "./quaternion.ts";
import { JOINT_COUNT } from "./skeleton.ts";

const STRIDE = JOINT_COUNT * 4;
/** Frames that are compared, so that a leg that swings forward is not taken for one that swings back. */
const FRAMES = 3;

/** Gives how far the joints of two motions are turned apart from frames `i` and `j` on, mean over joints and three frames, radians; place and look do not count. */
export function poseDistance(a: Motion, i: number, b: Motion, j: number): number {
  const [lastA, lastB] = [frameCount(a) - 1, frameCount(b) - 1];
  let apart = 0;
  for (let k = 0; k < FRAMES; k++) {
    const [atA, atB] = [Math.min(i + k, lastA) * STRIDE, Math.min(j + k, lastB) * STRIDE];
    for (let joint = 1; joint < JOINT_COUNT; joint++) {
      apart += angleBetween(a.rotations, atA + joint * 4, b.rotations, atB + joint * 4);
    }
  }
  return apart / JOINT_COUNT / FRAMES;
}
