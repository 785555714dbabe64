import { poseJoints } from "./forward-kinematics.ts";
import { multiply, multiplyInverse, rotate, turnBetween } from "./quaternion.ts";
import { JOINT, JOINT_COUNT, PARENTS } from "./skeleton.ts";

/** Three joints in a row, the last of which is brought to a place. */
export interface Limb {
  readonly upper: number;
  readonly lower: number;
  readonly end: number;
  /** Axis of the upper joint's own that the middle goes to when a straight limb bends: knees forward, elbows back. */
  readonly bend: readonly [number, number, number];
}

/** Legs and arms. */
export const LIMBS = {
  left_leg: { upper: JOINT.left_hip, lower: JOINT.left_knee, end: JOINT.left_ankle, bend: [0, 0, 1] },
  right_leg: { upper: JOINT.right_hip, lower: JOINT.right_knee, end: JOINT.right_ankle, bend: [0, 0, 1] },
  left_arm: { upper: JOINT.left_shoulder, lower: JOINT.left_elbow, end: JOINT.left_wrist, bend: [0, 0, -1] },
  right_arm: { upper: JOINT.right_shoulder, lower: JOINT.right_elbow, end: JOINT.right_wrist, bend: [0, 0, -1] },
} as const satisfies Record<string, Limb>;

/** A limb is never stretched farther than this share of its length: a straight knee snaps. */
const REACH = 0.9995;

/** Buffers of a pose that inverse kinematics changes in place. */
export interface PoseBuffers {
  readonly root: Float32Array;
  readonly rotations: Float32Array;
}

/** Solves limbs of single frames; keeps its scratch memory, so that no frame makes objects. */
export class LimbSolver {
  /** Joints of the frame that was posed last, [22, 3], world. */
  readonly positions = new Float64Array(JOINT_COUNT * 3);
  /** Their turns, [22, 4], world. */
  readonly world = new Float64Array(JOINT_COUNT * 4);
  readonly #turn = new Float64Array(4);
  readonly #upper = new Float64Array(4);
  readonly #lower = new Float64Array(4);
  readonly #a = new Float64Array(3);
  readonly #b = new Float64Array(3);
  readonly #bend = new Float64Array(3);

  /** Reads a frame; {@link positions} and {@link world} are then of it. */
  pose(motion: PoseBuffers, frame: number): void {
    poseJoints(motion, frame, this.positions, this.world);
  }

  /**
   * Brings the end of a limb of the posed frame to (x, y, z) and leaves its plane of bending as near to what it was as that allows; the
   * end keeps its turn in the world, or takes `endTurn`. A place out of reach is approached as far as the limb goes.
   *
   * The frame is posed anew afterwards.
   */
  solve(motion: PoseBuffers, frame: number, limb: Limb, x: number, y: number, z: number, endTurn?: Float64Array): void {
    const { upper, lower, end, bend } = limb;
    const p = this.positions;
    const hx = p[upper * 3] ?? 0;
    const hy = p[upper * 3 + 1] ?? 0;
    const hz = p[upper * 3 + 2] ?? 0;
    const a = this.#a;
    const b = this.#b;
    for (let k = 0; k < 3; k++) {
      a[k] = (p[lower * 3 + k] ?? 0) - (p[upper * 3 + k] ?? 0);
      b[k] = (p[end * 3 + k] ?? 0) - (p[lower * 3 + k] ?? 0);
    }
    const l1 = length(a);
    const l2 = length(b);
    let dx = x - hx;
    let dy = y - hy;
    let dz = z - hz;
    const wanted = Math.hypot(dx, dy, dz);
    if (wanted < 1e-6) return;
    const d = Math.min((l1 + l2) * REACH, Math.max(Math.abs(l1 - l2) + 1e-4, wanted));
    dx /= wanted;
    dy /= wanted;
    dz /= wanted;

    // The whole limb first turns to where the end is to be.
    turnBetween(
      this.#turn,
      0,
      (a[0] ?? 0) + (b[0] ?? 0),
      (a[1] ?? 0) + (b[1] ?? 0),
      (a[2] ?? 0) + (b[2] ?? 0),
      dx,
      dy,
      dz,
    );
    rotate(a, 0, this.#turn, 0, a, 0);
    rotate(b, 0, this.#turn, 0, b, 0);
    multiply(this.#upper, 0, this.#turn, 0, this.world, upper * 4);
    multiply(this.#lower, 0, this.#turn, 0, this.world, lower * 4);

    // Where the middle goes: in the plane it bends in, by the law of cosines.
    let pole = square(a, dx, dy, dz);
    if (pole < 1e-3 * l1) {
      this.#bend.set(bend);
      rotate(this.#bend, 0, this.#upper, 0, this.#bend, 0);
      pole = square(this.#bend, dx, dy, dz);
    }
    this.#bend.set(squared);
    const along = (l1 * l1 - l2 * l2 + d * d) / (2 * d);
    const aside = Math.sqrt(Math.max(0, l1 * l1 - along * along)) / Math.max(1e-9, pole);
    const mx = dx * along + (this.#bend[0] ?? 0) * aside;
    const my = dy * along + (this.#bend[1] ?? 0) * aside;
    const mz = dz * along + (this.#bend[2] ?? 0) * aside;
    turnBetween(this.#turn, 0, a[0] ?? 0, a[1] ?? 0, a[2] ?? 0, mx, my, mz);
    rotate(b, 0, this.#turn, 0, b, 0);
    multiply(this.#upper, 0, this.#turn, 0, this.#upper, 0);
    multiply(this.#lower, 0, this.#turn, 0, this.#lower, 0);
    turnBetween(this.#turn, 0, b[0] ?? 0, b[1] ?? 0, b[2] ?? 0, dx * d - mx, dy * d - my, dz * d - mz);
    multiply(this.#lower, 0, this.#turn, 0, this.#lower, 0);

    const at = frame * JOINT_COUNT * 4;
    const { rotations } = motion;
    const parent = PARENTS[upper] ?? 0;
    multiplyInverse(rotations, at + upper * 4, this.world, parent * 4, this.#upper, 0);
    multiplyInverse(rotations, at + lower * 4, this.#upper, 0, this.#lower, 0);
    multiplyInverse(
      rotations,
      at + end * 4,
      this.#lower,
      0,
      endTurn ?? this.world,
      endTurn === undefined ? end * 4 : 0,
    );
    this.pose(motion, frame);
  }
}

const squared = new Float64Array(3);

/** Writes the part of a vector that is square to a direction to `squared` and gives its length. */
function square(v: Float64Array, dx: number, dy: number, dz: number): number {
  const dot = (v[0] ?? 0) * dx + (v[1] ?? 0) * dy + (v[2] ?? 0) * dz;
  squared[0] = (v[0] ?? 0) - dot * dx;
  squared[1] = (v[1] ?? 0) - dot * dy;
  squared[2] = (v[2] ?? 0) - dot * dz;
  return length(squared);
}

function length(v: Float64Array): number {
  return Math.hypot(v[0] ?? 0, v[1] ?? 0, v[2] ?? 0);
}
