import { ease } from "./join-motions.ts";
import { frameCount, type Motion } from "./motion.ts";
import { smoothColumns } from "./smooth.ts";

/** Seconds over which the way is averaged: more than a step, so that swaying with the steps stays. */
const SIGMA_S = 0.35;
/** Seconds within which a figure that came along comes to stay, and goes on again. */
const EASE_S = 0.5;

/** Gives the motion without its way over the ground in frames [start, end); what follows goes on from there. */
export function stayInPlace(motion: Motion, start: number, end: number): Motion {
  const frames = frameCount(motion);
  const course = smoothColumns(motion.root, 3, SIGMA_S * motion.fps);
  const slow = EASE_S * motion.fps;
  const root = motion.root.slice();
  let [x, z] = [0, 0];
  for (let frame = Math.max(1, start); frame < frames; frame++) {
    const coming = start === 0 ? 1 : ease((frame - start) / slow);
    const going = end >= frames ? 1 : ease((end - frame) / slow);
    const share = Math.min(coming, going);
    x += share * ((course[frame * 3] ?? 0) - (course[frame * 3 - 3] ?? 0));
    z += share * ((course[frame * 3 + 2] ?? 0) - (course[frame * 3 - 1] ?? 0));
    root[frame * 3] = (root[frame * 3] ?? 0) - x;
    root[frame * 3 + 2] = (root[frame * 3 + 2] ?? 0) - z;
  }
  return { ...motion, root };
}
