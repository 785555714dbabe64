import { unwrap, wrapAngle } from "./angles.ts";
import { fitClip } from "./fit-clip.ts";
import { frameCount, type Motion } from "./motion.ts";
import { aboutY, multiply, yawOf } from "./quaternion.ts";
import { motionAt } from "./resample-motion.ts";
import { JOINT_COUNT } from "./skeleton.ts";
import { smoothColumns } from "./smooth.ts";

const STRIDE = JOINT_COUNT * 4;
/** Seconds over which a clip's own way is averaged: more than a step. */
const WAY_SIGMA_S = 0.4;
/** A clip is played at most this much faster or slower than recorded so that its steps fit the path. */
const PACES = [0.5, 1.8] as const;
/** A way slower than this has no direction, metres a second. */
const RESTS = 0.15;
/** The body sways at most this far off the path, metres. */
const SWAY = 0.06;

/** A path frame by frame. */
export interface PathCourse {
  /** x and z, [frames, 2], metres. */
  readonly path: Float64Array;
  /** Where the figure is to look, radians without jumps, [frames]; absent = as the clip looks when it goes its own way. */
  readonly heading?: Float64Array | undefined;
}

/**
 * Gives a recorded motion led along a path: its time goes faster or slower so that its steps are as long as the way asks, its own way
 * is replaced by the path, and what the body does beside that way (swaying, leaning, looking aside) stays.
 *
 * @param clip any length, the course's frame rate
 * @param loop whether the clip may be repeated
 */
export function followPath(clip: Motion, course: PathCourse, loop: boolean): Motion {
  const frames = course.path.length / 2;
  const paced = matchPace(clip, course.path, frames, loop);
  const way = smoothColumns(paced.root, 3, WAY_SIGMA_S * paced.fps);
  const directions = directionsOf(way, 3, frames, paced.fps);
  const pathDirections = directionsOf(course.path, 2, frames, paced.fps);
  const root = new Float32Array(frames * 3);
  const rotations = paced.rotations.slice();
  const turn = new Float64Array(4);
  const looks = lookAside(paced, directions);
  // A figure that looks where it goes keeps only what its look changes around that.
  const mean = looks.reduce((sum, look) => sum + look, 0) / Math.max(1, frames);
  for (let frame = 0; frame < frames; frame++) {
    const own = directions?.[frame] ?? yawOf(paced.rotations, frame * STRIDE);
    const given = course.heading?.[frame] ?? Number.NaN;
    const to = pathDirections?.[frame] ?? (Number.isNaN(given) ? own : given);
    const dx = (paced.root[frame * 3] ?? 0) - (way[frame * 3] ?? 0);
    const dz = (paced.root[frame * 3 + 2] ?? 0) - (way[frame * 3 + 2] ?? 0);
    const swing = Math.min(1, SWAY / Math.max(1e-6, Math.hypot(dx, dz)));
    const [sine, cosine] = [Math.sin(to - own) * swing, Math.cos(to - own) * swing];
    root[frame * 3] = (course.path[frame * 2] ?? 0) + dx * cosine + dz * sine;
    root[frame * 3 + 1] = paced.root[frame * 3 + 1] ?? 0;
    root[frame * 3 + 2] = (course.path[frame * 2 + 1] ?? 0) + dz * cosine - dx * sine;
    const look = Number.isNaN(given) ? to + (looks[frame] ?? 0) : given + (looks[frame] ?? 0) - mean;
    aboutY(turn, 0, look - yawOf(paced.rotations, frame * STRIDE));
    multiply(rotations, frame * STRIDE, turn, 0, rotations, frame * STRIDE);
  }
  return { ...paced, root, rotations };
}

/** Plays a clip so fast that it goes as far as the path does in the same time. */
function matchPace(clip: Motion, path: Float64Array, frames: number, loop: boolean): Motion {
  const own = smoothColumns(clip.root, 3, WAY_SIGMA_S * clip.fps);
  const natural = wayLength(own, 3) / Math.max(1, frameCount(clip) - 1);
  const asked = new Float64Array(frames);
  for (let frame = 1; frame < frames; frame++) {
    const dx = (path[frame * 2] ?? 0) - (path[frame * 2 - 2] ?? 0);
    const dz = (path[frame * 2 + 1] ?? 0) - (path[frame * 2 - 1] ?? 0);
    asked[frame] = Math.hypot(dx, dz);
  }
  asked[0] = asked[1] ?? 0;
  if (natural * clip.fps < RESTS) return fitClip(clip, { frames, loop });
  const paces = smoothColumns(asked, 1, WAY_SIGMA_S * clip.fps).map((step) =>
    Math.min(PACES[1], Math.max(step * clip.fps < 0.05 ? 0 : PACES[0], step / natural)),
  );
  const at = new Float64Array(frames);
  for (let frame = 1; frame < frames; frame++) at[frame] = (at[frame - 1] ?? 0) + (paces[frame] ?? 1);
  const needed = Math.ceil(at[frames - 1] ?? 0) + 2;
  // A way on foot goes on as it is: a clip of it may be repeated even if it is not cut as a cycle.
  return motionAt(fitClip(clip, { frames: needed, loop: true }), at, clip.fps);
}

function wayLength(values: Float64Array, size: number): number {
  let sum = 0;
  for (let i = size; i < values.length; i += size) {
    sum += Math.hypot((values[i] ?? 0) - (values[i - size] ?? 0), (values[i + size - 1] ?? 0) - (values[i - 1] ?? 0));
  }
  return sum;
}

/** Gives where a way goes to, radians without jumps; where it rests, as before or next; undefined if it rests all along. */
function directionsOf(way: Float64Array, size: number, frames: number, fps: number): Float64Array | undefined {
  const raw = new Float64Array(frames).fill(Number.NaN);
  for (let frame = 0; frame < frames; frame++) {
    const a = Math.max(0, frame - 2);
    const b = Math.min(frames - 1, frame + 2);
    const dx = (way[b * size] ?? 0) - (way[a * size] ?? 0);
    const dz = (way[b * size + size - 1] ?? 0) - (way[a * size + size - 1] ?? 0);
    if ((Math.hypot(dx, dz) * fps) / Math.max(1, b - a) > RESTS) raw[frame] = Math.atan2(dx, dz);
  }
  const first = raw.find((angle) => !Number.isNaN(angle));
  if (first === undefined) return undefined;
  let known = first;
  const filled = raw.map((angle) => {
    if (!Number.isNaN(angle)) known = angle;
    return known;
  });
  return smoothColumns(unwrap(filled), 1, 0.15 * fps);
}

/** Gives how far aside of its way a motion looks, radians, [frames]. */
function lookAside(motion: Motion, directions: Float64Array | undefined): Float64Array {
  return Float64Array.from({ length: frameCount(motion) }, (_, frame) =>
    directions === undefined ? 0 : wrapAngle(yawOf(motion.rotations, frame * STRIDE) - (directions[frame] ?? 0)),
  );
}
