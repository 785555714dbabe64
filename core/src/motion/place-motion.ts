import { frameCount, type Motion } from "./motion.ts";
import { aboutY, multiply, rotate, yawOf } from "./quaternion.ts";
import { JOINT_COUNT } from "./skeleton.ts";

/** A place on the ground and where a figure there looks. */
export interface Placement {
  /** Metres. */
  readonly x: number;
  /** Metres. */
  readonly z: number;
  /** Radians about +Y from +Z. */
  readonly yaw: number;
}

/** Gives where the pelvis of a frame is and looks. */
export function placementOf(motion: Motion, frame: number): Placement {
  return {
    x: motion.root[frame * 3] ?? 0,
    z: motion.root[frame * 3 + 2] ?? 0,
    yaw: yawOf(motion.rotations, frame * JOINT_COUNT * 4),
  };
}

/** Gives the motion moved over the ground and turned about +Y, so that what was at `from` is at `to`. */
export function placeMotion(motion: Motion, from: Placement, to: Placement): Motion {
  const frames = frameCount(motion);
  const root = new Float32Array(motion.root.length);
  const rotations = motion.rotations.slice();
  const turn = new Float64Array(4);
  aboutY(turn, 0, to.yaw - from.yaw);
  const place = new Float64Array(3);
  for (let frame = 0; frame < frames; frame++) {
    place[0] = (motion.root[frame * 3] ?? 0) - from.x;
    place[1] = motion.root[frame * 3 + 1] ?? 0;
    place[2] = (motion.root[frame * 3 + 2] ?? 0) - from.z;
    rotate(root, frame * 3, turn, 0, place, 0);
    root[frame * 3] = (root[frame * 3] ?? 0) + to.x;
    root[frame * 3 + 2] = (root[frame * 3 + 2] ?? 0) + to.z;
    multiply(rotations, frame * JOINT_COUNT * 4, turn, 0, motion.rotations, frame * JOINT_COUNT * 4);
  }
  return { ...motion, root, rotations };
}

/** Where motions start that nothing else says of: the middle of the ground, facing +Z. */
export const ORIGIN: Placement = { x: 0, z: 0, yaw: 0 };
