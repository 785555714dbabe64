import { ease } from "./join-motions.ts";
import { LIMBS, type Limb, LimbSolver } from "./limb-solver.ts";
import { frameCount, type Motion } from "./motion.ts";
import { makeContinuous, multiply, slerp, turnBetween } from "./quaternion.ts";
import { JOINT, JOINT_COUNT, OFFSETS, SOLE } from "./skeleton.ts";
import { smoothColumns } from "./smooth.ts";
import { type Stance, stancesOf } from "./stances.ts";

/** Seconds within which a held foot comes back to its own course; longer where it would else go faster than this for it, metres a second. */
const RELEASE_S = 0.22;
const RELEASE_SPEED = 1.5;
/** A stance in which the foot slides farther than this is held in pieces: it is a shuffle rather than a stand, metres. */
const LONGEST_SLIDE = 0.3;
/** A foot that turns more than this within a stance pivots on its ball, cosine of 25°. */
const PIVOT_COSINE = 0.906;
/** The pelvis comes down at most this far so that feet reach their places, metres. */
const DEEPEST = 0.06;
/** Seconds over which a foot goes over from heel to flat to ball. */
const CHANGE_S = 0.05;
/** How far the ball is below and before the ankle of a flat foot, metres, and both together. */
const FLAT_DROP = -(OFFSETS[JOINT.left_foot * 3 + 1] ?? 0);
const FLAT_LENGTH = OFFSETS[JOINT.left_foot * 3 + 2] ?? 0;
const FOOT_LENGTH = Math.hypot(FLAT_DROP, FLAT_LENGTH);
/** From hip to ankle at most, metres. */
const LEG_REACH = 0.999 * -((OFFSETS[JOINT.left_knee * 3 + 1] ?? 0) + (OFFSETS[JOINT.left_ankle * 3 + 1] ?? 0));

interface Leg {
  readonly limb: Limb;
  readonly ball: number;
  readonly foot: 0 | 1;
}
const LEGS: readonly Leg[] = [
  { limb: LIMBS.left_leg, ball: JOINT.left_foot, foot: 0 },
  { limb: LIMBS.right_leg, ball: JOINT.right_foot, foot: 1 },
];

/** Where the joints of a leg are, [frames, 3] each, world. */
interface LegJoints {
  readonly hip: Float64Array;
  readonly ankle: Float64Array;
  readonly ball: Float64Array;
}

/** What becomes of a leg's ankle and foot, by frame. */
interface Course {
  /** What is added to the ankle's place, [frames, 3]. */
  readonly offset: Float64Array;
  /** What the foot is turned by in the world, [frames, 4]. */
  readonly turn: Float64Array;
  /** 1 where the foot is held. */
  readonly held: Uint8Array;
}

/**
 * Gives the motion with feet that bear weight held still: in each stance the ball stays where it is on average and on the ground, the
 * ankle with it while the foot is flat; knees and hips follow by inverse kinematics, and after the stance the foot comes back to its own
 * course within a fifth of a second. No sole goes below the ground.
 *
 * @param motion with contacts, [frames, 4]; without them nothing is held
 */
export function lockFeet(motion: Motion): Motion {
  const frames = frameCount(motion);
  const contacts = motion.contacts ?? new Uint8Array(frames * 4);
  const locked = { ...motion, root: motion.root.slice(), rotations: motion.rotations.slice() };
  const solver = new LimbSolver();
  const planned = LEGS.map((leg) => {
    const joints = readLeg(motion, leg, solver);
    const course: Course = {
      offset: new Float64Array(frames * 3),
      turn: new Float64Array(frames * 4),
      held: new Uint8Array(frames),
    };
    for (let frame = 0; frame < frames; frame++) course.turn[frame * 4 + 3] = 1;
    for (const stance of stancesOf(contacts, leg.foot, motion.fps)) {
      for (const piece of piecesOf(stance, joints.ball, Math.round(RELEASE_S * motion.fps))) {
        holdStance(course, piece, joints, contacts, leg.foot, motion.fps);
      }
    }
    release(course, motion.fps);
    return { leg, joints, course };
  });
  lowerPelvis(locked, planned, motion.fps);
  const turn = new Float64Array(4);
  for (let frame = 0; frame < frames; frame++) {
    solver.pose(locked, frame);
    for (const { leg, joints, course } of planned) {
      const { upper, end } = leg.limb;
      multiply(turn, 0, course.turn, frame * 4, solver.world, end * 4);
      const at = frame * 3;
      const x = (joints.ankle[at] ?? 0) + (course.offset[at] ?? 0);
      const y = (joints.ankle[at + 1] ?? 0) + (course.offset[at + 1] ?? 0);
      const z = (joints.ankle[at + 2] ?? 0) + (course.offset[at + 2] ?? 0);
      solver.solve(locked, frame, leg.limb, x, y, z, turn);
      const sunk = SOLE - (solver.positions[leg.ball * 3 + 1] ?? 0);
      if (sunk > 0 && (solver.positions[upper * 3 + 1] ?? 0) > y + sunk) {
        const p = solver.positions;
        solver.solve(locked, frame, leg.limb, p[end * 3] ?? 0, (p[end * 3 + 1] ?? 0) + sunk, p[end * 3 + 2] ?? 0, turn);
      }
    }
  }
  makeContinuous(locked.rotations, JOINT_COUNT);
  return locked;
}

