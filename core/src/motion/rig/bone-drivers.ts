import type { Joint } from "../../protocol/motion.ts";
import { between, compose, IDENTITY, type Rotation, slerped } from "../rotation.ts";
import { JOINT, JOINTS, OFFSETS } from "../skeleton.ts";
import { subtract, unit, type Vector3, vectorAt } from "../vector.ts";
import type { JointMap } from "./match-names.ts";
import { bonesBetween, type RigSkeleton } from "./rig-skeleton.ts";

/** What turns a bone of the rig. */
export interface BoneDriver {
  bone: number;
  /** The bone turns as joint `from` at share 0 and as joint `to` at share 1, in the world. */
  from: number;
  to: number;
  share: number;
  /** World turn of the bone while the motion's skeleton is at rest: its rest pose, its limb laid along ours. */
  rest: Rotation;
}

/** Limbs whose rest pose is laid along ours, a T-pose, and the joint that each points at. Feet, collars, spine and head keep their own. */
const ALIGNED: readonly (readonly [Joint, Joint])[] = (["left", "right"] as const).flatMap(
  (side) =>
    [
      [`${side}_shoulder`, `${side}_elbow`],
      [`${side}_elbow`, `${side}_wrist`],
      [`${side}_hip`, `${side}_knee`],
      [`${side}_knee`, `${side}_ankle`],
    ] as const,
);

/** Bones of generated Rigify rigs that constraints drive and that stand between its controls. */
const MECHANISM = /^(MCH-|tweak_)/;

/**
 * Gives what turns each bone of a rig, parents before children.
 *
 * Turns are handed over in the world: a bone turns from its rest pose as its joint turns from ours. For that, limbs of an A-pose are first
 * laid along our T-pose by the smallest turn between their directions (hands go with the forearm); feet, collars, spine and head keep the
 * anatomy that they have at rest. A spine of any number of bones shares out the turns of pelvis, spine1, spine2 and spine3, a neck
 * those of spine3 and neck, evenly along the chain; bones between two mapped ones take part.
 */
export function boneDrivers(skeleton: RigSkeleton, map: JointMap): BoneDriver[] {
  const boneOf = (joint: Joint) => skeleton.index.get(map[joint] ?? "");
  const alignment = alignments(skeleton, boneOf);
  const drivers = new Map<number, BoneDriver>();
  const drive = (bone: number, from: number, to: number, share: number) => {
    const align = alignment.get(bone) ?? IDENTITY;
    drivers.set(bone, { bone, from, to, share, rest: compose(align, skeleton.rotations[bone] ?? IDENTITY) });
  };
  for (const joint of JOINTS) {
    const bone = boneOf(joint);
    if (bone !== undefined) drive(bone, JOINT[joint], JOINT[joint], 0);
  }
  const chest = boneOf("spine3") ?? boneOf("spine2") ?? boneOf("spine1");
  const share = (path: readonly number[], joints: readonly Joint[]) => {
    const chain = path.filter((bone) => !MECHANISM.test(skeleton.names[bone] ?? ""));
    chain.forEach((bone, index) => {
      const place = ((index + 1) / chain.length) * (joints.length - 1);
      const low = Math.min(Math.floor(place + 1e-9), joints.length - 2);
      const [from, to] = [joints[low], joints[low + 1]];
      if (from !== undefined && to !== undefined) drive(bone, JOINT[from], JOINT[to], place - low);
    });
  };
  const pelvis = boneOf("pelvis");
  if (pelvis !== undefined && chest !== undefined) {
    share(bonesBetween(skeleton, pelvis, chest) ?? [], ["pelvis", "spine1", "spine2", "spine3"]);
  }
  const [neck, head] = [boneOf("neck"), boneOf("head")];
  if (neck !== undefined && head !== undefined) {
    const rest = bonesBetween(skeleton, neck, head);
    if (rest !== undefined) share([neck, ...rest.slice(0, -1)], ["spine3", "neck"]);
  }
  return [...drivers.values()].sort((a, b) => a.bone - b.bone);
}

/** Gives the world turn of a driven bone, of the world turns of the joints. */
export function drivenTurn({ from, to, share, rest }: BoneDriver, turn: (joint: number) => Rotation): Rotation {
  const world = share === 0 ? turn(from) : share === 1 ? turn(to) : slerped(turn(from), turn(to), share);
  return compose(world, rest);
}

function alignments(skeleton: RigSkeleton, boneOf: (joint: Joint) => number | undefined): Map<number, Rotation> {
  const turns = new Map<number, Rotation>();
  for (const [joint, next] of ALIGNED) {
    const bone = boneOf(joint);
    if (bone === undefined) continue;
    const child = boneOf(next);
    const end = (child === undefined ? skeleton.tails[bone] : skeleton.heads[child]) ?? [0, 0, 0];
    const turn = between(unit(subtract(end, skeleton.heads[bone] ?? [0, 0, 0])), restDirection(next));
    turns.set(bone, turn);
    const isForearm = next.endsWith("wrist");
    if (isForearm && child !== undefined) turns.set(child, turn);
  }
  return turns;
}

/** Direction from a joint's parent to the joint in our rest pose. */
function restDirection(joint: Joint): Vector3 {
  return unit(vectorAt(OFFSETS, JOINT[joint] * 3));
}
