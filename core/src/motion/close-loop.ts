import { unwrap } from "./angles.ts";
import { calmSeams } from "./calm-seams.ts";
import { continueMotion } from "./continue-motion.ts";
import { cutMotion } from "./join-motions.ts";
import { frameCount, type Motion } from "./motion.ts";
import { poseDistance } from "./pose-distance.ts";
import { makeContinuous, yawOf } from "./quaternion.ts";
import { resampleMotion } from "./resample-motion.ts";
import { JOINT_COUNT } from "./skeleton.ts";
import { steer } from "./steer.ts";

const STRIDE = JOINT_COUNT * 4;
/** Seconds that are wanted beyond the end, to look for the likest frame there. */
const BLEND_S = 0.5;
/** A cycle that ends nearer to its start than this ends at it, metres. */
const STAYS = 0.5;

/** A motion whose end runs into its start. */
export interface Cycle {
  readonly motion: Motion;
  /** How far over the ground one round goes, x and z, metres. */
  readonly way: readonly [number, number];
}

/** Options of {@link closeLoop}. */
export interface LoopOptions {
  /** Frames of a round. */
  readonly frames: number;
  /** Whether a round ends where it began. */
  readonly closed: boolean;
  /** Whether the motion may be played a little slower or faster so that a step ends where another began; false where times are told. */
  readonly matched: boolean;
}

/**
 * Gives a cycle of the first frames of a motion; the start comes out of the end without a jump of place or speed, and within half
 * a second goes its own way.
 *
 * The look comes back to where it was (or makes whole turns), and so does the way if it ends near the start. A motion without frames
 * beyond is played a little slower to have some.
 */
export function closeLoop(made: Motion, { frames, closed, matched }: LoopOptions): Cycle {
  const blend = Math.min(Math.round(BLEND_S * made.fps), Math.floor(frames / 3));
  const end = matched ? likestFrame(made, frames, blend) : frames;
  const paced = end === frames ? made : resampleMotion(made, made.fps, end / frames);
  const spare = frameCount(paced) - frames;
  const slower = frameCount(paced) / (frames + blend);
  const long = spare >= blend ? paced : resampleMotion(paced, paced.fps, slower, frames + blend);
  const yaw = unwrap(Array.from({ length: frames + 1 }, (_, frame) => yawOf(long.rotations, frame * STRIDE)));
  const turned = (yaw[frames] ?? 0) - (yaw[0] ?? 0);
  const rest = 2 * Math.PI * Math.round(turned / (2 * Math.PI)) - turned;
  const count = frameCount(long);
  const steered = steer(
    long,
    Float64Array.from({ length: count }, (_, frame) => (rest * frame) / frames),
  );
  const gone = [0, 2].map((k) => (steered.root[frames * 3 + k] ?? 0) - (steered.root[k] ?? 0));
  const stays = closed || Math.hypot(...gone) < STAYS;
  const way: [number, number] = stays ? [0, 0] : [gone[0] ?? 0, gone[1] ?? 0];
  const straight = steered.root.slice();
  if (stays) {
    for (let frame = 0; frame < count; frame++) {
      for (const [i, k] of [0, 2].entries()) {
        straight[frame * 3 + k] = (straight[frame * 3 + k] ?? 0) - ((gone[i] ?? 0) * frame) / frames;
      }
    }
  }
  // The same motion a round earlier: its frame `frames` is where the first is.
  const earlier = straight.slice();
  for (let frame = 0; frame < count; frame++) {
    for (const [i, k] of [0, 2].entries()) earlier[frame * 3 + k] = (earlier[frame * 3 + k] ?? 0) - (way[i] ?? 0);
  }
  // The last two frames of the round before, and the round after them: what does not fit dies away. Mixing both instead would turn a
  // joint that comes from more than half a turn away right round, where the short way changes sides.
  const joined = continueMotion(
    cutMotion({ fps: made.fps, root: earlier, rotations: steered.rotations }, frames - 2, frames),
    cutMotion({ fps: made.fps, root: straight, rotations: steered.rotations }, 0, frames),
    true,
  );
  const { root, rotations } = cutMotion(joined, 2, frames + 2);
  const contacts = long.contacts?.slice(0, frames * 4);
  const cycle = { motion: { fps: made.fps, root, rotations, ...(contacts && { contacts }) }, way };
  return matched ? calmed(cycle) : cycle;
}

/** Gives a cycle whose end does not run into its start faster than people go from one thing to the next. */
function calmed(cycle: Cycle): Cycle {
  const frames = frameCount(cycle.motion);
  const rounds = calmSeams(extendCycle(cycle, frames), [frames, 2 * frames]);
  return { ...cycle, motion: cutMotion(rounds, frames, 2 * frames) };
}

/** A cycle is found up to this many seconds before or after its asked end, and the motion played slower or faster by at most a tenth. */
const SEARCH_S = 0.6;
const SEARCH_SHARE = 0.1;
/** What a frame farther from the asked end costs, radians of a joint. */
const FARTHER = 0.002;

/** Gives the frame near the asked end at which the body is as at the start and moves as there. */
function likestFrame(motion: Motion, frames: number, blend: number): number {
  const reach = Math.floor(Math.min(SEARCH_S * motion.fps, SEARCH_SHARE * frames));
  const last = frameCount(motion) - 1;
  let best = frames;
  let least = Number.POSITIVE_INFINITY;
  for (let end = frames - reach; end <= Math.min(frames + reach, last - blend); end++) {
    if (end < 4 || end + 1 > last) continue;
    const apart = FARTHER * Math.abs(end - frames) + poseDistance(motion, 0, motion, end);
    if (apart < least) {
      least = apart;
      best = end;
    }
  }
  return best;
}

/** Gives a cycle with `margin` frames of the rounds before and after it. */
export function extendCycle({ motion, way }: Cycle, margin: number): Motion {
  const frames = frameCount(motion);
  const count = frames + 2 * margin;
  const root = new Float32Array(count * 3);
  const rotations = new Float32Array(count * STRIDE);
  const contacts = motion.contacts === undefined ? undefined : new Uint8Array(count * 4);
  for (let at = 0; at < count; at++) {
    const round = Math.floor((at - margin) / frames);
    const frame = at - margin - round * frames;
    root.set(motion.root.subarray(frame * 3, frame * 3 + 3), at * 3);
    root[at * 3] = (root[at * 3] ?? 0) + round * way[0];
    root[at * 3 + 2] = (root[at * 3 + 2] ?? 0) + round * way[1];
    rotations.set(motion.rotations.subarray(frame * STRIDE, (frame + 1) * STRIDE), at * STRIDE);
    contacts?.set(motion.contacts?.subarray(frame * 4, frame * 4 + 4) ?? [], at * 4);
  }
  makeContinuous(rotations, JOINT_COUNT);
  const extended = { fps: motion.fps, root, rotations };
  return contacts === undefined ? extended : { ...extended, contacts };
}
