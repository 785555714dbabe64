import { aboutAxis, inverse, type Rotation, turned } from "../rotation.ts";
import { JOINT_COUNT } from "../skeleton.ts";
import { add, type Vector3, vectorAt } from "../vector.ts";

/** Numbers of a frame. */
export const HUMANML3D_WIDTH = 263;
/** Where groups of numbers begin in a frame (Guo et al. 2022, Generating Diverse and Natural 3D Human Motions from Text, section 4). */
export const HUMANML3D_COLUMNS = {
  /** Half the angle that the root turns about +Y until the next frame, radians (the sine of it is what a quaternion's y holds). */
  yaw_velocity: 0,
  /** x and z that the root goes until the next frame, in the frame's own heading, metres. */
  root_velocity: 1,
  /** Height of the root, metres. */
  height: 3,
  /** Joints 1 to 21 about the root's place on the ground, in the frame's heading, metres. */
  joints: 4,
  /** Six numbers of each turn of joints 1 to 21; not read: joints tell the pose without them. */
  rotations: 67,
  /** Velocities of the 22 joints in the frame's heading. */
  velocities: 193,
  /** Left ankle, left ball, right ankle, right ball. */
  contacts: 259,
} as const;

/**
 * Gives the joints that features tell, [frames][22], metres, world, the feet's lowest joint on y = 0; the first frame faces +Z at the
 * origin. The root's turn and place are sums of the velocities of the frames before.
 *
 * @param features not normalised, [frames, 263]
 */
export function readJoints(features: ArrayLike<number>, frames: number): Vector3[][] {
  const columns = HUMANML3D_COLUMNS;
  let halfTurn = 0;
  let ground: Vector3 = [0, 0, 0];
  return Array.from({ length: frames }, (_, frame) => {
    const row = frame * HUMANML3D_WIDTH;
    const before = row - HUMANML3D_WIDTH;
    if (frame > 0) halfTurn += features[before + columns.yaw_velocity] ?? 0;
    // The stored turn takes the world to the frame's heading; its inverse comes back.
    const heading: Rotation = inverse(aboutAxis([0, 1, 0], 2 * halfTurn));
    if (frame > 0) {
      const x = features[before + columns.root_velocity] ?? 0;
      const z = features[before + columns.root_velocity + 1] ?? 0;
      ground = add(ground, turned(heading, [x, 0, z]));
    }
    const joints: Vector3[] = [add(ground, [0, features[row + columns.height] ?? 0, 0])];
    for (let joint = 1; joint < JOINT_COUNT; joint++) {
      const local = vectorAt(features, row + columns.joints + (joint - 1) * 3);
      joints.push(add(ground, turned(heading, local)));
    }
    return joints;
  });
}
