import type { Joint } from "../../protocol/motion.ts";
import { JOINTS } from "../skeleton.ts";

/** Names that programs give the bones of a figure. */
export interface NamingConvention {
  /** For messages: "Mixamo". */
  name: string;
  /** What is taken off a bone's name before it is compared: a prefix, a namespace. */
  strip?: RegExp;
  /** Names of each joint's bone, the first that is there; compared without regard to case. */
  bones: Partial<Record<Joint, readonly string[]>>;
  /**
   * Bones of the spine from the hips (without them) to the chest, the neck not among them: as many as are there. Absent = spine1, spine2
   * and spine3 of `bones`.
   */
  spine?: readonly string[];
}

/** Limbs named once, with a place for the side. */
type LimbNames = Readonly<
  Partial<
    Record<"hip" | "knee" | "ankle" | "foot" | "collar" | "shoulder" | "elbow" | "wrist", string | readonly string[]>
  >
>;

function bothSides(names: LimbNames, left: string, right: string): Partial<Record<Joint, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([limb, name]) =>
      (["left", "right"] as const).map((side) => [
        `${side}_${limb}`,
        [name].flat().map((text) => text.replace("#", side === "left" ? left : right)),
      ]),
    ),
  );
}

const RIGIFY_LIMBS: LimbNames = {
  hip: "thigh.#",
  knee: "shin.#",
  ankle: "foot.#",
  foot: "toe.#",
  collar: "shoulder.#",
  shoulder: "upper_arm.#",
  elbow: "forearm.#",
  wrist: "hand.#",
};

/** Prefix of Rigify's bones of one kind; others of the generated rig do not match. */
function rigify(name: string, prefix: string): NamingConvention {
  const add = (names: readonly string[]) => names.map((bone) => `${prefix}${bone}`);
  const limbs = bothSides(RIGIFY_LIMBS, "L", "R");
  return {
    name,
    bones: {
      pelvis: add(["spine"]),
      neck: add(["spine.004"]),
      head: add(["spine.006"]),
      ...Object.fromEntries(Object.entries(limbs).map(([joint, names]) => [joint, add(names)])),
    },
    spine: add(["spine.001", "spine.002", "spine.003"]),
  };
}

/** Every naming that rigs are recognised by, the more special before the more general. */
export const NAMING_CONVENTIONS: readonly NamingConvention[] = [
  {
    name: "22 joints",
    bones: Object.fromEntries(JOINTS.map((joint) => [joint, [joint]])),
  },
  {
    name: "Rigify controls",
    bones: {
      pelvis: ["torso"],
      neck: ["neck"],
      head: ["head"],
      ...bothSides(
        {
          hip: "thigh_fk.#",
          knee: "shin_fk.#",
          ankle: "foot_fk.#",
          foot: ["toe_fk.#", "toe.#"],
          collar: "shoulder.#",
          shoulder: "upper_arm_fk.#",
          elbow: "forearm_fk.#",
          wrist: "hand_fk.#",
        },
        "L",
        "R",
      ),
    },
    // spine_fk and spine_fk.001 carry the legs.
    spine: ["spine_fk.002", "spine_fk.003"],
  },
  rigify("Rigify metarig", ""),
  rigify("Rigify deform bones", "DEF-"),
  rigify("Rigify original bones", "ORG-"),
  {
    name: "Mixamo",
    strip: /^.*[:|]|^mixamorig\d*[_:]?/i,
    bones: {
      pelvis: ["Hips"],
      neck: ["Neck"],
      head: ["Head"],
      ...bothSides(
        {
          hip: "#UpLeg",
          knee: "#Leg",
          ankle: "#Foot",
          foot: "#ToeBase",
          collar: "#Shoulder",
          shoulder: "#Arm",
          elbow: "#ForeArm",
          wrist: "#Hand",
        },
        "Left",
        "Right",
      ),
    },
    spine: ["Spine", "Spine1", "Spine2", "Spine3", "Spine4"],
  },
  {
    name: "Unreal",
    strip: /^.*[:|]/,
    bones: {
      pelvis: ["pelvis"],
      neck: ["neck_01"],
      head: ["head"],
      ...bothSides(
        {
          hip: "thigh_#",
          knee: "calf_#",
          ankle: "foot_#",
          foot: "ball_#",
          collar: "clavicle_#",
          shoulder: "upperarm_#",
          elbow: "lowerarm_#",
          wrist: "hand_#",
        },
        "l",
        "r",
      ),
    },
    spine: ["spine_01", "spine_02", "spine_03", "spine_04", "spine_05"],
  },
  {
    name: "VRoid (VRM)",
    strip: /^.*[:|]/,
    bones: {
      pelvis: ["J_Bip_C_Hips"],
      neck: ["J_Bip_C_Neck"],
      head: ["J_Bip_C_Head"],
      ...bothSides(
        {
          hip: "J_Bip_#_UpperLeg",
          knee: "J_Bip_#_LowerLeg",
          ankle: "J_Bip_#_Foot",
          foot: "J_Bip_#_ToeBase",
          collar: "J_Bip_#_Shoulder",
          shoulder: "J_Bip_#_UpperArm",
          elbow: "J_Bip_#_LowerArm",
          wrist: "J_Bip_#_Hand",
        },
        "L",
        "R",
      ),
    },
    spine: ["J_Bip_C_Spine", "J_Bip_C_Chest", "J_Bip_C_UpperChest"],
  },
  {
    name: "VRM humanoid",
    strip: /^.*[:|]/,
    bones: {
      pelvis: ["hips"],
      neck: ["neck"],
      head: ["head"],
      ...bothSides(
        {
          hip: "#UpperLeg",
          knee: "#LowerLeg",
          ankle: "#Foot",
          foot: "#Toes",
          collar: "#Shoulder",
          shoulder: "#UpperArm",
          elbow: "#LowerArm",
          wrist: "#Hand",
        },
        "left",
        "right",
      ),
    },
    spine: ["spine", "chest", "upperChest"],
  },
];

/** Words that bones of a joint are called by, for names of no known convention: letters alone, without side and number. */
export const GENERIC_WORDS: Readonly<Record<string, readonly string[]>> = {
  pelvis: ["hips", "hip", "pelvis", "waist"],
  spine: ["spine", "chest", "upperchest", "torso", "abdomen", "ribs", "ribcage", "back"],
  neck: ["neck"],
  head: ["head"],
  hip: ["thigh", "upleg", "upperleg", "legupper", "hipjoint", "femur", "leg"],
  knee: ["shin", "calf", "lowerleg", "leglower", "knee", "lowleg", "leg", "tibia"],
  ankle: ["foot", "ankle"],
  foot: ["toe", "toes", "toebase", "ball"],
  collar: ["shoulder", "clavicle", "collar"],
  shoulder: ["upperarm", "armupper", "uparm", "humerus", "arm", "shoulder"],
  elbow: ["forearm", "lowerarm", "armlower", "lowarm", "elbow"],
  wrist: ["hand", "wrist"],
};
