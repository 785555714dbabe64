import type { Issue } from "../protocol/issues.ts";
import type { Rig } from "../protocol/motion.ts";

/** How far a quaternion's length may be from 1. */
const UNIT_TOLERANCE = 0.01;

/** Gives what is wrong with a character's skeleton by itself: names, parents, turns, and what the map names. */
export function rigIssues(rig: Rig): Issue[] {
  return [...boneIssues(rig), ...mapIssues(rig)];
}

function boneIssues({ bones }: Rig): Issue[] {
  const seen = new Set<string>();
  return bones.flatMap(({ name, parent, rotation }, i) => {
    const issues: Issue[] = [];
    const path = `params.rig.bones[${i}]`;
    if (seen.has(name)) issues.push({ path: `${path}.name`, message: `is "${name}", which another bone is called` });
    seen.add(name);
    if (parent >= i) {
      issues.push({ path: `${path}.parent`, message: `must be earlier in the list, less than ${i}, is ${parent}` });
    }
    const length = Math.hypot(...rotation);
    if (Math.abs(length - 1) > UNIT_TOLERANCE) {
      const message = `must be a quaternion x, y, z, w of length 1, has length ${Math.round(length * 100) / 100}`;
      issues.push({ path: `${path}.rotation`, message });
    }
    return issues;
  });
}

function mapIssues({ bones, map = {}, root_bone }: Rig): Issue[] {
  const names = new Set(bones.map(({ name }) => name));
  const joints = new Map<string, string>();
  const issues = Object.entries(map).flatMap(([joint, bone]): Issue[] => {
    const path = `params.rig.map.${joint}`;
    if (bone === "") return [];
    const other = joints.get(bone);
    joints.set(bone, joint);
    if (!names.has(bone)) return [{ path, message: `is "${bone}", which no bone of the rig is called` }];
    return other === undefined ? [] : [{ path, message: `is "${bone}", which ${other} has already` }];
  });
  if (root_bone !== undefined && root_bone !== "" && !names.has(root_bone)) {
    issues.push({ path: "params.rig.root_bone", message: `is "${root_bone}", which no bone of the rig is called` });
  }
  return issues;
}
