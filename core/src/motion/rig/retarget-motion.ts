import type { Joint, Rig } from "../../protocol/motion.ts";
import { detectContacts } from "../contacts.ts";
import { forwardKinematics, type WorldJoints } from "../forward-kinematics.ts";
import { finishSteps, type InSteps, mapInSteps } from "../in-steps.ts";
import { frameCount, type Motion } from "../motion.ts";
import { yawOf } from "../quaternion.ts";
import { aboutAxis, compose, IDENTITY, inverse, type Rotation, rotationAt, turned } from "../rotation.ts";
import { JOINT, JOINT_COUNT, OFFSETS, STANDING_HEIGHTS } from "../skeleton.ts";
import { solveTwoBone } from "../two-bone-ik.ts";
import { add, length, mix, subtract, type Vector3, vectorAt } from "../vector.ts";
import { type BoneDriver, boneDrivers, drivenTurn } from "./bone-drivers.ts";
import { type LegGeometry, legGeometry } from "./foot-geometry.ts";
import { type FootTrack, lockFoot } from "./lock-foot.ts";
import { lowerHips } from "./lower-hips.ts";
import { mapRig } from "./map-rig.ts";
import { type CurveOptions, curvesInSteps } from "./rig-curves.ts";
import type { RigMotion } from "./rig-motion.ts";
import { poseRig, type SetBones, withAncestors } from "./rig-pose.ts";
import { type RigSkeleton, rigSkeleton } from "./rig-skeleton.ts";
import { rootBoneOf } from "./root-bone.ts";
import { limitWristTwist } from "./wrist-twist.ts";

/** Options of {@link retargetMotion}. */
export interface RetargetOptions extends Partial<CurveOptions> {
  /** Whether feet that bear weight are held still. Not for a motion in place: its feet slide over the ground as they should. */
  foot_lock?: boolean;
}

type Side = "left" | "right";
/** What is known of a character before its first frame. */
interface Character {
  skeleton: RigSkeleton;
  drivers: readonly BoneDriver[];
  pelvis: number;
  legs: Record<Side, LegGeometry>;
  /** The character's leg by ours. */
  size: number;
  rootBone: number | undefined;
}

const SIDES = ["left", "right"] as const;
const NOTHING_SET: SetBones = { turns: new Map(), places: new Map() };
const LEG = length(vectorAt(OFFSETS, JOINT.left_knee * 3)) + length(vectorAt(OFFSETS, JOINT.left_ankle * 3));
const ANKLE = STANDING_HEIGHTS[0] ?? 0;
/** A ball may be this much below where a flat foot has it before the foot is lifted, metres: what the motion itself is allowed. */
const PENETRATION = 0.01;
/** An ankle this near to where it should be is left alone, metres: our own skeleton gets its motion back as it was. */
const AT_GOAL = 1e-5;

/**
 * Puts a motion on a character's own skeleton; pure, frames as they are.
 *
 * 1. Bones are found by the given map, by names or by shape (map-rig.ts).
 * 2. Bones turn in the world as their joints do, from rest poses laid along one another (bone-drivers.ts); forearms take over too much
 *    twist of the hands (wrist-twist.ts).
 * 3. Hips go as ours do, times the ratio of the legs' lengths: over the ground from the world's origin, in height from where the
 *    character stands at rest. A root bone, if named, takes the way over the ground from them.
 * 4. Ankles go where ours do, times the same ratio, farther out by as much as the hips are wider. Feet that bear weight are held still
 *    (lock-foot.ts), none goes through the ground on which the character stands at rest, hips sink where a foot is out of reach
 *    (lower-hips.ts), and legs get there by inverse kinematics (two-bone-ik.ts).
 * 5. All of it becomes curves in the bones' pose space (rig-motion.ts). Bones without a part in it stay at rest.
 *
 * @throws CoreError INVALID_REQUEST if the rig is not sound, its map is wrong, or it has no hips with two legs
 */
export function retargetMotion(motion: Motion, rig: Rig, options: RetargetOptions = {}): RigMotion {
  return finishSteps(retargetInSteps(motion, rig, options));
}

