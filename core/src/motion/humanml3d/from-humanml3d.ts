import type { Motion } from "../motion.ts";
import { makeContinuous } from "../quaternion.ts";
import { compose, inverse, type Rotation } from "../rotation.ts";
import { JOINT, JOINT_COUNT, OFFSETS, PARENTS, SOLE } from "../skeleton.ts";
import { length, subtract, type Vector3, vectorAt } from "../vector.ts";
import { poseFromJoints } from "./pose-from-joints.ts";
import { HUMANML3D_COLUMNS, HUMANML3D_WIDTH, readJoints } from "./read-joints.ts";

/** Frames a second of HumanML3D. */
export const HUMANML3D_FPS = 20;
/** Where our contacts stand among theirs: they give both of the left foot first. */
const CONTACTS = [0, 2, 1, 3];

/**
 * Gives the motion of HumanML3D features, as models trained on that data set give them (MDM and its kin): joints from the features,
 * turns from the joints (pose-from-joints.ts), on our skeleton: theirs is scaled by the ratio of the legs' lengths, and lies 3 cm lower,
 * its balls on the ground.
 *
 * @param features not normalised (times the deviation, plus the mean, of the data set), [frames, 263]
 * @throws RangeError if there are not frames × 263 numbers
 */
export function fromHumanMl3d(features: ArrayLike<number>, frames: number): Motion {
  if (features.length !== frames * HUMANML3D_WIDTH) {
    throw new RangeError(
      `${frames} frames of HumanML3D have ${frames * HUMANML3D_WIDTH} numbers; met ${features.length}.`,
    );
  }
  const joints = readJoints(features, frames);
  const size = legOf(OURS) / legOf(joints[0] ?? OURS);
  const root = new Float32Array(frames * 3);
  const rotations = new Float32Array(frames * JOINT_COUNT * 4);
  const contacts = new Uint8Array(frames * 4);
  joints.forEach((frame, index) => {
    const [x, y, z] = frame[0] ?? [0, 0, 0];
    root.set([x * size, y * size + SOLE, z * size], index * 3);
    const world = poseFromJoints(frame);
    world.forEach((turn, joint) => {
      const parent: Rotation | undefined = world[PARENTS[joint] ?? -1];
      rotations.set(parent === undefined ? turn : compose(inverse(parent), turn), (index * JOINT_COUNT + joint) * 4);
    });
    CONTACTS.forEach((column, foot) => {
      const contact = features[index * HUMANML3D_WIDTH + HUMANML3D_COLUMNS.contacts + column] ?? 0;
      contacts[index * 4 + foot] = contact > 0.5 ? 1 : 0;
    });
  });
  makeContinuous(rotations, JOINT_COUNT);
  return { fps: HUMANML3D_FPS, root, rotations, contacts };
}

/** A leg of ours at rest, as joints. */
const OURS: readonly Vector3[] = Array.from({ length: JOINT_COUNT }, (_, joint) => {
  let place: Vector3 = [0, 0, 0];
  for (let above = joint; above > 0; above = PARENTS[above] ?? 0) {
    const offset = vectorAt(OFFSETS, above * 3);
    place = [place[0] + offset[0], place[1] + offset[1], place[2] + offset[2]];
  }
  return place;
});

function legOf(joints: readonly Vector3[]): number {
  const at = (joint: number): Vector3 => joints[joint] ?? [0, 0, 0];
  return (
    length(subtract(at(JOINT.left_knee), at(JOINT.left_hip))) +
    length(subtract(at(JOINT.left_ankle), at(JOINT.left_knee)))
  );
}
