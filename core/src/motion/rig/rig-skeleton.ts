import { CoreError } from "../../protocol/errors.ts";
import type { Rig } from "../../protocol/motion.ts";
import { compose, inverse, normalized, type Rotation, turned } from "../rotation.ts";
import { subtract, type Vector3 } from "../vector.ts";

/** Rest pose of a rig, as arrays by bone; world, metres. */
export interface RigSkeleton {
  /** Name of the armature, for messages. */
  name: string;
  names: readonly string[];
  /** Index of each name. */
  index: ReadonlyMap<string, number>;
  parents: readonly number[];
  children: readonly (readonly number[])[];
  heads: readonly Vector3[];
  tails: readonly Vector3[];
  rotations: readonly Rotation[];
  /** Head from the parent's head, about the parent's axes; a bone without parent: from the world's origin. */
  offsets: readonly Vector3[];
  /** Rotation as seen from the parent's. */
  turns: readonly Rotation[];
}

/**
 * Gives the rest pose of a rig ready for arithmetic.
 *
 * @throws CoreError INVALID_REQUEST if two bones have one name, a parent stands after its child, or a rotation is none
 */
export function rigSkeleton(rig: Rig): RigSkeleton {
  const index = new Map<string, number>();
  const children: number[][] = rig.bones.map(() => []);
  for (const [bone, { name, parent, rotation }] of rig.bones.entries()) {
    if (index.has(name)) throw invalid(rig, `has two bones called "${name}"`, "Give every bone a name of its own.");
    if (parent >= bone) {
      const remedy = "List parents before their children; parent is the index in the list, -1 for none.";
      throw invalid(rig, `lists bone "${name}" (${bone}) before its parent (${parent})`, remedy);
    }
    if (Math.abs(Math.hypot(...rotation) - 1) > 0.01) {
      const remedy = "Give the rotation of the bone's axes as a unit quaternion x, y, z, w.";
      throw invalid(
        rig,
        `has a bone "${name}" whose rotation has length ${Math.hypot(...rotation).toFixed(3)}`,
        remedy,
      );
    }
    index.set(name, bone);
    children[parent]?.push(bone);
  }
  const heads: Vector3[] = rig.bones.map((bone) => bone.head);
  const rotations = rig.bones.map((bone) => normalized(bone.rotation));
  const parents = rig.bones.map((bone) => bone.parent);
  const seen = <Value>(bone: number, root: Value, of: (back: Rotation, parent: number) => Value): Value => {
    const parent = parents[bone] ?? -1;
    const turn = rotations[parent];
    return turn === undefined ? root : of(inverse(turn), parent);
  };
  return {
    name: rig.name === "" ? "the armature" : `the armature "${rig.name}"`,
    names: rig.bones.map((bone) => bone.name),
    index,
    parents,
    children,
    heads,
    tails: rig.bones.map((bone) => bone.tail),
    rotations,
    offsets: heads.map((head, bone) =>
      seen<Vector3>(bone, head, (back, parent) => turned(back, subtract(head, heads[parent] ?? [0, 0, 0]))),
    ),
    turns: rotations.map((turn, bone) => seen<Rotation>(bone, turn, (back) => compose(back, turn))),
  };
}

/** Gives the bones from below `from` down to `to`, `to` among them; undefined where `from` is no ancestor of `to`. */
export function bonesBetween({ parents }: RigSkeleton, from: number, to: number): number[] | undefined {
  const path: number[] = [];
  for (let bone = to; bone !== from; bone = parents[bone] ?? -1) {
    if (bone < 0) return undefined;
    path.unshift(bone);
  }
  return path;
}

function invalid(rig: Rig, what: string, remedy: string): CoreError {
  return new CoreError("INVALID_REQUEST", `The rig "${rig.name}" ${what}.`, { remedy });
}