function readLeg(motion: Motion, leg: Leg, solver: LimbSolver): LegJoints {
  const frames = frameCount(motion);
  const joints = {
    hip: new Float64Array(frames * 3),
    ankle: new Float64Array(frames * 3),
    ball: new Float64Array(frames * 3),
  };
  const { upper, end } = leg.limb;
  for (let frame = 0; frame < frames; frame++) {
    solver.pose(motion, frame);
    for (let k = 0; k < 3; k++) {
      joints.hip[frame * 3 + k] = solver.positions[upper * 3 + k] ?? 0;
      joints.ankle[frame * 3 + k] = solver.positions[end * 3 + k] ?? 0;
      joints.ball[frame * 3 + k] = solver.positions[leg.ball * 3 + k] ?? 0;
    }
  }
  return joints;
}

/** Cuts a stance in which the foot goes far into pieces with time between them to get there. */
function piecesOf(stance: Stance, ball: Float64Array, gap: number): Stance[] {
  const { start, end } = stance;
  const last = end - 1;
  const dx = (ball[last * 3] ?? 0) - (ball[start * 3] ?? 0);
  const dz = (ball[last * 3 + 2] ?? 0) - (ball[start * 3 + 2] ?? 0);
  if (Math.hypot(dx, dz) <= LONGEST_SLIDE || end - start < 3 * gap) return [stance];
  const middle = (start + end) / 2;
  return [
    ...piecesOf({ start, end: Math.floor(middle - gap / 2) }, ball, gap),
    ...piecesOf({ start: Math.ceil(middle + gap / 2), end }, ball, gap),
  ];
}

/** Puts down where ankle and foot go during a stance. */
function holdStance(
  course: Course,
  { start, end }: Stance,
  { ankle, ball }: LegJoints,
  contacts: Uint8Array,
  foot: 0 | 1,
  fps: number,
): void {
  const count = end - start;
  const flags = new Float64Array(count * 2);
  for (let i = 0; i < count; i++) {
    const heel = contacts[(start + i) * 4 + foot] ?? 0;
    flags[i * 2] = contacts[(start + i) * 4 + 2 + foot] ?? 0;
    flags[i * 2 + 1] = heel * (flags[i * 2] ?? 0);
  }
  const shares = smoothColumns(flags, 2, CHANGE_S * fps);

  // Where the ball stands, and where the foot points to.
  let [px, pz, ux, uz, weight] = [0, 0, 0, 0, 0];
  const counted = flags.some((flag, i) => i % 2 === 0 && flag > 0);
  for (let i = 0; i < count; i++) {
    const at = (start + i) * 3;
    const own = counted ? (flags[i * 2] ?? 0) : 1;
    weight += own;
    px += own * (ball[at] ?? 0);
    pz += own * (ball[at + 2] ?? 0);
    ux += own * ((ball[at] ?? 0) - (ankle[at] ?? 0));
    uz += own * ((ball[at + 2] ?? 0) - (ankle[at + 2] ?? 0));
  }
  px /= weight;
  pz /= weight;
  const pointed = Math.hypot(ux, uz) || 1;
  ux /= pointed;
  uz /= pointed;
  const pivots = !pointsTo(ux, uz, start, end, ankle, ball);

  for (let frame = start; frame < end; frame++) {
    const at = frame * 3;
    const vx = (ball[at] ?? 0) - (ankle[at] ?? 0);
    const vy = (ball[at + 1] ?? 0) - (ankle[at + 1] ?? 0);
    const vz = (ball[at + 2] ?? 0) - (ankle[at + 2] ?? 0);
    const level = Math.hypot(vx, vz) || 1;
    const fx = (pivots ? vx / level : ux) * FLAT_LENGTH;
    const fz = (pivots ? vz / level : uz) * FLAT_LENGTH;
    const onBall = clamp(shares[(frame - start) * 2] ?? 0);
    const flat = clamp(shares[(frame - start) * 2 + 1] ?? 0);
    // The foot from ankle to ball as it is to lie, of its own length.
    let ex = vx + (fx - vx) * flat;
    let ey = vy + (-FLAT_DROP - vy) * flat;
    let ez = vz + (fz - vz) * flat;
    const size = FOOT_LENGTH / (Math.hypot(ex, ey, ez) || 1);
    ex *= size;
    ey *= size;
    ez *= size;
    turnBetween(course.turn, frame * 4, vx, vy, vz, ex, ey, ez);
    course.offset[at] = px - (fx + (ex - fx) * onBall) - (ankle[at] ?? 0);
    course.offset[at + 1] = SOLE - (-FLAT_DROP + (ey + FLAT_DROP) * onBall) - (ankle[at + 1] ?? 0);
    course.offset[at + 2] = pz - (fz + (ez - fz) * onBall) - (ankle[at + 2] ?? 0);
    course.held[frame] = 1;
  }
}

