import { multiply, rotate } from "../../core/src/motion/quaternion.ts";

/** A motion as the page plays it. */
export interface PlayedMotion {
  fps: number;
  frames: number;
  /** Parent of each joint; -1 = none. */
  parents: readonly number[];
  names: readonly string[];
  /** Joints in the world, [frames, joints, 3], metres, +Y up. */
  positions: Float32Array;
  /** Whether a foot bears weight, [frames, contacts], in the order of `feet`; empty = not known. */
  contacts: readonly (readonly number[])[];
  /** Joints that the contacts are of. */
  feet: readonly number[];
  segments: readonly { prompt: string; start_frame: number; end_frame: number }[];
}

/** The parts of a motion file that are read here; the core wrote it and checks it when it takes it back. */
interface MotionFile {
  format: string;
  fps: number;
  frames: number;
  skeleton: { names: string[]; parents: number[]; offsets: number[][] };
  root: number[][];
  rotations: number[][];
  contacts?: number[][];
  segments: PlayedMotion["segments"];
}

/** Joints of Motion.contacts, in their order. */
const FEET = ["left_ankle", "right_ankle", "left_foot", "right_foot"];

/** Reads a motion file of the core; where its joints are in the world comes by forward kinematics. @throws Error if it is none */
export function readMotion(text: string): PlayedMotion {
  const file: MotionFile = JSON.parse(text);
  if (file.format !== "genga.motion.v1")
    throw new Error(`The file is no motion of Genga: its format is ${file.format}.`);
  const { names, parents } = file.skeleton;
  const offsets = file.skeleton.offsets.flat();
  const joints = names.length;
  const positions = new Float32Array(file.frames * joints * 3);
  const world = new Float32Array(joints * 4);
  for (let frame = 0; frame < file.frames; frame++) {
    const local = file.rotations[frame] ?? [];
    const start = frame * joints * 3;
    positions.set(file.root[frame] ?? [], start);
    world.set(local.slice(0, 4));
    for (let joint = 1; joint < joints; joint++) {
      const parent = parents[joint] ?? 0;
      const to = start + joint * 3;
      multiply(world, joint * 4, world, parent * 4, local, joint * 4);
      rotate(positions, to, world, parent * 4, offsets, joint * 3);
      for (let axis = 0; axis < 3; axis++) {
        positions[to + axis] = (positions[to + axis] ?? 0) + (positions[start + parent * 3 + axis] ?? 0);
      }
    }
  }
  return {
    fps: file.fps,
    frames: file.frames,
    names,
    parents,
    positions,
    contacts: file.contacts ?? [],
    feet: FEET.map((name) => names.indexOf(name)),
    segments: file.segments,
  };
}
