import { describe, expect, it } from "vitest";
import { mapRig } from "../../../core/src/motion/rig/map-rig.ts";
import { matchShape } from "../../../core/src/motion/rig/match-shape.ts";
import { rigSkeleton } from "../../../core/src/motion/rig/rig-skeleton.ts";
import { rootBoneOf } from "../../../core/src/motion/rig/root-bone.ts";
import { CoreError } from "../../../core/src/protocol/errors.ts";
import type { Rig } from "../../../core/src/protocol/motion.ts";
import { cartoonRig, mixamoRig, namelessRig, ownRig, rigFixture, unrealRig, vrmRig } from "./rigs.ts";

function mapOf(rig: Rig) {
  return mapRig(rig, rigSkeleton(rig));
}

function refusal(act: () => unknown): CoreError {
  try {
    act();
  } catch (error) {
    if (error instanceof CoreError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("by names", () => {
  it.each([
    ["22 joints", ownRig(), 22, { left_hip: "left_hip" }],
    ["Rigify metarig", rigFixture("rigify-metarig"), 22, { pelvis: "spine", head: "spine.006", left_foot: "toe.L" }],
    [
      "Rigify controls",
      rigFixture("rigify-generated"),
      21,
      { pelvis: "torso", spine3: "spine_fk.003", left_hip: "thigh_fk.L" },
    ],
    ["Mixamo", mixamoRig(), 22, { pelvis: "mixamorig:Hips", left_shoulder: "mixamorig:LeftArm" }],
    ["Mixamo", mixamoRig("mixamorig1:"), 22, { spine1: "mixamorig1:Spine" }],
    ["Mixamo", mixamoRig("mixamorig_"), 22, { right_knee: "mixamorig_RightLeg" }],
    ["Mixamo", mixamoRig(""), 22, { right_foot: "RightToeBase" }],
    ["Unreal", unrealRig(), 22, { spine1: "spine_01", spine2: "spine_03", spine3: "spine_05", neck: "neck_01" }],
    ["VRoid (VRM)", vrmRig(), 22, { left_collar: "J_Bip_L_Shoulder" }],
  ])("%s is told", (convention, rig, joints, some) => {
    const found = mapOf(rig);
    expect(found.convention).toBe(convention);
    expect(Object.keys(found.map)).toHaveLength(joints);
    expect(found.map).toMatchObject(some);
  });

  it("bones of a character that Rigify's deform bones were exported of are told", () => {
    const rig = rigFixture("rigify-metarig");
    const deform = { ...rig, bones: rig.bones.map((bone) => ({ ...bone, name: `DEF-${bone.name}` })) };
    expect(mapOf(deform).convention).toBe("Rigify deform bones");
  });

  it.each([
    [
      "VRM humanoid",
      { pelvis: "hips", spine1: "spine", spine2: "chest", spine3: "upperChest", left_elbow: "leftLowerArm" },
    ],
    ["names", { pelvis: "Pelvis", left_hip: "lThigh", right_knee: "rShin", left_shoulder: "lUpperArm" }],
    [
      "names",
      { pelvis: "Bip01 Pelvis", left_hip: "Bip01 L Thigh", right_knee: "Bip01 R Calf", left_wrist: "Bip01 L Hand" },
    ],
    [
      "names",
      { pelvis: "hips", left_hip: "leg_l", left_knee: "knee_l", right_ankle: "ankle_r", left_collar: "clavicle_l" },
    ],
  ])("%s", (convention, some) => {
    const words: Record<string, Record<string, string>> = {
      hips: { hip: "LeftUpLeg" },
      Pelvis: {
        hip: "lThigh",
        knee: "lShin",
        ankle: "lFoot",
        foot: "lToe",
        collar: "lCollar",
        shoulder: "lUpperArm",
        elbow: "lForeArm",
        wrist: "lHand",
      },
      "Bip01 Pelvis": {
        hip: "Bip01 L Thigh",
        knee: "Bip01 L Calf",
        ankle: "Bip01 L Foot",
        foot: "Bip01 L Toe0",
        collar: "Bip01 L Clavicle",
        shoulder: "Bip01 L UpperArm",
        elbow: "Bip01 L Forearm",
        wrist: "Bip01 L Hand",
      },
    };
    const leftOf =
      convention === "VRM humanoid"
        ? {
            hip: "leftUpperLeg",
            knee: "leftLowerLeg",
            ankle: "leftFoot",
            foot: "leftToes",
            collar: "leftShoulder",
            shoulder: "leftUpperArm",
            elbow: "leftLowerArm",
            wrist: "leftHand",
          }
        : some.pelvis === "hips"
          ? {
              hip: "leg_l",
              knee: "knee_l",
              ankle: "ankle_l",
              foot: "toe_l",
              collar: "clavicle_l",
              shoulder: "arm_l",
              elbow: "elbow_l",
              wrist: "wrist_l",
            }
          : (words[some.pelvis] ?? {});
    const right = (name: string) =>
      name
        .replace("left", "right")
        .replace(/_l$/, "_r")
        .replace(/^l(?=[A-Z])/, "r")
        .replace(" L ", " R ");
    const names: Record<string, string> = { pelvis: some.pelvis };
    for (const [limb, name] of Object.entries(leftOf)) {
      names[`left_${limb}`] = name;
      names[`right_${limb}`] = right(name);
    }
    Object.assign(names, { neck: "neck", head: "head", spine1: "spine", spine2: "chest", spine3: "upperChest" });
    const rig = ownRig();
    const renamed = { ...rig, bones: rig.bones.map((bone) => ({ ...bone, name: names[bone.name] ?? bone.name })) };
    const found = mapOf(renamed);
    expect(found.convention).toBe(convention);
    expect(found.map).toMatchObject(some);
    expect(Object.keys(found.map)).toHaveLength(22);
  });
});

describe("by shape", () => {
  it.each([
    ["Rigify's metarig", rigFixture("rigify-metarig"), ["head"]],
    ["a Mixamo figure", mixamoRig(), []],
    ["an Unreal mannequin in A-pose", unrealRig(), []],
    ["a VRoid figure", vrmRig(), []],
    ["the 22 joints", ownRig(), []],
  ])("%s under names that tell nothing has the joints that its names told", (_, rig, except) => {
    const byNames = mapOf(rig).map;
    const nameless = namelessRig(rig);
    const found = mapOf(nameless);
    expect(found.convention).toBe("shape");
    for (const [joint, bone] of Object.entries(byNames)) {
      if ((except as string[]).includes(joint)) continue;
      const index = rig.bones.findIndex(({ name }) => name === bone);
      expect([joint, found.map[joint as keyof typeof byNames]]).toEqual([joint, nameless.bones[index]?.name]);
    }
  });

  it("a cartoon without collars and toes has what it has", () => {
    expect(mapOf(cartoonRig()).map).toEqual({
      pelvis: "Hips_Main",
      spine3: "Body Spine",
      neck: "neck",
      head: "head",
      left_hip: "Leg_L",
      left_knee: "Knee_L",
      left_ankle: "Foot_L",
      left_shoulder: "Arm_L",
      left_elbow: "ForeArm_L",
      left_wrist: "Hand_L",
      right_hip: "Leg_R",
      right_knee: "Knee_R",
      right_ankle: "Foot_R",
      right_shoulder: "Arm_R",
      right_elbow: "ForeArm_R",
      right_wrist: "Hand_R",
    });
    expect(mapOf(cartoonRig()).notes.join()).toContain("left_foot");
  });

  it("a chain of bones has no legs", () => {
    const bones = Array.from({ length: 6 }, (_, index) => ({
      name: `tentacle.${index}`,
      parent: index - 1,
      head: [0, index * 0.2, 0] as [number, number, number],
      tail: [0, index * 0.2 + 0.2, 0] as [number, number, number],
      rotation: [0, 0, 0, 1] as [number, number, number, number],
    }));
    expect(matchShape(rigSkeleton({ name: "squid", bones }))).toBeUndefined();
    const error = refusal(() => mapOf({ name: "squid", bones }));
    expect(error.code).toBe("INVALID_REQUEST");
    expect(error.message).toContain('"squid"');
    expect(error.message).toContain("left_hip");
    expect(error.remedy).toContain("rig.map");
  });
});

describe("a given map", () => {
  it("is taken as it is", () => {
    const map = { ...mapOf(mixamoRig()).map, left_foot: "", head: "mixamorig:Neck", neck: "" };
    const found = mapOf({ ...mixamoRig(), map });
    expect(found.convention).toBe("given");
    expect(found.map.left_foot).toBeUndefined();
    expect(found.map.head).toBe("mixamorig:Neck");
  });

  it.each([
    ["names no bone", { pelvis: "Hip" }, 'rig.map.pelvis is "Hip"'],
    ["gives a bone twice", { pelvis: "mixamorig:Hips", spine1: "mixamorig:Hips" }, "both pelvis and spine1"],
    ["leaves legs out", { pelvis: "mixamorig:Hips" }, "left_hip, right_hip, left_knee"],
  ])("that %s is refused", (_, map, words) => {
    const error = refusal(() => mapOf({ ...mixamoRig(), map }));
    expect(error.code).toBe("INVALID_REQUEST");
    expect(error.message).toContain(words);
    expect(error.remedy).toBeTruthy();
  });
});

it.each([
  [
    "two bones of one name",
    (rig: Rig) => ({ ...rig, bones: rig.bones.map((bone) => ({ ...bone, name: "b" })) }),
    'two bones called "b"',
  ],
  [
    "a parent after its child",
    (rig: Rig) => ({ ...rig, bones: rig.bones.map((bone, i) => ({ ...bone, parent: i })) }),
    "before its parent",
  ],
  [
    "a rotation that is none",
    (rig: Rig) => ({
      ...rig,
      bones: rig.bones.map((bone) => ({ ...bone, rotation: [0, 0, 0, 0.5] as [number, number, number, number] })),
    }),
    "length 0.500",
  ],
])("a rig with %s is refused", (_, spoil, words) => {
  const error = refusal(() => rigSkeleton(spoil(mixamoRig())));
  expect(error.code).toBe("INVALID_REQUEST");
  expect(error.message).toContain(words);
});

it("a root bone that is not above the hips is refused", () => {
  const rig = unrealRig();
  const skeleton = rigSkeleton(rig);
  const pelvis = skeleton.index.get("pelvis") ?? -1;
  expect(rootBoneOf({ ...rig, root_bone: "root" }, skeleton, pelvis)).toBe(0);
  expect(rootBoneOf({ ...rig, root_bone: "pelvis" }, skeleton, pelvis)).toBeUndefined();
  expect(refusal(() => rootBoneOf({ ...rig, root_bone: "head" }, skeleton, pelvis)).message).toContain("do not hang");
  expect(refusal(() => rootBoneOf({ ...rig, root_bone: "Root" }, skeleton, pelvis)).message).toContain("no such bone");
});
