import { unwrap } from "./angles.ts";
import { frameCount, type Motion } from "./motion.ts";
import { yawOf } from "./quaternion.ts";
import { JOINT_COUNT } from "./skeleton.ts";
import { smoothColumns } from "./smooth.ts";
import { steer } from "./steer.ts";

/** Seconds over which the look is averaged: more than a step, so that the body's swing stays. */
const SIGMA_S = 0.5;

/** Gives the motion steered so that it looks and goes where it does at the start of frames [start, end) until their end. */
export function keepStraight(motion: Motion, start: number, end: number): Motion {
  const frames = frameCount(motion);
  const yaw = unwrap(Array.from({ length: frames }, (_, frame) => yawOf(motion.rotations, frame * JOINT_COUNT * 4)));
  const course = smoothColumns(yaw, 1, SIGMA_S * motion.fps);
  const last = Math.min(end, frames) - 1;
  const angles = Float64Array.from({ length: frames }, (_, frame) =>
    frame <= start ? 0 : (course[start] ?? 0) - (course[Math.min(frame, last)] ?? 0),
  );
  return steer(motion, angles);
}
