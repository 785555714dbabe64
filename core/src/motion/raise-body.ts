import { LimbSolver } from "./limb-solver.ts";
import { frameCount, type Motion } from "./motion.ts";
import { JOINT, JOINT_COUNT } from "./skeleton.ts";
import { smoothColumns } from "./smooth.ts";

/** Joints lie at least so far above the ground, metres: half of what the body is thick there. */
const LOWEST = 0.04;
/** Feet have a rule of their own. */
const FEET: ReadonlySet<number> = new Set([JOINT.left_ankle, JOINT.right_ankle, JOINT.left_foot, JOINT.right_foot]);

/** Gives the motion raised where hands, knees, hips or head would be in the ground, rounded in time. */
export function raiseBody(motion: Motion): Motion {
  const frames = frameCount(motion);
  const solver = new LimbSolver();
  const sunk = new Float64Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    solver.pose(motion, frame);
    for (let joint = 0; joint < JOINT_COUNT; joint++) {
      if (FEET.has(joint)) continue;
      sunk[frame] = Math.max(sunk[frame] ?? 0, LOWEST - (solver.positions[joint * 3 + 1] ?? 0));
    }
  }
  if (sunk.every((depth) => depth <= 0)) return motion;
  const reach = Math.max(1, Math.round(0.15 * motion.fps));
  const widest = sunk.map((_, frame) => Math.max(...sunk.subarray(Math.max(0, frame - reach), frame + reach + 1)));
  const smooth = smoothColumns(widest, 1, reach / 3);
  const root = motion.root.map((value, i) => (i % 3 === 1 ? value + Math.max(0, smooth[(i - 1) / 3] ?? 0) : value));
  return { ...motion, root };
}
