import { forwardKinematics } from "./forward-kinematics.ts";
import { cutMotion } from "./join-motions.ts";
import { frameCount, type Motion } from "./motion.ts";
import { motionAt } from "./resample-motion.ts";
import { JOINT_COUNT } from "./skeleton.ts";

/** How fast joints go as seen from the pelvis' way where something else may begin, metres a second, mean over joints: as calm-seams.ts has it. */
const CALM = 1;
/** Frames before and after the end that have to be calm. */
const AROUND = 3;
/** A body whose lowest joint is higher than this is in the air, metres. */
const IN_AIR = 0.15;
/** What being in the air costs, and each frame away from the end, beside metres a second of being too fast. */
const AIR = 0.5;
const FARTHER = 0.02;
/** A part is played at most this much faster or slower for it. */
const FASTEST = 1.25;

/**
 * Gives a motion up to frame `end`, its frames from `start` on played a little faster or slower so that it ends where the body is calm and
 * rests on something: what begins in the middle of a leap begins with a fall that nothing led to. Where the body is calm at `end`, or
 * nowhere near it, nothing is played otherwise.
 *
 * @param motion with frames beyond `end`, among which another end is looked for, and as many before
 */
export function endAtRest(motion: Motion, start: number, end: number): Motion {
  const length = end - start;
  const most = Math.min(frameCount(motion) - end, Math.floor(length * (1 - 1 / FASTEST)));
  const chosen = most < 1 ? end : calmest(motion, start, end, most);
  if (chosen === end) return cutMotion(motion, 0, end);
  const rate = (chosen - start) / length;
  const at = Float64Array.from({ length: end }, (_, frame) => (frame < start ? frame : start + (frame - start) * rate));
  return motionAt(motion, at, motion.fps);
}

function calmest(motion: Motion, start: number, end: number, most: number): number {
  const first = Math.max(start, end - most - AROUND - 1);
  const near = cutMotion(motion, first, Math.min(frameCount(motion), end + most + AROUND + 1));
  const { positions } = forwardKinematics(near);
  const paces = Float64Array.from({ length: frameCount(near) }, (_, frame) => paceAt(near, positions, frame));
  const costOf = (frame: number) => {
    const around = paces.subarray(Math.max(1, frame - first - AROUND), frame - first + AROUND + 1);
    const tooFast = Math.max(0, Math.max(...around) - CALM);
    return tooFast + (lowest(positions, frame - first) > IN_AIR ? AIR : 0) + FARTHER * Math.abs(frame - end);
  };
  let [chosen, least] = [end, costOf(end)];
  for (let away = 1; away <= most; away++) {
    for (const frame of [end - away, end + away]) {
      const cost = frame > start && frame < first + paces.length ? costOf(frame) : Number.POSITIVE_INFINITY;
      if (cost < least) [chosen, least] = [frame, cost];
    }
  }
  return chosen;
}

/** Gives how fast joints go to a frame as seen from the pelvis' way over the ground, metres a second, mean over joints. */
function paceAt({ root, fps }: Motion, positions: Float32Array, frame: number): number {
  if (frame < 1) return 0;
  let sum = 0;
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    const at = (frame * JOINT_COUNT + joint) * 3;
    const before = at - JOINT_COUNT * 3;
    const step = [0, 1, 2].map((k) => {
      const gone = k === 1 ? 0 : (root[frame * 3 + k] ?? 0) - (root[frame * 3 - 3 + k] ?? 0);
      return (positions[at + k] ?? 0) - (positions[before + k] ?? 0) - gone;
    });
    sum += Math.hypot(...step);
  }
  return (sum / JOINT_COUNT) * fps;
}

function lowest(positions: Float32Array, frame: number): number {
  let height = Number.POSITIVE_INFINITY;
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    height = Math.min(height, positions[(frame * JOINT_COUNT + joint) * 3 + 1] ?? 0);
  }
  return height;
}
