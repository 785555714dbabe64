import { poseJoints } from "./forward-kinematics.ts";
import { crossfade } from "./join-motions.ts";
import { frameCount, type Motion } from "./motion.ts";
import { placeMotion, placementOf } from "./place-motion.ts";
import { multiply, multiplyInverse } from "./quaternion.ts";
import { JOINT_COUNT } from "./skeleton.ts";

const STRIDE = JOINT_COUNT * 4;
/** Seconds within which what did not fit at the seam dies away; longer where joints would else go faster for it. */
const SETTLE_S = 0.5;
const LONGEST_S = 1.5;
/** What joints go faster for it at most, on average, metres a second. */
const SETTLE_SPEED = 0.5;
/** The steepest of the quintic by which it dies away, against going evenly. */
const STEEPEST = 1.875;

/**
 * Gives `second` right after `first`, without a seam: it begins where the first would have been a frame later, and what its pose is off
 * there dies away (inertialization, Bollo 2018): within half a second if it is little, within one and a half if it is much.
 *
 * @param placed whether the second is in its place already; else it is moved over the ground and turned to go on from the first
 */
export function continueMotion(first: Motion, second: Motion, placed: boolean): Motion {
  const last = frameCount(first) - 1;
  if (last < 1 || frameCount(second) === 0) return crossfade(first, second, last + 1, 0);
  const expected = nextPose(first, last);
  const moved = placed ? second : placeMotion(second, placementOf(second, 0), placementOf(expected, 0));
  const root = moved.root.slice();
  const rotations = moved.rotations.slice();
  const apart = (STEEPEST * poseDistance(expected, moved)) / SETTLE_SPEED;
  const shortest = Math.max(1, Math.round(SETTLE_S * first.fps));
  const settle = Math.max(shortest, Math.round(Math.min(LONGEST_S, apart) * first.fps));
  const earlier = frameCount(moved) < 2 ? moved : lastPose(moved);
  const place = placeOffset(first, last, expected, moved, earlier);
  const turn = turnOffset(first, last, expected, moved, earlier);
  const part = new Float64Array(4);
  let way = 0;
  for (let frame = 0; frame < Math.min(settle, frameCount(moved)); frame++) {
    const share = settling(frame / settle);
    // A wrong speed that died away slowly would lead far off.
    const gone = frame * settling(frame / shortest);
    for (let k = 0; k < 3; k++) {
      const back = share * (place.offset[k] ?? 0) + gone * (place.speed[k] ?? 0);
      const on = (place.offset[k] ?? 0) + way * (place.speed[k] ?? 0);
      root[frame * 3 + k] = (root[frame * 3 + k] ?? 0) + (placed || k === 1 ? back : on);
    }
    way += settling(frame / shortest);
    for (let joint = 0; joint < JOINT_COUNT; joint++) {
      const [x, y, z] = [0, 1, 2].map(
        (k) => share * (turn.offset[joint * 3 + k] ?? 0) + gone * (turn.speed[joint * 3 + k] ?? 0),
      );
      fromVector(part, x ?? 0, y ?? 0, z ?? 0);
      const at = frame * STRIDE + joint * 4;
      multiply(rotations, at, rotations, at, part, 0);
    }
  }
  if (!placed) {
    for (let frame = settle; frame < frameCount(moved); frame++) {
      for (const k of [0, 2]) {
        root[frame * 3 + k] = (root[frame * 3 + k] ?? 0) + (place.offset[k] ?? 0) + way * (place.speed[k] ?? 0);
      }
    }
  }
  return crossfade(first, { ...moved, root, rotations }, last + 1, 0);
}

/** Gives what is left after a share of the time, by a quintic: neither speed nor acceleration jumps at the seam or where it ends. */
function settling(time: number): number {
  const s = Math.max(0, 1 - time);
  return s * s * s * (10 - 15 * s + 6 * s * s);
}

