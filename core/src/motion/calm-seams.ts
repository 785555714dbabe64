import { forwardKinematics } from "./forward-kinematics.ts";
import { frameCount, type Motion } from "./motion.ts";
import { motionAt } from "./resample-motion.ts";
import { JOINT_COUNT } from "./skeleton.ts";
import { smoothColumns } from "./smooth.ts";

/**
 * How fast joints go as seen from the pelvis' way, metres a second, and how much that changes, m/s², mean over joints: a good fifth below
 * what 95 of 100 frames of the recordings that training has not seen stay under (1.29 and 17.4).
 */
const SPEED = 1;
const ACCELERATION = 13.5;
/** Seconds before and after a seam that belong to it. */
const BEFORE_S = 0.35;
const AFTER_S = 1;
/** Time goes at least at this rate. */
const SLOWEST = 0.5;
/** The rest of a part is played at most this much faster to make up for it. */
const FASTEST = 1.25;
/** Seconds over which the rate goes over from one to the next. */
const SMOOTH_S = 0.1;

/**
 * Gives the motion with time going slower around seams where the body would go from one thing to the next faster than people do: a
 * figure that lay a moment ago stands half a second later. The rest of each part goes a little faster, so that seams and end stay where
 * they are.
 *
 * @param seams frames at which something else begins, ascending, within the motion
 */
export function calmSeams(motion: Motion, seams: readonly number[]): Motion {
  const frames = frameCount(motion);
  const rates = seamRates(motion, seams);
  if (rates.every((rate) => rate === 1)) return motion;
  const near = seamFrames(motion, seams);
  // When each frame is shown, in frames of the result.
  const shown = new Float64Array(frames + 1);
  const bounds = [0, ...seams.filter((seam) => seam > 0 && seam < frames), frames];
  for (const [i, start] of bounds.entries()) {
    const end = bounds[i + 1];
    if (end === undefined) break;
    let [more, free] = [0, 0];
    for (let frame = start; frame < end; frame++) {
      if (near.has(frame)) more += 1 / (rates[frame] ?? 1) - 1;
      else free++;
    }
    const less = Math.min(more, (1 - 1 / FASTEST) * free);
    // The last part may lose its end; the others have to be done with when the next begins.
    const share = end === frames ? 1 : less / Math.max(1e-9, more);
    for (let frame = start; frame < end; frame++) {
      const span = near.has(frame) ? 1 + share * (1 / (rates[frame] ?? 1) - 1) : 1 - less / Math.max(1, free);
      shown[frame + 1] = (shown[frame] ?? 0) + span;
    }
  }
  const at = new Float64Array(frames);
  let before = 0;
  for (let frame = 0; frame < frames; frame++) {
    while (before < frames - 1 && (shown[before + 1] ?? 0) <= frame) before++;
    const [from, to] = [shown[before] ?? 0, shown[before + 1] ?? 1];
    at[frame] = before + (frame - from) / (to - from);
  }
  return motionAt(motion, at, motion.fps);
}

/** Gives the frames that belong to a seam. */
function seamFrames({ fps }: Motion, seams: readonly number[]): Set<number> {
  const near = new Set<number>();
  for (const seam of seams) {
    const last = Math.round(seam + AFTER_S * fps);
    for (let frame = Math.round(seam - BEFORE_S * fps); frame < last; frame++) near.add(frame);
  }
  return near;
}

/** Gives how fast time may go from each frame to the next, [frames], 1 = as it is. */
function seamRates(motion: Motion, seams: readonly number[]): Float64Array {
  const frames = frameCount(motion);
  const { fps } = motion;
  const rates = new Float64Array(frames).fill(1);
  if (seams.length === 0 || frames < 4) return rates;
  const { positions } = forwardKinematics(motion);
  const fade = Math.max(1, Math.round(SMOOTH_S * fps));
  const near = seamFrames(motion, seams);
  for (const frame of near) {
    if (frame < 1 || frame >= frames - 1) continue;
    const { speed, acceleration } = pacesAt(motion, positions, frame);
    const rate = Math.max(SLOWEST, Math.min(1, SPEED / speed, Math.sqrt(ACCELERATION / acceleration)));
    // So wide that what the smoothing takes away is not missed.
    for (let at = Math.max(0, frame - fade); at <= Math.min(frames - 1, frame + fade); at++) {
      if (near.has(at)) rates[at] = Math.min(rates[at] ?? 1, rate);
    }
  }
  if (rates.every((rate) => rate === 1)) return rates;
  return smoothColumns(rates, 1, SMOOTH_S * fps * 0.5);
}

/** Gives speed and acceleration of the joints at a frame, means. */
function pacesAt(
  { root, fps }: Motion,
  positions: Float32Array,
  frame: number,
): { speed: number; acceleration: number } {
  let [speed, acceleration] = [1e-6, 1e-6];
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    const at = (frame * JOINT_COUNT + joint) * 3;
    const stride = JOINT_COUNT * 3;
    let [step, change] = [0, 0];
    for (let k = 0; k < 3; k++) {
      const [before, now, next] = [-stride, 0, stride].map((d) => positions[at + d + k] ?? 0);
      const gone = k === 1 ? 0 : (root[frame * 3 + k] ?? 0) - (root[frame * 3 - 3 + k] ?? 0);
      step += ((now ?? 0) - (before ?? 0) - gone) ** 2;
      change += ((next ?? 0) - 2 * (now ?? 0) + (before ?? 0)) ** 2;
    }
    speed += Math.sqrt(step);
    acceleration += Math.sqrt(change);
  }
  return { speed: (speed / JOINT_COUNT) * fps, acceleration: (acceleration / JOINT_COUNT) * fps ** 2 };
}
