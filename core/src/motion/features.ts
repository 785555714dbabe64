import { detectContacts } from "./contacts.ts";
import { frameCount, type Motion } from "./motion.ts";
import { aboutY, makeContinuous, multiply, yawOf } from "./quaternion.ts";
import { fromSixNumbers, toSixNumbers } from "./six-numbers.ts";
import { JOINT_COUNT } from "./skeleton.ts";

/**
 * Columns of a row, [first, end): x and z of the pelvis · its height · sine and cosine of the heading · six numbers for each
 * joint's turn, the pelvis' without the heading · contacts of FEET, 0 or 1.
 */
export const GROUPS = {
  path: [0, 2],
  height: [2, 3],
  heading: [3, 5],
  pose: [5, 137],
  contacts: [137, 141],
} as const;

/** Numbers of a row. */
export const FEATURE_WIDTH = 141;

/**
 * Gives what the network sees of a motion, [frames, 141] (`genga-141`); the counterpart of models/training/motion/features.py.
 *
 * The motion should start at x = z = 0 facing +Z, as {@link placeMotion} gives it, and have 20 frames a second.
 */
export function toFeatures(motion: Motion): Float32Array {
  const frames = frameCount(motion);
  const rows = new Float32Array(frames * FEATURE_WIDTH);
  const contacts = motion.contacts ?? detectContacts(motion);
  const turn = new Float64Array(4);
  for (let frame = 0; frame < frames; frame++) {
    const row = frame * FEATURE_WIDTH;
    const joints = frame * JOINT_COUNT * 4;
    const heading = yawOf(motion.rotations, joints);
    rows[row] = motion.root[frame * 3] ?? 0;
    rows[row + 1] = motion.root[frame * 3 + 2] ?? 0;
    rows[row + 2] = motion.root[frame * 3 + 1] ?? 0;
    rows[row + 3] = Math.sin(heading);
    rows[row + 4] = Math.cos(heading);
    aboutY(turn, 0, -heading);
    multiply(turn, 0, turn, 0, motion.rotations, joints);
    toSixNumbers(rows, row + GROUPS.pose[0], turn, 0);
    for (let joint = 1; joint < JOINT_COUNT; joint++) {
      toSixNumbers(rows, row + GROUPS.pose[0] + joint * 6, motion.rotations, joints + joint * 4);
    }
    for (let foot = 0; foot < 4; foot++) rows[row + GROUPS.contacts[0] + foot] = contacts[frame * 4 + foot] ?? 0;
  }
  return rows;
}

/** Gives the motion of rows, [frames, 141]; a foot is in contact where its column says more than a half. */
export function fromFeatures(rows: Float32Array, fps: number): Motion {
  const frames = rows.length / FEATURE_WIDTH;
  const root = new Float32Array(frames * 3);
  const rotations = new Float32Array(frames * JOINT_COUNT * 4);
  const contacts = new Uint8Array(frames * 4);
  const turn = new Float64Array(4);
  for (let frame = 0; frame < frames; frame++) {
    const row = frame * FEATURE_WIDTH;
    const joints = frame * JOINT_COUNT * 4;
    root[frame * 3] = rows[row] ?? 0;
    root[frame * 3 + 1] = rows[row + 2] ?? 0;
    root[frame * 3 + 2] = rows[row + 1] ?? 0;
    for (let joint = 0; joint < JOINT_COUNT; joint++) {
      fromSixNumbers(rotations, joints + joint * 4, rows, row + GROUPS.pose[0] + joint * 6);
    }
    aboutY(turn, 0, Math.atan2(rows[row + 3] ?? 0, rows[row + 4] ?? 1));
    multiply(rotations, joints, turn, 0, rotations, joints);
    for (let foot = 0; foot < 4; foot++) {
      contacts[frame * 4 + foot] = (rows[row + GROUPS.contacts[0] + foot] ?? 0) > 0.5 ? 1 : 0;
    }
  }
  makeContinuous(rotations, JOINT_COUNT);
  return { fps, root, rotations, contacts };
}
