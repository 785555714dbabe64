import { CoreError } from "../../protocol/errors.ts";
import type { Rig } from "../../protocol/motion.ts";
import { bonesBetween, type RigSkeleton } from "./rig-skeleton.ts";

/** The bone that carries the way over the ground, where one is named that is not the hips themselves. */
/**
 * Gives the bone that carries the way over the ground; undefined = the hips do.
 *
 * @throws CoreError INVALID_REQUEST if there is no such bone, or the hips do not hang from it
 */
export function rootBoneOf({ root_bone }: Rig, skeleton: RigSkeleton, pelvis: number): number | undefined {
  if (root_bone === undefined || root_bone === "") return undefined;
  const bone = skeleton.index.get(root_bone);
  if (bone === pelvis) return undefined;
  if (bone === undefined || bonesBetween(skeleton, bone, pelvis) === undefined) {
    const hips = skeleton.names[pelvis];
    throw new CoreError(
      "INVALID_REQUEST",
      bone === undefined
        ? `rig.root_bone is "${root_bone}", but ${skeleton.name} has no such bone.`
        : `rig.root_bone is "${root_bone}", but the hips "${hips}" do not hang from it.`,
      { remedy: "Name a bone above the hips, or leave root_bone out: the hips then carry the way." },
    );
  }
  return bone;
}