/** Does what {@link retargetMotion} does in steps of a frame: two minutes at 60 frames a second take 3 s on a rig of 65 bones. */
export function* retargetInSteps(motion: Motion, rig: Rig, options: RetargetOptions = {}): InSteps<RigMotion> {
  const { foot_lock = true, keyframes = "every_frame", key_error_degrees = 0.5 } = options;
  const skeleton = rigSkeleton(rig);
  const { map, convention, notes } = mapRig(rig, skeleton);
  const boneOf = (joint: Joint) => skeleton.index.get(map[joint] ?? "");
  const pelvis = boneOf("pelvis") ?? -1;
  const legs = { left: legGeometry(skeleton, boneOf, "left"), right: legGeometry(skeleton, boneOf, "right") };
  const character: Character = {
    skeleton,
    drivers: boneDrivers(skeleton, map),
    pelvis,
    legs,
    size: (legs.left.reach + legs.right.reach) / 2 / LEG,
    rootBone: rootBoneOf(rig, skeleton, pelvis),
  };
  const frames = frameCount(motion);
  const world = forwardKinematics(motion);
  const contacts = motion.contacts ?? detectContacts(motion);
  const set = yield* mapInSteps(frames, (frame) => setBones(character, world, frame));
  limitWristTwist(
    set.map(({ turns }) => turns),
    character.drivers,
    boneOf,
  );

  const bones = withAncestors(skeleton, [
    ...character.drivers.map(({ bone }) => bone),
    ...(character.rootBone === undefined ? [] : [character.rootBone]),
  ]);
  const poseOf = (index: number) => poseRig(skeleton, bones, set[index] ?? NOTHING_SET);
  const free = yield* mapInSteps(frames, poseOf);
  const feet = SIDES.map((side, index) => {
    const contact = (frame: number) => ({
      ankle: contacts[frame * 4 + index] === 1,
      ball: contacts[frame * 4 + index + 2] === 1,
    });
    const goal = footGoal(character, world, side, frames);
    const held = foot_lock ? lockFoot(goal, { fps: motion.fps, contact, ...legs[side] }) : goal;
    return { leg: legs[side], contact, goal, held: { ...held, ankles: aboveGround(held, legs[side]) } };
  });
  const { drop, unreached } = lowerHips(
    feet.map(({ leg, contact, held }) => ({
      hip: (frame) => free[frame]?.positions.get(leg.hip) ?? [0, 0, 0],
      ankle: (frame) => held.ankles[frame] ?? [0, 0, 0],
      bears: (frame) => foot_lock && (contact(frame).ankle || contact(frame).ball),
      reach: leg.reach,
    })),
    frames,
    motion.fps,
  );
  if (unreached > 0) {
    notes.push(`In ${unreached} of ${frames} frames a foot that bears weight is farther away than the leg can reach.`);
  }
  for (const [index, frame] of set.entries()) {
    const place = frame.places.get(pelvis);
    if (place !== undefined) frame.places.set(pelvis, add(place, [0, -(drop[index] ?? 0), 0]));
    for (const { leg, goal, held } of feet) placeFoot(character, bones, frame, index, leg, goal, held);
    yield;
  }
  const { rootBone } = character;
  const driven = character.drivers.map(({ bone }) => bone);
  const moving = {
    turning: driven,
    moving: rootBone === undefined ? [pelvis] : [rootBone, pelvis],
    legs: new Set([pelvis, ...SIDES.flatMap((side) => [legs[side].hip, legs[side].knee, legs[side].ankle])]),
  };
  const poses = yield* mapInSteps(frames, poseOf);
  return {
    name: rig.name,
    fps: motion.fps,
    frames,
    bones: skeleton.names,
    map,
    convention,
    ...(rootBone === undefined ? {} : { root_bone: skeleton.names[rootBone] ?? "" }),
    scale: character.size,
    curves: yield* curvesInSteps(skeleton, poses, moving, { keyframes, key_error_degrees }),
    notes,
  };
}

function joint(world: WorldJoints, frame: number, name: number): Vector3 {
  return vectorAt(world.positions, (frame * JOINT_COUNT + name) * 3);
}

function jointTurn(world: WorldJoints, frame: number, name: number): Rotation {
  return rotationAt(world.rotations, (frame * JOINT_COUNT + name) * 4);
}

/** The middle between the hips' joints of the character at rest. */
function restMiddle({ skeleton, legs }: Character): Vector3 {
  return mix(skeleton.heads[legs.left.hip] ?? [0, 0, 0], skeleton.heads[legs.right.hip] ?? [0, 0, 0], 0.5);
}

