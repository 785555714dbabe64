import type { Motion } from "./motion.ts";
import { smoothColumns } from "./smooth.ts";

/** Seconds over which the way is averaged: more than a step, so that swaying with the steps stays. */
const SIGMA_S = 0.35;

/** Gives the motion without its way over the ground: the pelvis stays about where it starts and still sways. */
export function keepInPlace(motion: Motion): Motion {
  const way = smoothColumns(motion.root, 3, SIGMA_S * motion.fps);
  const root = motion.root.map((value, i) => (i % 3 === 1 ? value : value - (way[i] ?? 0) + (motion.root[i % 3] ?? 0)));
  return { ...motion, root };
}
