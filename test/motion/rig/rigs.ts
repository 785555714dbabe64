import { readFileSync } from "node:fs";
import { decodeMotionJson } from "../../../core/src/formats/motion-json.ts";
import type { Motion } from "../../../core/src/motion/motion.ts";
import { aboutAxis, compose, fromAxes, IDENTITY, type Rotation } from "../../../core/src/motion/rotation.ts";
import { JOINTS, OFFSETS, PARENTS, STANDING_HEIGHTS } from "../../../core/src/motion/skeleton.ts";
import { add, cross, subtract, unit, type Vector3, vectorAt } from "../../../core/src/motion/vector.ts";
import type { Rig } from "../../../core/src/protocol/motion.ts";

/** Reads a rig that export_rigs.py wrote from a real Blender. */
export function rigFixture(name: string): Rig {
  return JSON.parse(readFileSync(new URL(`../../fixtures/rigs/${name}.json`, import.meta.url), "utf8")) as Rig;
}

/** Reads a motion that make_motions.py wrote. */
export function motionFixture(name: string): Motion {
  return decodeMotionJson(readFileSync(new URL(`../../golden/motion/${name}.json`, import.meta.url))).motion;
}

/** A bone as [name, name of the parent, head, tail]; metres, +Y up, facing +Z. */
type BoneRow = readonly [string, string, Vector3, Vector3];
/** Which way a program lays bones' axes. */
type Axes = "y-along" | "x-along" | "world";

function rigOf(name: string, rows: readonly BoneRow[], axes: Axes): Rig {
  const names = rows.map(([bone]) => bone);
  const axesOf = (head: Vector3, tail: Vector3): Rotation => {
    if (axes === "world") return IDENTITY;
    const along = unit(subtract(tail, head));
    const side = unit(cross(along, Math.abs(along[2]) > 0.9 ? [0, 1, 0] : [0, 0, 1]));
    // A roll of 30° about the bone, as rigs have it in all ways.
    const roll = aboutAxis(along, Math.PI / 6);
    const turn =
      axes === "y-along" ? fromAxes(side, along, cross(side, along)) : fromAxes(along, side, cross(along, side));
    return compose(roll, turn);
  };
  return {
    name,
    bones: rows.map(([bone, parent, head, tail]) => ({
      name: bone,
      parent: names.indexOf(parent),
      head: [...head],
      tail: [...tail],
      rotation: [...axesOf(head, tail)],
    })),
  };
}

/** Measures of a figure, metres. */
interface Figure {
  thigh: number;
  shin: number;
  ankle: number;
  hipWidth: number;
  spine: number;
  shoulderWidth: number;
  arm: number;
  forearm: number;
  /** How far the arms hang at rest: 0 = T-pose. */
  armDegrees: number;
}

/** Places of a figure's joints at rest; left at +X. */
function placesOf(figure: Figure) {
  const hip = figure.thigh + figure.shin + figure.ankle;
  const chest = hip + 0.06 + figure.spine;
  const lean = (figure.armDegrees * Math.PI) / 180;
  const out: Vector3 = [Math.cos(lean), -Math.sin(lean), 0.05];
  const along = (from: Vector3, distance: number): Vector3 =>
    add(from, unit(out).map((part) => part * distance) as unknown as Vector3);
  const shoulder: Vector3 = [figure.shoulderWidth, chest - 0.04, -0.01];
  const elbow = along(shoulder, figure.arm);
  const wrist = along(elbow, figure.forearm);
  return {
    pelvis: [0, hip + 0.06, 0] as Vector3,
    spine: (share: number): Vector3 => [0, hip + 0.06 + figure.spine * share, -0.02 * Math.sin(Math.PI * share)],
    neck: [0, chest + 0.02, 0] as Vector3,
    head: [0, chest + 0.12, 0.01] as Vector3,
    top: [0, chest + 0.34, 0.01] as Vector3,
    collar: [0.03, chest - 0.03, 0] as Vector3,
    shoulder,
    elbow,
    wrist,
    fingers: along(wrist, 0.18),
    hip: [figure.hipWidth, hip, 0] as Vector3,
    knee: [figure.hipWidth, figure.shin + figure.ankle, 0.015] as Vector3,
    ankle: [figure.hipWidth, figure.ankle, 0] as Vector3,
    ball: [figure.hipWidth, 0.02, figure.ankle * 1.6] as Vector3,
    toe: [figure.hipWidth, 0.02, figure.ankle * 1.6 + 0.07] as Vector3,
  };
}

