import type { MotionDiffusionConfig } from "../models/motion-diffusion-config.ts";
import { GROUPS } from "../motion/features.ts";
import { frameCount, type Motion } from "../motion/motion.ts";
import type { MotionTargets } from "../motion/motion-targets.ts";
import { ORIGIN, type Placement, placeMotion } from "../motion/place-motion.ts";
import { aboutY, multiply, yawOf } from "../motion/quaternion.ts";
import { JOINT_COUNT, JOINTS } from "../motion/skeleton.ts";
import type { MotionRows } from "./motion-rows.ts";

const STRIDE = JOINT_COUNT * 4;

/** A group of features that the graph can be told. */
type MotionCondition = MotionDiffusionConfig["conditions"][number];

/** Known features of a window and which of them count. */
export interface WindowConditions {
  /** Normalised, [window_frames, width]. */
  readonly observed: Float32Array;
  /** [window_frames, conditions] of 0 and 1. */
  readonly given: Float32Array;
}

/** What {@link windowConditions} works on. */
export interface ConditionOptions {
  readonly rows: MotionRows;
  readonly conditions: readonly MotionCondition[];
  readonly window_frames: number;
  /** What came before and has to stay, in the world. */
  readonly context: Motion | undefined;
  /** First frame of the window, as the targets count. */
  readonly first: number;
  /** Frames of the window. */
  readonly frames: number;
  /** Where the window's rows start in the world. */
  readonly placement: Placement;
  readonly targets: MotionTargets;
  /** A motion of the window's frames in the world that is to be varied; it has met the targets already. */
  readonly draft: Motion | undefined;
}

/** Gives what the denoiser is told of a window: the frames before it, path, heading and key poses. */
export function windowConditions(options: ConditionOptions): WindowConditions {
  const { rows, conditions, window_frames, context, first, frames, placement, targets, draft } = options;
  const observed = new Float32Array(window_frames * rows.width);
  const given = new Float32Array(window_frames * conditions.length);
  if (rows.encode === undefined || conditions.length === 0) return { observed, given };
  const world = blankMotion(frames, draft);
  const told = new Map<MotionCondition, Set<number>>(conditions.map((name) => [name, new Set<number>()]));
  const tell = (name: MotionCondition, frame: number) => told.get(name)?.add(frame);
  const known = context === undefined ? 0 : frameCount(context);
  for (let row = known; row < frames; row++) {
    const at = first + row;
    const x = targets.path?.[at * 2];
    const z = targets.path?.[at * 2 + 1];
    if (x !== undefined && z !== undefined) {
      if (draft === undefined) {
        world.root[row * 3] = x;
        world.root[row * 3 + 2] = z;
      }
      tell("path", row);
    }
    const heading = targets.heading?.[at] ?? Number.NaN;
    if (draft !== undefined) {
      // The way and the look of a draft are kept: they are what the words or the path ask for.
      tell("path", row);
      tell("heading", row);
    } else if (!Number.isNaN(heading)) {
      turnPelvis(world.rotations, row, heading);
      tell("heading", row);
    }
  }
  for (const { frame, pose } of draft === undefined ? targets.keys : []) {
    const row = frame - first;
    if (row < known || row >= frames) continue;
    if (pose.root !== undefined) {
      world.root.set(pose.root, row * 3);
      tell("path", row);
      tell("height", row);
    }
    const said = JOINTS.filter((name) => pose.rotations[name] !== undefined).length;
    if (said < JOINT_COUNT) continue;
    for (const [joint, name] of JOINTS.entries()) {
      const turn = pose.rotations[name];
      if (turn !== undefined) world.rotations.set(turn, row * STRIDE + joint * 4);
    }
    tell("pose", row);
    if (pose.rotations.pelvis !== undefined) tell("heading", row);
  }
  if (context !== undefined) {
    world.root.set(context.root);
    world.rotations.set(context.rotations);
    for (const frames of told.values()) for (let row = 0; row < known; row++) frames.add(row);
  }
  const encoded = rows.encode(placeMotion(world, placement, ORIGIN));
  for (const [index, name] of conditions.entries()) {
    const [start, end] = GROUPS[name];
    for (const row of told.get(name) ?? []) {
      given[row * conditions.length + index] = 1;
      const at = row * rows.width;
      observed.set(encoded.subarray(at + start, at + end), at + start);
    }
  }
  return { observed, given };
}

function blankMotion(frames: number, draft: Motion | undefined): Motion {
  if (draft !== undefined) return { ...draft, root: draft.root.slice(), rotations: draft.rotations.slice() };
  const rotations = new Float32Array(frames * STRIDE);
  for (let i = 3; i < rotations.length; i += 4) rotations[i] = 1;
  return { fps: 20, root: new Float32Array(frames * 3), rotations };
}

/** Turns the pelvis of a frame about +Y so that it looks to `yaw`. */
function turnPelvis(rotations: Float32Array, frame: number, yaw: number): void {
  const turn = new Float64Array(4);
  aboutY(turn, 0, yaw - yawOf(rotations, frame * STRIDE));
  multiply(rotations, frame * STRIDE, turn, 0, rotations, frame * STRIDE);
}

/** Gives where a motion starts that its targets say something of. */
export function startPlacement(targets: MotionTargets): Placement {
  const [first] = targets.keys;
  const key = first !== undefined && first.frame === 0 ? first.pose : undefined;
  const heading = targets.heading?.[0] ?? Number.NaN;
  const turn = key?.rotations.pelvis;
  return {
    x: key?.root?.[0] ?? targets.path?.[0] ?? 0,
    z: key?.root?.[2] ?? targets.path?.[1] ?? 0,
    yaw: turn !== undefined ? yawOf(turn, 0) : Number.isNaN(heading) ? 0 : heading,
  };
}
