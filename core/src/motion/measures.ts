import { forwardKinematics } from "./forward-kinematics.ts";
import { frameCount, type Motion } from "./motion.ts";
import { FEET, JOINT_COUNT, SOLE, STANDING_HEIGHTS } from "./skeleton.ts";

/** A foot lower than this above where it stands, metres, that moves faster than the speed, metres a second, slides. */
const SKATE_HEIGHT = 0.05;
const SKATE_SPEED = 0.2;

/** Numbers that say how clean a motion is; the rules of models/training/motion/measure.py. */
export interface MotionMeasures {
  /** How often one of FEET slides, and how often one is low, over all frames. */
  readonly skating: number;
  readonly low: number;
  /** Mean jerk of all joints, m/s³. */
  readonly jerk: number;
  /** How deep a sole gets below the ground at most, metres. */
  readonly penetration: number;
}

/** Measures a motion; its skate ratio is skating / low. */
export function measureMotion(motion: Motion): MotionMeasures {
  const { positions } = forwardKinematics(motion);
  const frames = frameCount(motion);
  const stride = JOINT_COUNT * 3;
  const at = (frame: number, joint: number, k: number) => positions[frame * stride + joint * 3 + k] ?? 0;
  let [skating, low, jerk, penetration] = [0, 0, 0, 0];
  for (let frame = 0; frame < frames; frame++) {
    for (const [foot, joint] of FEET.entries()) {
      if (foot >= 2) penetration = Math.max(penetration, SOLE - at(frame, joint, 1));
      if (frame === 0 || at(frame, joint, 1) - (STANDING_HEIGHTS[foot] ?? 0) >= SKATE_HEIGHT) continue;
      low++;
      const step = Math.hypot(...[0, 1, 2].map((k) => at(frame, joint, k) - at(frame - 1, joint, k)));
      if (step * motion.fps > SKATE_SPEED) skating++;
    }
    if (frame < 3) continue;
    for (let joint = 0; joint < JOINT_COUNT; joint++) {
      const third = [0, 1, 2].map(
        (k) =>
          at(frame, joint, k) - 3 * at(frame - 1, joint, k) + 3 * at(frame - 2, joint, k) - at(frame - 3, joint, k),
      );
      jerk += Math.hypot(...third);
    }
  }
  const count = Math.max(1, (frames - 3) * JOINT_COUNT);
  return { skating, low, jerk: (jerk / count) * motion.fps ** 3, penetration };
}