function mirrored([x, y, z]: Vector3): Vector3 {
  return [-x, y, z];
}

type LimbNames = Record<"collar" | "shoulder" | "elbow" | "wrist" | "hip" | "knee" | "ankle" | "foot", string>;
interface Names {
  root?: string;
  pelvis: string;
  spine: readonly string[];
  neck: readonly string[];
  head: string;
  limb: (side: "left" | "right") => LimbNames;
  without?: readonly (keyof LimbNames)[];
}

/** A figure with bones for the joints, an unmapped finger, a helper on each thigh and a tail. */
function figureRig(name: string, figure: Figure, names: Names, axes: Axes): Rig {
  const at = placesOf(figure);
  const rows: BoneRow[] = [];
  if (names.root !== undefined) rows.push([names.root, "", [0, 0, 0], [0, 0, 0.2]]);
  rows.push([names.pelvis, names.root ?? "", at.pelvis, at.spine(0.2)]);
  const spine = names.spine;
  spine.forEach((bone, index) => {
    rows.push([
      bone,
      spine[index - 1] ?? names.pelvis,
      at.spine(index / spine.length + 0.05),
      at.spine((index + 1) / spine.length),
    ]);
  });
  const chest = spine.at(-1) ?? names.pelvis;
  names.neck.forEach((bone, index) => {
    const step = (at.head[1] - at.neck[1]) / names.neck.length;
    const head = add(at.neck, [0, step * index, 0]);
    rows.push([bone, names.neck[index - 1] ?? chest, head, add(head, [0, step, 0])]);
  });
  rows.push([names.head, names.neck.at(-1) ?? chest, at.head, at.top]);
  rows.push(["tail_of_coat", names.pelvis, at.pelvis, add(at.pelvis, [0, -0.1, -0.2])]);
  for (const side of ["left", "right"] as const) {
    const limb = names.limb(side);
    const on = (point: Vector3) => (side === "left" ? point : mirrored(point));
    const has = (part: keyof LimbNames) => !(names.without ?? []).includes(part);
    if (has("collar")) rows.push([limb.collar, chest, on(at.collar), on(at.shoulder)]);
    rows.push([limb.shoulder, has("collar") ? limb.collar : chest, on(at.shoulder), on(at.elbow)]);
    rows.push([limb.elbow, limb.shoulder, on(at.elbow), on(at.wrist)]);
    rows.push([limb.wrist, limb.elbow, on(at.wrist), on(at.fingers)]);
    rows.push([`finger_${side}`, limb.wrist, on(at.fingers), on(add(at.fingers, [0.03, 0, 0]))]);
    rows.push([limb.hip, names.pelvis, on(at.hip), on(at.knee)]);
    rows.push([`thigh_twist_helper_${side}`, limb.hip, on(at.hip), on(at.knee)]);
    rows.push([limb.knee, limb.hip, on(at.knee), on(at.ankle)]);
    rows.push([limb.ankle, limb.knee, on(at.ankle), on(at.ball)]);
    if (has("foot")) rows.push([limb.foot, limb.ankle, on(at.ball), on(at.toe)]);
  }
  return rigOf(name, rows, axes);
}

const ADULT: Figure = {
  thigh: 0.44,
  shin: 0.43,
  ankle: 0.09,
  hipWidth: 0.095,
  spine: 0.42,
  shoulderWidth: 0.17,
  arm: 0.29,
  forearm: 0.26,
  armDegrees: 0,
};

function cased(side: "left" | "right"): string {
  return side === "left" ? "Left" : "Right";
}

/** A Mixamo figure in T-pose: names with a prefix that files give in three ways. */
export function mixamoRig(prefix = "mixamorig:"): Rig {
  const name = (bone: string) => `${prefix}${bone}`;
  return figureRig(
    "Mixamo",
    ADULT,
    {
      pelvis: name("Hips"),
      spine: ["Spine", "Spine1", "Spine2"].map(name),
      neck: [name("Neck")],
      head: name("Head"),
      limb: (side) => ({
        collar: name(`${cased(side)}Shoulder`),
        shoulder: name(`${cased(side)}Arm`),
        elbow: name(`${cased(side)}ForeArm`),
        wrist: name(`${cased(side)}Hand`),
        hip: name(`${cased(side)}UpLeg`),
        knee: name(`${cased(side)}Leg`),
        ankle: name(`${cased(side)}Foot`),
        foot: name(`${cased(side)}ToeBase`),
      }),
    },
    "y-along",
  );
}

