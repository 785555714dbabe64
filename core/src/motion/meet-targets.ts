import { meetKeyPoses } from "./key-poses.ts";
import type { Motion } from "./motion.ts";
import type { MotionTargets } from "./motion-targets.ts";
import { smoothColumns } from "./smooth.ts";
import { headingError, steer, turnPelvis } from "./steer.ts";

/** What is off the path for longer than this is corrected; what comes and goes with the steps is the body's sway, seconds. */
const SWAY_S = 0.25;

/**
 * Gives the motion brought to its targets: on the path but for its sway, looking where it is to look, key poses hit. Without a path, a
 * heading turns the way along with the figure.
 */
export function meetTargets(motion: Motion, targets: MotionTargets): Motion {
  let met = motion;
  const { path, heading, keys } = targets;
  if (path !== undefined) met = moveToPath(met, path);
  if (heading !== undefined) {
    const error = headingError(met, heading);
    met = path === undefined ? steer(met, error) : turnPelvis(met, error);
  }
  return meetKeyPoses(met, keys);
}

/** Moves the pelvis over the ground by what it is off the path, smoothed; frames beyond the path go on as they were. */
function moveToPath(motion: Motion, path: Float64Array): Motion {
  const frames = motion.root.length / 3;
  const off = new Float64Array(frames * 2);
  for (let frame = 0; frame < frames; frame++) {
    const at = Math.min(frame, path.length / 2 - 1);
    for (const [i, k] of [0, 2].entries()) {
      const now = motion.root[Math.min(frame, at) * 3 + k] ?? 0;
      off[frame * 2 + i] = (path[at * 2 + i] ?? 0) - now;
    }
  }
  const smooth = smoothColumns(off, 2, SWAY_S * motion.fps);
  const root = motion.root.slice();
  for (let frame = 0; frame < frames; frame++) {
    root[frame * 3] = (root[frame * 3] ?? 0) + (smooth[frame * 2] ?? 0);
    root[frame * 3 + 2] = (root[frame * 3 + 2] ?? 0) + (smooth[frame * 2 + 1] ?? 0);
  }
  return { ...motion, root };
}
