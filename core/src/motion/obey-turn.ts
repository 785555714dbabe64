import { unwrap } from "./angles.ts";
import { ease } from "./join-motions.ts";
import { frameCount, type Motion } from "./motion.ts";
import { yawOf } from "./quaternion.ts";
import { JOINT_COUNT } from "./skeleton.ts";
import { steer } from "./steer.ts";

/** A motion that turns to the side that is said by at least this share of what is said is left as it is. */
const ENOUGH = 0.4;

/** Gives the motion steered so that frames [start, end) turn by `angle`, radians, to the left positive, if they do not turn so by themselves. */
export function obeyTurn(motion: Motion, start: number, end: number, angle: number): Motion {
  const frames = frameCount(motion);
  const last = Math.min(end, frames) - 1;
  const yaw = unwrap(Array.from({ length: frames }, (_, frame) => yawOf(motion.rotations, frame * JOINT_COUNT * 4)));
  const turned = (yaw[last] ?? 0) - (yaw[start] ?? 0);
  if (turned / angle >= ENOUGH) return motion;
  const missing = angle - turned;
  const course = Float64Array.from({ length: frames }, (_, frame) =>
    frame <= start ? 0 : missing * ease((frame - start) / Math.max(1, last - start)),
  );
  return steer(motion, course);
}
