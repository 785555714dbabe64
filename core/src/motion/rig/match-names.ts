import type { Joint } from "../../protocol/motion.ts";
import { GENERIC_WORDS, NAMING_CONVENTIONS, type NamingConvention } from "./name-maps.ts";
import { bonesBetween, type RigSkeleton } from "./rig-skeleton.ts";

/** Bone of each joint that was found. */
export type JointMap = Partial<Record<Joint, string>>;
/** Joints and how they were told. */
export interface FoundMap {
  map: JointMap;
  /** Naming, "names" for words that stand in the names, "shape" for the form of the skeleton. */
  convention: string;
}

/** Joints without which there is nothing to walk on. */
export const REQUIRED_JOINTS = [
  "pelvis",
  "left_hip",
  "right_hip",
  "left_knee",
  "right_knee",
  "left_ankle",
  "right_ankle",
] as const satisfies readonly Joint[];

/** Joints that a naming finds when it is the rig's own: toes or collars may lack. */
const NEARLY_ALL = 20;

/**
 * Gives the bones of the joints by their names: the known convention that finds most of them, else by the words in the names; undefined
 * where legs or hips are not told.
 */
export function matchNames(skeleton: RigSkeleton): FoundMap | undefined {
  const found = [
    ...NAMING_CONVENTIONS.map((convention) => ({
      convention: convention.name,
      map: byConvention(skeleton, convention),
    })),
    { convention: "names", map: byWords(skeleton) },
  ].filter(({ map }) => REQUIRED_JOINTS.every((joint) => map[joint] !== undefined));
  // Rigs that Rigify generated hold the names of several: its controls stand before the bones that follow them.
  return (
    found.find(({ map }) => count(map) >= NEARLY_ALL) ??
    found.reduce<FoundMap | undefined>(
      (best, next) => (best !== undefined && count(best.map) >= count(next.map) ? best : next),
      undefined,
    )
  );
}

/** Gives spine1, spine2 and spine3 of the bones of a spine, from the lowest: the chest is always spine3. */
export function spineJoints(bones: readonly string[]): JointMap {
  const [low, chest, middle] = [bones[0], bones.at(-1), bones[Math.floor((bones.length - 1) / 2)]];
  return {
    ...(chest === undefined ? {} : { spine3: chest }),
    ...(bones.length < 2 || low === undefined ? {} : { spine1: low }),
    ...(bones.length < 3 || middle === undefined || middle === low ? {} : { spine2: middle }),
  };
}

function count(map: JointMap): number {
  return Object.keys(map).length;
}

function byConvention(skeleton: RigSkeleton, { strip, bones, spine }: NamingConvention): JointMap {
  const plain = new Map<string, string>();
  for (const name of skeleton.names) {
    const key = (strip === undefined ? name : name.replace(strip, "")).toLowerCase();
    if (!plain.has(key)) plain.set(key, name);
  }
  const map: JointMap = {};
  for (const [joint, names] of Object.entries(bones) as [Joint, readonly string[]][]) {
    const name = names.map((text) => plain.get(text.toLowerCase())).find((text) => text !== undefined);
    if (name !== undefined) map[joint] = name;
  }
  const found = (spine ?? []).flatMap((text) => plain.get(text.toLowerCase()) ?? []);
  return { ...map, ...spineJoints(found) };
}

type Side = "left" | "right" | "middle";

/** How a name tells its side: as a word, as a letter that stands alone, or as a letter told by its case (lThigh, ThighL). */
const SIDE_PATTERNS: readonly (readonly [Side, readonly RegExp[]])[] = [
  ["left", [/left/i, /(^|[\s_.-])l(?=$|[\s_.-])/i, /^l(?=[A-Z])|(?<=[a-z])L$/]],
  ["right", [/right/i, /(^|[\s_.-])r(?=$|[\s_.-])/i, /^r(?=[A-Z])|(?<=[a-z])R$/]],
];

/** Splits "Bip01 L UpperArm", "upper_arm.L", "LeftUpperArm", "lThigh", "arm_upper_l" into side and letters. */
function readName(name: string): { side: Side; word: string } {
  const bare = name.replace(/^.*[:|]/, "").replace(/^(bip\d*|def|org|bone|jnt|sk|b)[\s_.-]+/i, "");
  for (const [side, patterns] of SIDE_PATTERNS) {
    const pattern = patterns.find((candidate) => candidate.test(bare));
    if (pattern !== undefined) return { side, word: lettersOf(bare.replace(pattern, " ")) };
  }
  return { side: "middle", word: lettersOf(bare) };
}

function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z]/g, "");
}

function byWords(skeleton: RigSkeleton): JointMap {
  const bones = skeleton.names.map((name) => ({ name, ...readName(name) }));
  const used = new Set<string>();
  const take = (limb: string, side: Side): string | undefined => {
    for (const word of GENERIC_WORDS[limb] ?? []) {
      const bone = bones.find((candidate) => candidate.side === side && candidate.word === word);
      if (bone === undefined || used.has(bone.name)) continue;
      used.add(bone.name);
      return bone.name;
    }
    return undefined;
  };
  const map: JointMap = {};
  const set = (joint: Joint, name: string | undefined) => {
    if (name !== undefined) map[joint] = name;
  };
  set("pelvis", take("pelvis", "middle"));
  set("neck", take("neck", "middle"));
  set("head", take("head", "middle"));
  for (const side of ["left", "right"] as const) {
    // Bones that may be called "leg", "arm" or "shoulder" come before those that have the word from them.
    for (const limb of ["hip", "knee", "ankle", "foot", "shoulder", "collar", "elbow", "wrist"] as const) {
      set(`${side}_${limb}`, take(limb, side));
    }
  }
  const pelvis = skeleton.index.get(map.pelvis ?? "");
  const top = skeleton.index.get(map.neck ?? map.head ?? "");
  const path = pelvis === undefined || top === undefined ? undefined : bonesBetween(skeleton, pelvis, top);
  return { ...map, ...spineJoints((path ?? []).slice(0, -1).map((bone) => skeleton.names[bone] ?? "")) };
}