/** An Unreal mannequin: arms 48° down, five bones of the spine, two of the neck, x along the bones, a root bone. */
export function unrealRig(): Rig {
  return figureRig(
    "SK_Mannequin",
    { ...ADULT, armDegrees: 48, thigh: 0.46, shin: 0.41 },
    {
      root: "root",
      pelvis: "pelvis",
      spine: ["spine_01", "spine_02", "spine_03", "spine_04", "spine_05"],
      neck: ["neck_01", "neck_02"],
      head: "head",
      limb: (side) => {
        const s = side === "left" ? "l" : "r";
        return {
          collar: `clavicle_${s}`,
          shoulder: `upperarm_${s}`,
          elbow: `lowerarm_${s}`,
          wrist: `hand_${s}`,
          hip: `thigh_${s}`,
          knee: `calf_${s}`,
          ankle: `foot_${s}`,
          foot: `ball_${s}`,
        };
      },
    },
    "x-along",
  );
}

/** A VRoid figure: bones have the world's axes. */
export function vrmRig(): Rig {
  return figureRig(
    "VRM",
    { ...ADULT, thigh: 0.4, shin: 0.42, shoulderWidth: 0.13, hipWidth: 0.08 },
    {
      root: "Root",
      pelvis: "J_Bip_C_Hips",
      spine: ["J_Bip_C_Spine", "J_Bip_C_Chest", "J_Bip_C_UpperChest"],
      neck: ["J_Bip_C_Neck"],
      head: "J_Bip_C_Head",
      limb: (side) => {
        const s = side === "left" ? "L" : "R";
        return {
          collar: `J_Bip_${s}_Shoulder`,
          shoulder: `J_Bip_${s}_UpperArm`,
          elbow: `J_Bip_${s}_LowerArm`,
          wrist: `J_Bip_${s}_Hand`,
          hip: `J_Bip_${s}_UpperLeg`,
          knee: `J_Bip_${s}_LowerLeg`,
          ankle: `J_Bip_${s}_Foot`,
          foot: `J_Bip_${s}_ToeBase`,
        };
      },
    },
    "world",
  );
}

/** A cartoon figure of 0.9 m: legs of 19 cm under wide hips, one bone for the spine, no collars, no toes; told by words in its names. */
export function cartoonRig(): Rig {
  return figureRig(
    "Cartoon",
    {
      thigh: 0.1,
      shin: 0.09,
      ankle: 0.05,
      hipWidth: 0.11,
      spine: 0.3,
      shoulderWidth: 0.16,
      arm: 0.16,
      forearm: 0.14,
      armDegrees: 20,
    },
    {
      pelvis: "Hips_Main",
      spine: ["Body Spine"],
      neck: ["neck"],
      head: "head",
      limb: (side) => {
        const s = side === "left" ? "L" : "R";
        return {
          collar: "",
          shoulder: `Arm_${s}`,
          elbow: `ForeArm_${s}`,
          wrist: `Hand_${s}`,
          hip: `Leg_${s}`,
          knee: `Knee_${s}`,
          ankle: `Foot_${s}`,
          foot: "",
        };
      },
      without: ["collar", "foot"],
    },
    "y-along",
  );
}

/** The 22 joints as a rig; axes of the world, so that its curves are the motion itself. */
export function ownRig(): Rig {
  const heads: Vector3[] = [];
  for (const joint of JOINTS.keys()) {
    heads.push(add(heads[PARENTS[joint] ?? -1] ?? [0, 0, 0], vectorAt(OFFSETS, joint * 3)));
  }
  const lift = (STANDING_HEIGHTS[0] ?? 0) - (heads[7]?.[1] ?? 0);
  return {
    name: "own",
    bones: JOINTS.map((name, joint) => {
      const head = add(heads[joint] ?? [0, 0, 0], [0, lift, 0]);
      return {
        name,
        parent: PARENTS[joint] ?? -1,
        head: [...head],
        tail: [...add(head, [0, 0.05, 0])],
        rotation: [0, 0, 0, 1],
      };
    }),
  };
}

/** The rig under names that tell nothing. */
export function namelessRig(rig: Rig): Rig {
  return {
    ...rig,
    bones: rig.bones.map((bone, index) => ({ ...bone, name: `Bone.${String(index).padStart(3, "0")}` })),
  };
}
