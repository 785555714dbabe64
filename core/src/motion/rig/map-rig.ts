import { CoreError } from "../../protocol/errors.ts";
import type { Joint, Rig } from "../../protocol/motion.ts";
import { JOINTS } from "../skeleton.ts";
import { type FoundMap, type JointMap, matchNames, REQUIRED_JOINTS } from "./match-names.ts";
import { matchShape } from "./match-shape.ts";
import type { RigSkeleton } from "./rig-skeleton.ts";

/** Bone of each joint, and how they were told. */
export interface RigMap extends FoundMap {
  /** What a person should know, in whole sentences. */
  notes: string[];
}

/**
 * Gives the bone of each joint: as given, else by names, else by shape.
 *
 * @throws CoreError INVALID_REQUEST if a given bone is not there or given twice, or hips and two legs are not found
 */
export function mapRig(rig: Rig, skeleton: RigSkeleton): RigMap {
  const found = rig.map === undefined ? findMap(skeleton) : { map: givenMap(rig.map, skeleton), convention: "given" };
  const absent = REQUIRED_JOINTS.filter((joint) => found?.map[joint] === undefined);
  if (found === undefined || absent.length > 0) {
    const what =
      found === undefined ? "no hips with two legs were found in it, by names or by shape" : "the map leaves them out";
    throw new CoreError(
      "INVALID_REQUEST",
      `A motion cannot be put on ${skeleton.name}: it needs a bone for each of ${absent.join(", ")}; ${what}.`,
      {
        remedy: "Give `rig.map`: the name of a bone for each of these joints.",
        data: { missing: absent, bones: skeleton.names.slice(0, 100) },
      },
    );
  }
  // A spine of few bones shares out what the joints between do.
  const spine = found.map.spine3 === undefined ? [] : ["spine1", "spine2"];
  const without = JOINTS.filter((joint) => found.map[joint] === undefined && !spine.includes(joint));
  const notes = without.length === 0 ? [] : [`No bone was found for ${without.join(", ")}; these do not move.`];
  return { ...found, notes };
}

function findMap(skeleton: RigSkeleton): FoundMap | undefined {
  const byNames = matchNames(skeleton);
  if (byNames !== undefined) return byNames;
  const map = matchShape(skeleton);
  return map === undefined ? undefined : { map, convention: "shape" };
}

function givenMap(given: NonNullable<Rig["map"]>, skeleton: RigSkeleton): JointMap {
  const map: JointMap = {};
  const taken = new Map<string, Joint>();
  for (const joint of JOINTS) {
    const bone = given[joint];
    if (bone === undefined || bone === "") continue;
    if (!skeleton.index.has(bone)) {
      throw new CoreError("INVALID_REQUEST", `rig.map.${joint} is "${bone}", but ${skeleton.name} has no such bone.`, {
        remedy: "Name a bone of the rig, or leave the name empty for none.",
        data: { joint, bone, bones: skeleton.names.slice(0, 100) },
      });
    }
    const other = taken.get(bone);
    if (other !== undefined) {
      throw new CoreError("INVALID_REQUEST", `rig.map gives the bone "${bone}" to both ${other} and ${joint}.`, {
        remedy: "Give each joint a bone of its own, or an empty name for none.",
        data: { joints: [other, joint], bone },
      });
    }
    taken.set(bone, joint);
    map[joint] = bone;
  }
  return map;
}
