import { forwardKinematics } from "./forward-kinematics.ts";
import { frameCount, type Motion } from "./motion.ts";
import { JOINT_COUNT, SOLE, STANDING_HEIGHTS } from "./skeleton.ts";
import { smoothColumns } from "./smooth.ts";

/** Joints that a body's weight may rest on, with how high they are when they do, metres: feet, knees, hips, shoulders, head, hands. */
const SUPPORTS: readonly (readonly [joint: number, height: number])[] = [
  [7, STANDING_HEIGHTS[0] ?? 0],
  [8, STANDING_HEIGHTS[1] ?? 0],
  [10, SOLE],
  [11, SOLE],
  [1, 0.09],
  [2, 0.09],
  [4, 0.06],
  [5, 0.06],
  [15, 0.1],
  [16, 0.08],
  [17, 0.08],
  [20, 0.04],
  [21, 0.04],
];
/** A support this much higher than the lowest bears a third as much, metres. */
const SOFTNESS = 0.025;
/** Deviation of the Gaussian over the speed, seconds: in flight a body goes on as it went. */
const SMOOTH_S = 0.1;
/** Nobody's pelvis goes faster, metres a second. */
const FASTEST = 7;

/**
 * Gives the motion with a way over the ground on which what the body rests on does not slide: from frame `from` on, the pelvis goes as
 * much forward as its lowest joints go backward under it. Heights and turns stay.
 *
 * The way that a network makes beside the poses need not fit them; a step of a foot says better how far the body came.
 */
export function wayOfSupports(motion: Motion, from: number): Motion {
  const frames = frameCount(motion);
  const { positions } = forwardKinematics(motion);
  const speeds = new Float64Array(frames * 2);
  const limit = FASTEST / motion.fps;
  for (let frame = 1; frame < frames; frame++) {
    const above = SUPPORTS.map(([joint, height]) => {
      const at = (frame * JOINT_COUNT + joint) * 3 + 1;
      return ((positions[at] ?? 0) + (positions[at - JOINT_COUNT * 3] ?? 0)) / 2 - height;
    });
    const lowest = Math.min(...above);
    let [x, z, weight] = [0, 0, 0];
    for (const [i, [joint]] of SUPPORTS.entries()) {
      const share = Math.exp((lowest - (above[i] ?? 0)) / SOFTNESS);
      const at = (frame * JOINT_COUNT + joint) * 3;
      const slide = (k: number) => {
        const now = (positions[at + k] ?? 0) - (motion.root[frame * 3 + k] ?? 0);
        return now - (positions[at - JOINT_COUNT * 3 + k] ?? 0) + (motion.root[frame * 3 - 3 + k] ?? 0);
      };
      x -= share * slide(0);
      z -= share * slide(2);
      weight += share;
    }
    const scale = Math.min(1, (limit * weight) / Math.max(1e-9, Math.hypot(x, z))) / weight;
    speeds[frame * 2] = x * scale;
    speeds[frame * 2 + 1] = z * scale;
  }
  if (frames > 1) speeds.copyWithin(0, 2, 4);
  const smooth = smoothColumns(speeds, 2, SMOOTH_S * motion.fps);
  const root = motion.root.slice();
  for (let frame = Math.max(1, from); frame < frames; frame++) {
    root[frame * 3] = (root[frame * 3 - 3] ?? 0) + (smooth[frame * 2] ?? 0);
    root[frame * 3 + 2] = (root[frame * 3 - 1] ?? 0) + (smooth[frame * 2 + 1] ?? 0);
  }
  return { ...motion, root };
}
