import { wrapAngle } from "./angles.ts";
import { frameCount, type Motion } from "./motion.ts";
import { yawOf } from "./quaternion.ts";
import { JOINT_COUNT } from "./skeleton.ts";
import { steer } from "./steer.ts";

/** Nobody turns faster about the vertical: a dancer's pirouette, radians a second. */
const FASTEST = 2.5 * Math.PI;

/**
 * Gives the motion with what it turns about the vertical limited to a dancer's speed from frame `from` on; what is too much is left out,
 * and the way turns with the look.
 *
 * A network gives the look as sine and cosine; where it is unsure both are small, and the angle between them leaps.
 */
export function limitTurn(motion: Motion, from: number): Motion {
  const frames = frameCount(motion);
  const limit = FASTEST / motion.fps;
  const angles = new Float64Array(frames);
  for (let frame = Math.max(1, from); frame < frames; frame++) {
    const at = frame * JOINT_COUNT * 4;
    const step = wrapAngle(yawOf(motion.rotations, at) - yawOf(motion.rotations, at - JOINT_COUNT * 4));
    angles[frame] = (angles[frame - 1] ?? 0) - step + Math.max(-limit, Math.min(limit, step));
  }
  return angles.every((angle) => angle === 0) ? motion : steer(motion, angles);
}
