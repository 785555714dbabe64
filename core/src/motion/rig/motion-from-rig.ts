import type { Joint } from "../../protocol/motion.ts";
import { forwardKinematics } from "../forward-kinematics.ts";
import { frameCount, type Motion } from "../motion.ts";
import { makeContinuous } from "../quaternion.ts";
import { compose, IDENTITY, inverse, type Rotation, slerped, turned } from "../rotation.ts";
import { FEET, JOINT, JOINT_COUNT, JOINTS, OFFSETS, PARENTS, STANDING_HEIGHTS } from "../skeleton.ts";
import { length, mix, scale, subtract, type Vector3, vectorAt } from "../vector.ts";
import { type BoneDriver, boneDrivers } from "./bone-drivers.ts";
import type { JointMap } from "./match-names.ts";
import type { RigSkeleton } from "./rig-skeleton.ts";

/** A recording on a skeleton of its own. */
export interface RigRecording {
  fps: number;
  frames: number;
  /** World turns and places of all bones in a frame, about the axes of the rest pose, in its unit. */
  pose(frame: number): { turns: readonly Rotation[]; places: readonly Vector3[] };
}

/** Joints whose turns bones between them share out, from the lowest. */
const CHAINS: readonly (readonly Joint[])[] = [
  ["pelvis", "spine1", "spine2", "spine3"],
  ["spine3", "neck"],
];
/** Our bones are as long as theirs, in our size, within this: metres. */
const SAME = 1e-3;
/** Share of the frames whose lowest foot may lie under the ground. */
const UNDER_GROUND = 0.05;

/**
 * Gives the motion of another skeleton on ours; the way back of retarget-motion.ts.
 *
 * Joints turn in the world as their bones do, from rest poses laid along one another (bone-drivers.ts); joints without a bone go with
 * the one before. The hips go as theirs do, times the ratio of the legs' lengths, which settles the unit: centimetres, inches and metres
 * give the same motion. The ground is where the feet stand that stand lowest, as recordings put it at any height; on a skeleton that is
 * ours it stays at 0.
 *
 * @param skeleton at rest: +Y up, facing +Z; any unit
 */
export function motionFromRig(skeleton: RigSkeleton, map: JointMap, recording: RigRecording): Motion {
  const { fps, frames } = recording;
  const boneOf = (joint: Joint) => skeleton.index.get(map[joint] ?? "") ?? -1;
  const drivers = boneDrivers(skeleton, map);
  const size = legLength((joint) => skeleton.heads[boneOf(joint)] ?? [0, 0, 0]) / OUR_LEG;
  const root = new Float32Array(frames * 3);
  const rotations = new Float32Array(frames * JOINT_COUNT * 4);
  for (let frame = 0; frame < frames; frame++) {
    const { turns, places } = recording.pose(frame);
    const world = worldTurns(drivers, turns);
    world.forEach((turn, joint) => {
      const parent = world[PARENTS[joint] ?? -1];
      rotations.set(parent === undefined ? turn : compose(inverse(parent), turn), (frame * JOINT_COUNT + joint) * 4);
    });
    const at = (joint: Joint): Vector3 => places[boneOf(joint)] ?? [0, 0, 0];
    const middle = scale(mix(at("left_hip"), at("right_hip"), 0.5), 1 / size);
    root.set(subtract(middle, turned(world[JOINT.pelvis] ?? IDENTITY, OUR_MIDDLE)), frame * 3);
  }
  makeContinuous(rotations, JOINT_COUNT);
  const motion = { fps, root, rotations };
  if (!isOurs(skeleton, boneOf, size)) putOnGround(motion);
  return motion;
}

/** World turns of our joints, of the bones'. */
function worldTurns(drivers: readonly BoneDriver[], turns: readonly Rotation[]): Rotation[] {
  const found = new Map<number, Rotation>();
  const between: { from: number; share: number; turn: Rotation }[] = [];
  for (const { bone, from, to, share, rest } of drivers) {
    const turn = compose(turns[bone] ?? IDENTITY, inverse(rest));
    if (share === 0) found.set(from, turn);
    else if (share === 1) found.set(to, turn);
    else between.push({ from, share, turn });
  }
  for (const chain of CHAINS) {
    const known = chain.flatMap((joint, place) => {
      const turn = found.get(JOINT[joint]);
      const after = between.filter(({ from }) => from === JOINT[joint] && place < chain.length - 1);
      const inside = after.map((one) => ({ place: place + one.share, turn: one.turn }));
      return turn === undefined ? inside : [{ place, turn }, ...inside];
    });
    chain.forEach((joint, place) => {
      const before = known.findLast((one) => one.place <= place);
      const after = known.find((one) => one.place > place);
      if (found.has(JOINT[joint]) || before === undefined || after === undefined) return;
      const share = (place - before.place) / (after.place - before.place);
      found.set(JOINT[joint], slerped(before.turn, after.turn, share));
    });
  }
  const world: Rotation[] = [];
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    world.push(found.get(joint) ?? world[PARENTS[joint] ?? -1] ?? IDENTITY);
  }
  return world;
}

/** Length of thigh and shin, the mean of both legs. */
function legLength(at: (joint: Joint) => Vector3): number {
  const far = (a: Joint, b: Joint) => length(subtract(at(b), at(a)));
  const left = far("left_hip", "left_knee") + far("left_knee", "left_ankle");
  return (left + far("right_hip", "right_knee") + far("right_knee", "right_ankle")) / 2;
}

function restPlace(joint: number): Vector3 {
  let place: Vector3 = [0, 0, 0];
  for (let above = joint; above > 0; above = PARENTS[above] ?? 0) {
    place = subtract(place, scale(vectorAt(OFFSETS, above * 3), -1));
  }
  return place;
}
const OUR_LEG = legLength((joint) => restPlace(JOINT[joint]));
/** The middle between our hips' joints, from the pelvis. */
const OUR_MIDDLE = mix(restPlace(JOINT.left_hip), restPlace(JOINT.right_hip), 0.5);

function isOurs(skeleton: RigSkeleton, boneOf: (joint: Joint) => number, size: number): boolean {
  return JOINTS.every((joint, index) => {
    const [bone, parent] = [boneOf(joint), boneOf(JOINTS[PARENTS[index] ?? -1] ?? "pelvis")];
    const [head, from] = [skeleton.heads[bone], skeleton.heads[parent]];
    if (head === undefined || from === undefined) return false;
    const offset = index === 0 ? [0, 0, 0] : vectorAt(OFFSETS, index * 3);
    return length(subtract(scale(subtract(head, from), 1 / size), offset as unknown as Vector3)) < SAME;
  });
}

/** Moves a motion up or down so that its lowest feet stand on y = 0. */
function putOnGround({ fps, root, rotations }: Motion): void {
  const frames = frameCount({ fps, root, rotations });
  const { positions } = forwardKinematics({ fps, root, rotations });
  const lowest = Float64Array.from({ length: frames }, (_, frame) =>
    Math.min(
      ...FEET.map(
        (joint, foot) => (positions[(frame * JOINT_COUNT + joint) * 3 + 1] ?? 0) - (STANDING_HEIGHTS[foot] ?? 0),
      ),
    ),
  ).sort();
  const ground = lowest[Math.floor(frames * UNDER_GROUND)] ?? 0;
  for (let i = 1; i < root.length; i += 3) root[i] = (root[i] ?? 0) - ground;
}
