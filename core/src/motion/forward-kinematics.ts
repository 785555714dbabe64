import { frameCount, type Motion } from "./motion.ts";
import { multiply, type Numbers, rotate, type WritableNumbers } from "./quaternion.ts";
import { JOINT_COUNT, OFFSETS, PARENTS } from "./skeleton.ts";

/** Joints of a motion in the world. */
export interface WorldJoints {
  /** [frames, 22, 3], metres. */
  readonly positions: Float32Array;
  /** Turns in the world, x y z w, [frames, 22, 4]. */
  readonly rotations: Float32Array;
}

/** Gives where every joint is and how it is turned in the world. */
export function forwardKinematics(motion: Motion): WorldJoints {
  const frames = frameCount(motion);
  const positions = new Float32Array(frames * JOINT_COUNT * 3);
  const rotations = new Float32Array(frames * JOINT_COUNT * 4);
  for (let frame = 0; frame < frames; frame++) poseJoints(motion, frame, positions, rotations, frame);
  return { positions, rotations };
}

/** Writes the joints of one frame of a motion, [22, 3] and [22, 4] at frame `at` of the targets. */
export function poseJoints(
  motion: { readonly root: Numbers; readonly rotations: Numbers },
  frame: number,
  positions: WritableNumbers,
  world: WritableNumbers,
  at = 0,
): void {
  const local = frame * JOINT_COUNT * 4;
  const turns = at * JOINT_COUNT * 4;
  const places = at * JOINT_COUNT * 3;
  for (let k = 0; k < 3; k++) positions[places + k] = motion.root[frame * 3 + k] ?? 0;
  for (let k = 0; k < 4; k++) world[turns + k] = motion.rotations[local + k] ?? 0;
  for (let joint = 1; joint < JOINT_COUNT; joint++) {
    const parent = PARENTS[joint] ?? 0;
    const to = places + joint * 3;
    const from = places + parent * 3;
    multiply(world, turns + joint * 4, world, turns + parent * 4, motion.rotations, local + joint * 4);
    rotate(positions, to, world, turns + parent * 4, OFFSETS, joint * 3);
    for (let k = 0; k < 3; k++) positions[to + k] = (positions[to + k] ?? 0) + (positions[from + k] ?? 0);
  }
}
