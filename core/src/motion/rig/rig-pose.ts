import { compose, IDENTITY, type Rotation, turned } from "../rotation.ts";
import { add, type Vector3 } from "../vector.ts";
import type { RigSkeleton } from "./rig-skeleton.ts";

/** What of a pose is set: the other bones are at rest under their parents. */
export interface SetBones {
  /** World turns of bones. */
  turns: Map<number, Rotation>;
  /** World places of bones' heads, metres. */
  places: Map<number, Vector3>;
}

/** Where bones are; world. Bones that were not asked for are absent. */
export interface RigPose {
  positions: Map<number, Vector3>;
  rotations: Map<number, Rotation>;
  /** What the bone would have at rest under its parent. */
  restPositions: Map<number, Vector3>;
  restRotations: Map<number, Rotation>;
}

/** Gives bones and all above them, parents first: those that have to be reckoned. */
export function withAncestors({ parents }: RigSkeleton, bones: Iterable<number>): number[] {
  const found = new Set<number>();
  for (const bone of bones) for (let above = bone; above >= 0; above = parents[above] ?? -1) found.add(above);
  return [...found].sort((a, b) => a - b);
}

/** Gives where the bones are (parents before children, as {@link withAncestors} gives them). */
export function poseRig(skeleton: RigSkeleton, bones: readonly number[], { turns, places }: SetBones): RigPose {
  const pose: RigPose = {
    positions: new Map(),
    rotations: new Map(),
    restPositions: new Map(),
    restRotations: new Map(),
  };
  for (const bone of bones) {
    const parent = skeleton.parents[bone] ?? -1;
    const parentTurn = pose.rotations.get(parent) ?? IDENTITY;
    const rest = compose(parentTurn, skeleton.turns[bone] ?? IDENTITY);
    const offset = skeleton.offsets[bone] ?? [0, 0, 0];
    const place = add(pose.positions.get(parent) ?? [0, 0, 0], turned(parentTurn, offset));
    pose.restRotations.set(bone, rest);
    pose.restPositions.set(bone, place);
    pose.rotations.set(bone, turns.get(bone) ?? rest);
    pose.positions.set(bone, places.get(bone) ?? place);
  }
  return pose;
}
