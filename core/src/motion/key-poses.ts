import type { KeyPose } from "../protocol/motion.ts";
import { wrapAngle } from "./angles.ts";
import { ease } from "./join-motions.ts";
import { LIMBS, type Limb, LimbSolver } from "./limb-solver.ts";
import { frameCount, type Motion } from "./motion.ts";
import {
  aboutY,
  makeContinuous,
  multiply,
  multiplyInverse,
  normalize,
  slerp,
  turnBetween,
  yawOf,
} from "./quaternion.ts";
import { JOINT_COUNT, JOINTS, PARENTS } from "./skeleton.ts";

const STRIDE = JOINT_COUNT * 4;
/** Seconds before and after a key in which the pose goes over into it. */
const POSE_S = 0.5;
/** Seconds before and after a key in which the pelvis' height and look go over into it. */
const PELVIS_S = 0.8;

/** A key pose and the frame that it is hit at. */
export interface TimedKeyPose {
  readonly frame: number;
  readonly pose: KeyPose;
}

/** The whole pose of a key, what it does not say taken from the motion. */
interface Target {
  readonly frame: number;
  /** Whether the way over the ground is told. */
  readonly placed: boolean;
  readonly root: Float32Array;
  /** [22, 4], the pelvis in the world. */
  readonly rotations: Float32Array;
}

/**
 * Gives the motion with every key pose hit exactly at its frame.
 *
 * What differs at a key is spread over the time around it: turns over half a second, height and look of the pelvis over a little more,
 * the way over the ground over all the time between two keys that tell it (before the first and after the last the whole way is moved).
 */
export function meetKeyPoses(motion: Motion, keys: readonly TimedKeyPose[]): Motion {
  if (keys.length === 0) return motion;
  const met = { ...motion, root: motion.root.slice(), rotations: motion.rotations.slice() };
  const sorted = [...keys].sort((a, b) => a.frame - b.frame);
  moveGround(
    met,
    sorted.map((key) => targetOf(met, key)),
  );
  // Once more, since the pose of a key that tells hands or feet depends on where the pelvis is.
  const targets = sorted.map((key) => targetOf(met, key));
  movePelvis(met, targets);
  turnJoints(met, targets);
  makeContinuous(met.rotations, JOINT_COUNT);
  return met;
}

/** Gives the pose of a key: the motion's own, joints turned as told, then limbs brought to their places. */
function targetOf(motion: Motion, { frame, pose }: TimedKeyPose): Target {
  const root = motion.root.slice(frame * 3, frame * 3 + 3);
  const rotations = motion.rotations.slice(frame * STRIDE, (frame + 1) * STRIDE);
  const pelvis = pose.root ?? pose.positions.pelvis;
  if (pelvis !== undefined) root.set(pelvis);
  for (const [joint, name] of JOINTS.entries()) {
    const turn = pose.rotations[name];
    if (turn === undefined) continue;
    rotations.set(turn, joint * 4);
    normalize(rotations, joint * 4);
  }
  reachPositions({ root, rotations }, pose, pelvis !== undefined);
  return { frame, placed: pelvis !== undefined || Object.keys(pose.positions).length > 0, root, rotations };
}

/** Limbs whose end is brought to a place by two bones. */
const ENDS: Partial<Record<(typeof JOINTS)[number], Limb>> = {
  left_ankle: LIMBS.left_leg,
  right_ankle: LIMBS.right_leg,
  left_wrist: LIMBS.left_arm,
  right_wrist: LIMBS.right_arm,
};
/** A limb out of reach draws the pelvis after it, if that is free. */
const DRAWS = 12;
const CHAIN_ROUNDS = 24;

function reachPositions(pose: { root: Float32Array; rotations: Float32Array }, key: KeyPose, rootTold: boolean): void {
  const told = JOINTS.flatMap((name, joint) => {
    const place = name === "pelvis" ? undefined : key.positions[name];
    return place === undefined ? [] : [{ name, joint, place }];
  });
  if (told.length === 0) return;
  const solver = new LimbSolver();
  for (let round = 0; round < DRAWS; round++) {
    solver.pose(pose, 0);
    for (const { name, joint, place } of told) {
      const limb = ENDS[name];
      if (limb !== undefined) solver.solve(pose, 0, limb, ...place);
      else reachByChain(pose, joint, place, solver);
    }
    const missing = [0, 1, 2].map(
      (k) =>
        told.reduce((sum, { joint, place }) => sum + (place[k] ?? 0) - (solver.positions[joint * 3 + k] ?? 0), 0) /
        told.length,
    );
    if (rootTold || Math.hypot(...missing) < 1e-4) return;
    for (let k = 0; k < 3; k++) pose.root[k] = (pose.root[k] ?? 0) + (missing[k] ?? 0);
  }
}