/** Gives how far the joints of two motions' first frames are apart, on average, wherever on the ground they are, metres. */
function poseDistance(a: Motion, b: Motion): number {
  const [ofA, ofB] = [new Float64Array(JOINT_COUNT * 3), new Float64Array(JOINT_COUNT * 3)];
  const world = new Float64Array(STRIDE);
  poseJoints(a, 0, ofA, world);
  poseJoints(b, 0, ofB, world);
  let sum = 0;
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    const [dx, dy, dz] = [0, 1, 2].map((k) => {
      const ground = k === 1 ? 0 : (a.root[k] ?? 0) - (b.root[k] ?? 0);
      return (ofA[joint * 3 + k] ?? 0) - (ofB[joint * 3 + k] ?? 0) - ground;
    });
    sum += Math.hypot(dx ?? 0, dy ?? 0, dz ?? 0);
  }
  return sum / JOINT_COUNT;
}

/** Gives the pose that a motion would have a frame after its last, going on as it went. */
function nextPose(motion: Motion, last: number): Motion {
  const root = new Float32Array(3);
  for (let k = 0; k < 3; k++) root[k] = 2 * (motion.root[last * 3 + k] ?? 0) - (motion.root[last * 3 - 3 + k] ?? 0);
  const rotations = new Float32Array(STRIDE);
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    const now = last * STRIDE + joint * 4;
    // From the frame before to twice as far.
    multiplyInverse(rotations, joint * 4, motion.rotations, now - STRIDE, motion.rotations, now);
    multiply(rotations, joint * 4, motion.rotations, now, rotations, joint * 4);
  }
  return { fps: motion.fps, root, rotations };
}

/** What is off at a seam, and how fast that changes there, in a frame. */
interface Offset {
  readonly offset: Float64Array;
  readonly speed: Float64Array;
}

/** Gives the pose that a motion would have had a frame before its first. */
function lastPose(motion: Motion): Motion {
  const two = { fps: motion.fps, root: new Float32Array(6), rotations: new Float32Array(2 * STRIDE) };
  for (const [to, from] of [
    [0, 1],
    [1, 0],
  ] as const) {
    two.root.set(motion.root.subarray(from * 3, from * 3 + 3), to * 3);
    two.rotations.set(motion.rotations.subarray(from * STRIDE, (from + 1) * STRIDE), to * STRIDE);
  }
  return nextPose(two, 1);
}

function placeOffset(first: Motion, last: number, expected: Motion, moved: Motion, earlier: Motion): Offset {
  const offset = Float64Array.from([0, 1, 2], (k) => (expected.root[k] ?? 0) - (moved.root[k] ?? 0));
  const before = Float64Array.from([0, 1, 2], (k) => (first.root[last * 3 + k] ?? 0) - (earlier.root[k] ?? 0));
  return { offset, speed: offset.map((value, k) => value - (before[k] ?? 0)) };
}

/** As rotation vectors about each joint's own axes, [22, 3]. */
function turnOffset(first: Motion, last: number, expected: Motion, moved: Motion, earlier: Motion): Offset {
  const offset = new Float64Array(JOINT_COUNT * 3);
  const before = new Float64Array(JOINT_COUNT * 3);
  const turn = new Float64Array(4);
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    multiplyInverse(turn, 0, moved.rotations, joint * 4, expected.rotations, joint * 4);
    toVector(offset, joint * 3, turn);
    multiplyInverse(turn, 0, earlier.rotations, joint * 4, first.rotations, last * STRIDE + joint * 4);
    toVector(before, joint * 3, turn);
  }
  return { offset, speed: offset.map((value, k) => value - (before[k] ?? 0)) };
}

function toVector(out: Float64Array, o: number, turn: Float64Array): void {
  const sign = (turn[3] ?? 1) < 0 ? -1 : 1;
  const sine = Math.hypot(turn[0] ?? 0, turn[1] ?? 0, turn[2] ?? 0);
  const angle = 2 * Math.atan2(sine, sign * (turn[3] ?? 1));
  for (let k = 0; k < 3; k++) out[o + k] = sine < 1e-9 ? 0 : ((sign * (turn[k] ?? 0)) / sine) * angle;
}

function fromVector(out: Float64Array, x: number, y: number, z: number): void {
  const angle = Math.hypot(x, y, z);
  const sine = angle < 1e-9 ? 0.5 : Math.sin(angle / 2) / angle;
  out[0] = x * sine;
  out[1] = y * sine;
  out[2] = z * sine;
  out[3] = Math.cos(angle / 2);
}
