import { describe, expect, it } from "vitest";
import { forwardKinematics } from "../../../core/src/motion/forward-kinematics.ts";
import { frameCount, type Motion } from "../../../core/src/motion/motion.ts";
import { retargetMotion } from "../../../core/src/motion/rig/retarget-motion.ts";
import type { RigMotion } from "../../../core/src/motion/rig/rig-motion.ts";
import { JOINTS } from "../../../core/src/motion/skeleton.ts";
import type { Joint, Rig } from "../../../core/src/protocol/motion.ts";
import { playRig } from "./play-rig.ts";
import { cartoonRig, mixamoRig, motionFixture, namelessRig, ownRig, rigFixture, unrealRig, vrmRig } from "./rigs.ts";

const RIGS: Record<string, () => Rig> = {
  "Rigify's metarig": () => rigFixture("rigify-metarig"),
  "a rig that Rigify generated": () => rigFixture("rigify-generated"),
  "a Mixamo figure": mixamoRig,
  "an Unreal mannequin": unrealRig,
  "a VRoid figure": vrmRig,
  "a cartoon with short legs": cartoonRig,
  "a figure whose names tell nothing": () => namelessRig(rigFixture("rigify-metarig")),
};
const MOTIONS = ["walk", "run", "squat", "jump", "sit", "wave"];
const FEET: readonly Joint[] = ["left_ankle", "right_ankle", "left_foot", "right_foot"];

/** Farthest that any foot gets from where it began to bear weight, metres. */
function slide(rig: Rig, moved: RigMotion, { contacts = new Uint8Array() }: Motion): number {
  const played = playRig(rig, moved);
  let farthest = 0;
  FEET.forEach((joint, foot) => {
    const bone = moved.map[joint];
    let start: readonly number[] | undefined;
    for (let frame = 0; bone !== undefined && frame < moved.frames; frame++) {
      if (contacts[frame * 4 + foot] === 0) {
        start = undefined;
        continue;
      }
      const place = played[frame]?.head(bone) ?? [];
      start ??= place;
      farthest = Math.max(farthest, Math.hypot(...place.map((value, axis) => value - (start?.[axis] ?? 0))));
    }
  });
  return farthest;
}

/** Largest turn of any bone from one frame to the next, degrees. */
function largestTurn(moved: RigMotion): number {
  const turns = moved.curves.flatMap(({ channel, values }) =>
    channel === "location"
      ? []
      : values.slice(1).map((value, index) => {
          const product = value.reduce((sum, part, axis) => sum + part * (values[index]?.[axis] ?? 0), 0);
          return (2 * Math.acos(Math.min(1, Math.abs(product))) * 180) / Math.PI;
        }),
  );
  return Math.max(...turns);
}