/** Tells whether a foot points about the same way all through a stance. */
function pointsTo(
  ux: number,
  uz: number,
  start: number,
  end: number,
  ankle: Float64Array,
  ball: Float64Array,
): boolean {
  for (let at = start * 3; at < end * 3; at += 3) {
    const vx = (ball[at] ?? 0) - (ankle[at] ?? 0);
    const vz = (ball[at + 2] ?? 0) - (ankle[at + 2] ?? 0);
    if (vx * ux + vz * uz < PIVOT_COSINE * Math.hypot(vx, vz)) return false;
  }
  return true;
}

/** Lets what is added in stances die away before and after them. */
function release({ offset, turn, held }: Course, fps: number): void {
  const frames = held.length;
  const none = Float64Array.from([0, 0, 0, 1]);
  const part = new Float64Array(4);
  let before = -1;
  for (let frame = 0; frame < frames; frame++) {
    if (held[frame] === 1) {
      before = frame;
      continue;
    }
    let after = frame;
    while (after < frames && held[after] !== 1) after++;
    for (const edge of [before, after]) {
      if (edge < 0 || edge === frames) continue;
      const away = Math.hypot(...[0, 1, 2].map((k) => offset[edge * 3 + k] ?? 0));
      const reach = fps * Math.max(RELEASE_S, (1.5 * away) / RELEASE_SPEED);
      const gap = before < 0 || after === frames ? reach : Math.min(reach, after - before);
      for (let now = frame; now < after; now++) {
        const share = ease(1 - Math.abs(now - edge) / gap);
        for (let k = 0; k < 3; k++) {
          offset[now * 3 + k] = (offset[now * 3 + k] ?? 0) + share * (offset[edge * 3 + k] ?? 0);
        }
        slerp(part, 0, none, 0, turn, edge * 4, share);
        multiply(turn, now * 4, part, 0, turn, now * 4);
      }
    }
    frame = after - 1;
  }
}

/** Brings the pelvis down a little where a foot would not reach its place, rounded in time. */
function lowerPelvis(
  locked: { root: Float32Array },
  planned: readonly { joints: LegJoints; course: Course }[],
  fps: number,
): void {
  const frames = locked.root.length / 3;
  const drop = new Float64Array(frames);
  for (const { joints, course } of planned) {
    for (let frame = 0; frame < frames; frame++) {
      const at = frame * 3;
      const d = [0, 1, 2].map(
        (k) => (joints.hip[at + k] ?? 0) - (joints.ankle[at + k] ?? 0) - (course.offset[at + k] ?? 0),
      );
      const level = Math.hypot(d[0] ?? 0, d[2] ?? 0);
      if (level >= LEG_REACH) continue;
      const over = (d[1] ?? 0) - Math.sqrt(LEG_REACH ** 2 - level ** 2);
      drop[frame] = Math.min(DEEPEST, Math.max(drop[frame] ?? 0, over));
    }
  }
  if (drop.every((value) => value === 0)) return;
  const reach = Math.max(1, Math.round(0.1 * fps));
  const widest = drop.map((_, frame) => Math.max(...drop.subarray(Math.max(0, frame - reach), frame + reach + 1)));
  const smooth = smoothColumns(widest, 1, 0.06 * fps);
  for (let frame = 0; frame < frames; frame++) {
    locked.root[frame * 3 + 1] = (locked.root[frame * 3 + 1] ?? 0) - Math.max(0, smooth[frame] ?? 0);
  }
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
