import { mapRig } from "../motion/rig/map-rig.ts";
import { rigSkeleton } from "../motion/rig/rig-skeleton.ts";
import { rootBoneOf } from "../motion/rig/root-bone.ts";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import type { Rig } from "../protocol/motion.ts";

/**
 * Refuses a character that no motion can be put on, before anything is made for it.
 *
 * @throws CoreError INVALID_REQUEST if the skeleton is not sound, its map or root bone names no bone, or hips and two legs are not found
 */
export function checkRig(rig: Rig): void {
  try {
    const skeleton = rigSkeleton(rig);
    const { map } = mapRig(rig, skeleton);
    rootBoneOf(rig, skeleton, skeleton.index.get(map.pelvis ?? "") ?? -1);
  } catch (thrown) {
    const { code, message, remedy, data } = toCoreError(thrown);
    throw new CoreError(code, message, {
      ...(remedy === undefined ? {} : { remedy }),
      data: { ...data, issues: [{ path: "params.rig", message }] },
      cause: thrown,
    });
  }
}