describe.each(Object.entries(RIGS))("on %s", (_, make) => {
  const rig = make();

  it.each(MOTIONS)("%s keeps feet that bear weight within 1 cm, flips no joint and stays above the ground", (name) => {
    const motion = motionFixture(name);
    const moved = retargetMotion(motion, rig);
    expect(moved.frames).toBe(frameCount(motion));
    expect(moved.fps).toBe(motion.fps);
    for (const { values } of moved.curves) expect(values).toHaveLength(moved.frames);
    expect(slide(rig, moved, motion)).toBeLessThan(0.01);
    expect(largestTurn(moved)).toBeLessThan(90);
    expect(moved.notes.filter((note) => note.includes("farther away"))).toEqual([]);
    const played = playRig(rig, moved);
    for (const joint of ["left_foot", "right_foot"] as const) {
      const bone = moved.map[joint];
      const rest = rig.bones.find(({ name: candidate }) => candidate === bone)?.head[1] ?? 0;
      const lowest = Math.min(...played.map((frame) => (bone === undefined ? rest : frame.head(bone)[1])));
      expect(lowest - rest).toBeGreaterThan(-0.0101);
    }
  });

  it.each(MOTIONS)("%s with simplified keys keeps feet that bear weight within 1 cm", (name) => {
    const motion = motionFixture(name);
    const moved = retargetMotion(motion, rig, { keyframes: "simplified" });
    expect(moved.curves.every(({ frames }) => frames !== undefined)).toBe(true);
    expect(slide(rig, moved, motion)).toBeLessThan(0.01);
  });

  it("a motion whose feet slide half a metre a second has them locked", () => {
    const motion = motionFixture("walk");
    const root = motion.root.map((value, index) =>
      index % 3 === 0 ? value + (index / 3) * (0.5 / motion.fps) : value,
    );
    const moved = retargetMotion({ ...motion, root }, rig);
    expect(slide(rig, retargetMotion({ ...motion, root }, rig, { foot_lock: false }), motion)).toBeGreaterThan(
      0.05 * moved.scale,
    );
    expect(slide(rig, moved, motion)).toBeLessThan(0.01);
  });

  it("bones that no joint maps to stay at rest", () => {
    const moved = retargetMotion(motionFixture("run"), rig);
    const mapped = new Set(Object.values(moved.map));
    const turning = new Set(moved.curves.map(({ bone }) => bone));
    for (const bone of ["finger_left", "thigh_twist_helper_left", "tail_of_coat", "heel.02.L", "f_index.01.L"]) {
      expect(turning.has(bone)).toBe(false);
    }
    // Beside the mapped ones, only bones between two of the spine's or the neck's share their turns.
    expect(turning.size - mapped.size).toBeLessThanOrEqual(4);
    expect(new Set(moved.curves.filter(({ channel }) => channel === "location").map(({ bone }) => bone))).toEqual(
      new Set([moved.map.pelvis]),
    );
  });

  it("limbs point where the motion's do, whatever pose the rig rests in", () => {
    const motion = motionFixture("wave");
    const moved = retargetMotion(motion, rig, { foot_lock: false });
    const played = playRig(rig, moved);
    const { positions } = forwardKinematics(motion);
    for (const [from, to] of [
      ["left_shoulder", "left_elbow"],
      ["right_shoulder", "right_elbow"],
      ["right_elbow", "right_wrist"],
    ] as const) {
      const [bone, next] = [moved.map[from] ?? "", moved.map[to] ?? ""];
      for (let frame = 0; frame < moved.frames; frame += 7) {
        const way = difference(played[frame]?.head(next) ?? [], played[frame]?.head(bone) ?? []);
        const at = (joint: Joint) => {
          const start = (frame * 22 + JOINTS.indexOf(joint)) * 3;
          return [...positions.slice(start, start + 3)];
        };
        expect(angleDegrees(way, difference(at(to), at(from)))).toBeLessThan(0.1);
      }
    }
  });

  it("simplified keys are fewer and stay within the bound in every frame", () => {
    const motion = motionFixture("squat");
    const every = retargetMotion(motion, rig, { foot_lock: false });
    const few = retargetMotion(motion, rig, { foot_lock: false, keyframes: "simplified", key_error_degrees: 1 });
    const keys = (moved: RigMotion) => moved.curves.reduce((sum, { values }) => sum + values.length, 0);
    expect(keys(few)).toBeLessThan(0.5 * keys(every));
    for (const curve of few.curves) {
      const full = every.curves.find(({ bone, channel }) => bone === curve.bone && channel === curve.channel);
      const away = (full?.values ?? []).map((truth, frame) =>
        Math.hypot(...difference(interpolated(curve.frames ?? [], curve.values, frame), truth)),
      );
      // Half the angle between two turns is twice the arc sine of half their distance.
      const worst = Math.max(...away);
      if (curve.channel === "location") expect(worst).toBeLessThan(0.00401);
      else expect((4 * Math.asin(worst / 2) * 180) / Math.PI).toBeLessThan(1.001);
    }
  });
});