/** A point of ours in the character's size: heights are counted from where ankles are in a flat foot. */
function resized({ size }: Character, [x, y, z]: Vector3, ankleHeight: number): Vector3 {
  return [x * size, ankleHeight + (y - ANKLE) * size, z * size];
}

/** Steps 2 and 3: turns of all driven bones, place of the hips and of the root bone. */
function setBones(character: Character, world: WorldJoints, frame: number): SetBones {
  const { skeleton, drivers, pelvis, legs, rootBone, size } = character;
  const turns = new Map(
    drivers.map((driver) => [driver.bone, drivenTurn(driver, (name) => jointTurn(world, frame, name))]),
  );
  const height = (legs.left.ankleHeight + legs.right.ankleHeight) / 2;
  const middle = mix(joint(world, frame, JOINT.left_hip), joint(world, frame, JOINT.right_hip), 0.5);
  const fromMiddle = subtract(skeleton.heads[pelvis] ?? [0, 0, 0], restMiddle(character));
  const hips = add(resized(character, middle, height), turned(jointTurn(world, frame, JOINT.pelvis), fromMiddle));
  const places = new Map([[pelvis, hips]]);
  if (rootBone !== undefined) {
    const [x, , z] = joint(world, frame, JOINT.pelvis);
    places.set(rootBone, add(skeleton.heads[rootBone] ?? [0, 0, 0], [x * size, 0, z * size]));
  }
  return { turns, places };
}

/** Step 4: where the ankle of a side should be and how its foot should be turned from rest. */
function footGoal(character: Character, world: WorldJoints, side: Side, frames: number): FootTrack {
  const { skeleton, legs, size } = character;
  const leg = legs[side];
  const ours = OFFSETS[JOINT[`${side}_hip`] * 3] ?? 0;
  const theirs = (skeleton.heads[leg.hip]?.[0] ?? 0) - restMiddle(character)[0];
  const every = Array.from({ length: frames }, (_, frame) => frame);
  return {
    ankles: every.map((frame) => {
      const heading = aboutAxis([0, 1, 0], yawOf(jointTurn(world, frame, JOINT.pelvis), 0));
      const ankle = resized(character, joint(world, frame, JOINT[`${side}_ankle`]), leg.ankleHeight);
      return add(ankle, turned(heading, [theirs - ours * size, 0, 0]));
    }),
    turns: every.map((frame) => jointTurn(world, frame, JOINT[`${side}_ankle`])),
  };
}

/** Lifts ankles where the ball would be under the ground. */
function aboveGround({ ankles, turns }: FootTrack, { ball, ballHeight }: LegGeometry): Vector3[] {
  return ankles.map((ankle, frame) => {
    const depth = ballHeight - PENETRATION - add(ankle, turned(turns[frame] ?? IDENTITY, ball))[1];
    return depth > 0 ? add(ankle, [0, depth, 0]) : ankle;
  });
}

/** Bends a leg so that its ankle is where it should be; foot and toes keep their turns in the world, with the lock's correction. */
function placeFoot(
  { skeleton }: Character,
  bones: readonly number[],
  frame: SetBones,
  index: number,
  { hip, knee, ankle, toes }: LegGeometry,
  goal: FootTrack,
  held: FootTrack,
): void {
  const correction = compose(held.turns[index] ?? IDENTITY, inverse(goal.turns[index] ?? IDENTITY));
  for (const bone of toes === undefined ? [ankle] : [ankle, toes]) {
    frame.turns.set(bone, compose(correction, frame.turns.get(bone) ?? IDENTITY));
  }
  const { positions } = poseRig(skeleton, bones, frame);
  const at = (bone: number): Vector3 => positions.get(bone) ?? [0, 0, 0];
  const target = held.ankles[index] ?? at(ankle);
  if (length(subtract(at(ankle), target)) < AT_GOAL) return;
  const thigh = frame.turns.get(hip) ?? IDENTITY;
  const bendAxis = turned(compose(thigh, inverse(skeleton.rotations[hip] ?? IDENTITY)), [1, 0, 0]);
  const { upper, lower } = solveTwoBone({ root: at(hip), middle: at(knee), end: at(ankle), bendAxis }, target);
  frame.turns.set(hip, compose(upper, thigh));
  frame.turns.set(knee, compose(lower, frame.turns.get(knee) ?? IDENTITY));
}