/** Brings any other joint to a place by turning those above it one by one (cyclic coordinate descent), the pelvis left as it is. */
function reachByChain(
  pose: { root: Float32Array; rotations: Float32Array },
  joint: number,
  place: readonly [number, number, number],
  solver: LimbSolver,
): void {
  const chain: number[] = [];
  for (let at = PARENTS[joint] ?? -1; at > 0; at = PARENTS[at] ?? -1) chain.push(at);
  const turn = new Float64Array(4);
  const own = new Float64Array(4);
  for (let round = 0; round < CHAIN_ROUNDS; round++) {
    for (const link of chain) {
      const p = solver.positions;
      const [x, y, z] = [p[link * 3] ?? 0, p[link * 3 + 1] ?? 0, p[link * 3 + 2] ?? 0];
      turnBetween(
        turn,
        0,
        (p[joint * 3] ?? 0) - x,
        (p[joint * 3 + 1] ?? 0) - y,
        (p[joint * 3 + 2] ?? 0) - z,
        place[0] - x,
        place[1] - y,
        place[2] - z,
      );
      multiply(own, 0, turn, 0, solver.world, link * 4);
      multiplyInverse(pose.rotations, link * 4, solver.world, (PARENTS[link] ?? 0) * 4, own, 0);
      solver.pose(pose, 0);
    }
  }
}

/** Moves the way over the ground: the difference at each placed key, straight and eased from key to key. */
function moveGround(motion: Motion, targets: readonly Target[]): void {
  const placed = targets.filter((target) => target.placed);
  if (placed.length === 0) return;
  const differences = placed.map(({ frame, root }) =>
    [0, 2].map((k) => (root[k] ?? 0) - (motion.root[frame * 3 + k] ?? 0)),
  );
  const frames = frameCount(motion);
  for (let frame = 0; frame < frames; frame++) {
    const next = placed.findIndex((target) => target.frame >= frame);
    const after = next < 0 ? placed.length - 1 : next;
    const before = next < 0 ? after : Math.max(0, next - 1);
    const span = (placed[after]?.frame ?? 0) - (placed[before]?.frame ?? 0);
    const share = span > 0 ? ease((frame - (placed[before]?.frame ?? 0)) / span) : 0;
    for (const [i, k] of [0, 2].entries()) {
      const a = differences[before]?.[i] ?? 0;
      const b = differences[after]?.[i] ?? 0;
      motion.root[frame * 3 + k] = (motion.root[frame * 3 + k] ?? 0) + a + (b - a) * share;
    }
  }
}

/** Gives how much a key counts at a frame: 1 at its own, 0 from `reach` frames off and at its neighbours. */
function weightOf(targets: readonly Target[], index: number, frame: number, reach: number): number {
  const own = targets[index]?.frame ?? 0;
  if (frame === own) return 1;
  const neighbour = targets[frame < own ? index - 1 : index + 1]?.frame;
  const room = neighbour === undefined ? reach : Math.min(reach, Math.abs(neighbour - own));
  return room <= 0 ? 0 : ease(1 - Math.abs(frame - own) / room);
}

/** Brings height and look of the pelvis to the keys. */
function movePelvis(motion: Motion, targets: readonly Target[]): void {
  const frames = frameCount(motion);
  const reach = PELVIS_S * motion.fps;
  const heights = targets.map(({ frame, root }) => (root[1] ?? 0) - (motion.root[frame * 3 + 1] ?? 0));
  const looks = targets.map(({ frame, rotations }) =>
    wrapAngle(yawOf(rotations, 0) - yawOf(motion.rotations, frame * STRIDE)),
  );
  const turn = new Float64Array(4);
  for (let frame = 0; frame < frames; frame++) {
    let [height, look] = [0, 0];
    for (const index of targets.keys()) {
      const weight = weightOf(targets, index, frame, reach);
      height += weight * (heights[index] ?? 0);
      look += weight * (looks[index] ?? 0);
    }
    motion.root[frame * 3 + 1] = (motion.root[frame * 3 + 1] ?? 0) + height;
    aboutY(turn, 0, look);
    multiply(motion.rotations, frame * STRIDE, turn, 0, motion.rotations, frame * STRIDE);
  }
}

/** Turns every joint into the keys' poses. */
function turnJoints(motion: Motion, targets: readonly Target[]): void {
  const frames = frameCount(motion);
  const reach = POSE_S * motion.fps;
  const changes = targets.map(({ frame, rotations }) => {
    const change = new Float64Array(STRIDE);
    for (let joint = 0; joint < JOINT_COUNT; joint++) {
      multiplyInverse(change, joint * 4, motion.rotations, frame * STRIDE + joint * 4, rotations, joint * 4);
    }
    return change;
  });
  const none = Float64Array.from([0, 0, 0, 1]);
  const part = new Float64Array(4);
  for (const [index, change] of changes.entries()) {
    const own = targets[index]?.frame ?? 0;
    const first = Math.max(0, Math.floor(own - reach));
    const last = Math.min(frames - 1, Math.ceil(own + reach));
    for (let frame = first; frame <= last; frame++) {
      const weight = weightOf(targets, index, frame, reach);
      if (weight === 0) continue;
      for (let joint = 0; joint < JOINT_COUNT; joint++) {
        slerp(part, 0, none, 0, change, joint * 4, weight);
        const at = frame * STRIDE + joint * 4;
        multiply(motion.rotations, at, motion.rotations, at, part, 0);
      }
    }
  }
}
