import { frameCount, type Motion } from "./motion.ts";
import { smoothColumns } from "./smooth.ts";

/** Seconds over which the way is averaged: more than a step, so that swaying with the steps stays. */
const SIGMA_S = 0.35;

/**
 * Gives the motion without its way over the ground: the pelvis stays about where it starts and still sways.
 *
 * @param way how far one round of a cycle goes, x and z; absent = the motion is no cycle
 */
export function keepInPlace(motion: Motion, way?: readonly [number, number]): Motion {
  const frames = frameCount(motion);
  const root = Float64Array.from(motion.root);
  if (way !== undefined) {
    for (let frame = 0; frame < frames; frame++) {
      root[frame * 3] = (root[frame * 3] ?? 0) - (way[0] * frame) / frames;
      root[frame * 3 + 2] = (root[frame * 3 + 2] ?? 0) - (way[1] * frame) / frames;
    }
  }
  const course = smoothColumns(root, 3, SIGMA_S * motion.fps, way !== undefined);
  const stayed = motion.root.map((_, i) => {
    const value = root[i] ?? 0;
    return i % 3 === 1 ? value : value - (course[i] ?? 0) + (motion.root[i % 3] ?? 0);
  });
  return { ...motion, root: stayed };
}