it("our own skeleton gets its motion back", () => {
  for (const name of MOTIONS) {
    const motion = motionFixture(name);
    const moved = retargetMotion(motion, ownRig(), { foot_lock: false });
    const [location, ...rotations] = moved.curves;
    expect(moved.scale).toBeCloseTo(1, 6);
    const rest = ownRig().bones[0]?.head ?? [];
    for (let frame = 0; frame < moved.frames; frame++) {
      location?.values[frame]?.forEach((value, axis) => {
        expect(Math.abs(value + (rest[axis] ?? 0) - (motion.root[frame * 3 + axis] ?? 0))).toBeLessThan(1e-4);
      });
      for (const curve of rotations) {
        const start = (frame * 22 + JOINTS.indexOf(curve.bone as Joint)) * 4;
        const product = curve.values[frame]?.reduce(
          (sum, part, axis) => sum + part * (motion.rotations[start + axis] ?? 0),
          0,
        );
        expect(Math.abs(product ?? 0)).toBeGreaterThan(1 - 2e-6);
      }
    }
  }
});

it("a root bone carries the way over the ground, and the hips what is left", () => {
  const rig: Rig = { ...unrealRig(), root_bone: "root" };
  const motion = motionFixture("walk");
  const [moved, without] = [retargetMotion(motion, rig), retargetMotion(motion, unrealRig())];
  expect(moved.root_bone).toBe("root");
  const [withRoot, plain] = [playRig(rig, moved), playRig(rig, without)];
  for (let frame = 0; frame < moved.frames; frame += 5) {
    const root = withRoot[frame]?.head("root") ?? [];
    expect(root[0]).toBeCloseTo((motion.root[frame * 3] ?? 0) * moved.scale, 5);
    expect(root[1]).toBeCloseTo(0, 6);
    for (const bone of ["pelvis", "head", "foot_l", "hand_r"]) {
      difference(withRoot[frame]?.head(bone) ?? [], plain[frame]?.head(bone) ?? []).forEach((away) => {
        expect(Math.abs(away)).toBeLessThan(1e-6);
      });
    }
  }
});

it("hands twisted far let the forearm turn along, without a jump where they turn right round", () => {
  const frames = 60;
  const motion: Motion = {
    fps: 20,
    root: Float32Array.from({ length: frames * 3 }, (_, index) => (index % 3 === 1 ? 0.989 : 0)),
    rotations: Float32Array.from({ length: frames * 88 }, (_, index) => (index % 4 === 3 ? 1 : 0)),
    contacts: new Uint8Array(frames * 4),
  };
  for (let frame = 0; frame < frames; frame++) {
    // From −120° to 220° about the forearm.
    const half = ((-120 + (340 * frame) / (frames - 1)) * Math.PI) / 360;
    motion.rotations[(frame * 22 + 20) * 4] = Math.sin(half);
    motion.rotations[(frame * 22 + 20) * 4 + 3] = Math.cos(half);
  }
  const moved = retargetMotion(motion, mixamoRig());
  expect(largestTurn(moved)).toBeLessThan(10);
  const hand = moved.curves.find(({ bone }) => bone === "mixamorig:LeftHand");
  const twists = hand?.values.map((value) => (2 * Math.acos(Math.min(1, Math.abs(value[3] ?? 0))) * 180) / Math.PI);
  expect(Math.max(...(twists ?? []))).toBeLessThan(80.1);
});

function difference(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, index) => value - (b[index] ?? 0));
}

function angleDegrees(a: readonly number[], b: readonly number[]): number {
  const product = a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  return (Math.acos(Math.max(-1, Math.min(1, product / Math.hypot(...a) / Math.hypot(...b)))) * 180) / Math.PI;
}

function interpolated(frames: readonly number[], values: readonly (readonly number[])[], frame: number): number[] {
  const next = Math.max(
    0,
    frames.findIndex((key) => key >= frame),
  );
  if (frames.length === 1 || frames[next] === frame) return [...(values[next] ?? [])];
  const share = (frame - (frames[next - 1] ?? 0)) / ((frames[next] ?? 0) - (frames[next - 1] ?? 0));
  const mixed = (values[next] ?? []).map(
    (value, axis) => (values[next - 1]?.[axis] ?? 0) * (1 - share) + value * share,
  );
  const size = mixed.length === 4 ? Math.hypot(...mixed) : 1;
  return mixed.map((part) => part / size);
}
