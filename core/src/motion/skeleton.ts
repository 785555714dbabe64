import { type Joint, JointSchema } from "../protocol/motion.ts";

/** Names of the joints in their order. */
export const JOINTS: readonly Joint[] = JointSchema.options;

/** Number of joints. */
export const JOINT_COUNT = 22;

/** Parent of each joint; -1 = none. */
export const PARENTS: readonly number[] = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19];

/** Place of each joint from its parent in the rest pose (T-pose facing +Z, a generic adult of 1.70 m), metres, [22, 3]. */
export const OFFSETS: Readonly<Float32Array> = Float32Array.from([
  0, 0, 0, 0.09009, -0.07928, 0, -0.09009, -0.07928, 0, 0, 0.11, 0, 0, -0.4, 0, 0, -0.4, 0, 0, 0.13, 0, 0, -0.41, 0, 0,
  -0.41, 0, 0, 0.12, 0, 0, -0.06976, 0.12138, 0, -0.06976, 0.12138, 0, 0.16979, 0.00849, 0.09009, 0.07928, 0, -0.09009,
  0.07928, 0, 0, 0.11915, 0.0143, 0.11985, 0.00599, 0, -0.11985, 0.00599, 0, 0.27, 0, 0, -0.27, 0, 0, 0.25, 0, 0, -0.25,
  0, 0,
]);

/** Index of each joint. */
export const JOINT = Object.fromEntries(JOINTS.map((name, index) => [name, index])) as Record<Joint, number>;

/** Joints whose contact with the ground is known, in the order of Motion.contacts. */
export const FEET: readonly number[] = [JOINT.left_ankle, JOINT.right_ankle, JOINT.left_foot, JOINT.right_foot];

/** Height of the ball's joint above the ground when the foot stands flat, metres. */
export const SOLE = 0.03;

/** Height of FEET above the ground when the foot stands flat, metres. */
export const STANDING_HEIGHTS: readonly number[] = [0.09976, 0.09976, SOLE, SOLE];
