import type { KeyPose, MotionPath } from "../protocol/motion.ts";
import { unwrap } from "./angles.ts";
import { pathAt, timePath } from "./motion-path.ts";
import { smoothColumns } from "./smooth.ts";

/** Where the figure has to be and look, frame by frame. */
export interface MotionTargets {
  /** Pelvis over the ground, x and z, [frames, 2]; absent = free. */
  readonly path?: Float64Array;
  /** Where the figure looks, radians about +Y from +Z without jumps, [frames]; NaN = free. */
  readonly heading?: Float64Array;
  /** Frame of each key pose. */
  readonly keys: readonly { readonly frame: number; readonly pose: KeyPose }[];
}

/** What targets are made from. */
export interface TargetRequest {
  readonly path?: MotionPath | undefined;
  readonly heading: readonly { readonly time_s: number; readonly angle_degrees: number }[];
  readonly key_poses: readonly KeyPose[];
}

/** Seconds over which the course of a path is rounded: nobody turns a corner at once. */
const PATH_SIGMA_S = 0.12;
/** Seconds over which the look along a path is rounded. */
const HEADING_SIGMA_S = 0.25;
/** Frames of a path slower than this keep the look that the figure has, metres a second. */
const STANDING_SPEED = 0.05;

/**
 * Gives the targets of a request for every frame.
 *
 * @param duration_s seconds of the request
 * @param frames_per_s frames for each second of the request
 */
export function motionTargets(
  request: TargetRequest,
  frames: number,
  duration_s: number,
  frames_per_s: number,
): MotionTargets {
  const keys = request.key_poses
    .map((pose) => ({ frame: Math.min(frames - 1, Math.round(pose.time_s * frames_per_s)), pose }))
    .sort((a, b) => a.frame - b.frame);
  const given = givenHeading(request.heading, frames, frames_per_s);
  const { path } = request;
  if (path === undefined) return given === undefined ? { keys } : { keys, heading: given };
  // The last frame stands at the path's end; of a closed path that place is the first frame of the next round.
  const end = path.closed ? duration_s : (frames - 1) / frames_per_s;
  const timed = timePath(path, end);
  const places = Array.from({ length: frames }, (_, frame) => pathAt(timed, frame / frames_per_s));
  const corners = Float64Array.from(places.flatMap(({ x, z }) => [x, z]));
  const smooth = smoothColumns(corners, 2, PATH_SIGMA_S * frames_per_s);
  const heading = given ?? (path.facing === "along" ? alongHeading(smooth, frames, frames_per_s) : undefined);
  return heading === undefined ? { keys, path: smooth } : { keys, path: smooth, heading };
}

/** Straight between the times that are given, free before the first and after the last. */
function givenHeading(
  samples: TargetRequest["heading"],
  frames: number,
  frames_per_s: number,
): Float64Array | undefined {
  if (samples.length === 0) return undefined;
  const sorted = [...samples].sort((a, b) => a.time_s - b.time_s);
  const heading = new Float64Array(frames).fill(Number.NaN);
  let i = 0;
  for (let frame = 0; frame < frames; frame++) {
    const time = frame / frames_per_s;
    while (i < sorted.length - 1 && (sorted[i + 1]?.time_s ?? 0) <= time) i++;
    const a = sorted[i];
    if (a === undefined || time < a.time_s - 0.5 / frames_per_s) continue;
    const b = sorted[i + 1];
    if (b === undefined && time > a.time_s + 0.5 / frames_per_s) break;
    const share = b === undefined ? 0 : Math.max(0, (time - a.time_s) / Math.max(1e-6, b.time_s - a.time_s));
    const angle = a.angle_degrees + ((b?.angle_degrees ?? a.angle_degrees) - a.angle_degrees) * share;
    heading[frame] = (angle * Math.PI) / 180;
  }
  return heading;
}

/** The way the path goes, rounded; where it rests, the way it went before or is about to go. */
function alongHeading(path: Float64Array, frames: number, frames_per_s: number): Float64Array | undefined {
  const raw = new Float64Array(frames).fill(Number.NaN);
  for (let frame = 0; frame < frames; frame++) {
    const a = Math.max(0, frame - 1);
    const b = Math.min(frames - 1, frame + 1);
    const dx = (path[b * 2] ?? 0) - (path[a * 2] ?? 0);
    const dz = (path[b * 2 + 1] ?? 0) - (path[a * 2 + 1] ?? 0);
    if ((Math.hypot(dx, dz) * frames_per_s) / Math.max(1, b - a) > STANDING_SPEED) raw[frame] = Math.atan2(dx, dz);
  }
  const first = raw.find((angle) => !Number.isNaN(angle));
  if (first === undefined) return undefined;
  let known = first;
  const filled = raw.map((angle) => {
    if (!Number.isNaN(angle)) known = angle;
    return known;
  });
  return smoothColumns(unwrap(filled), 1, HEADING_SIGMA_S * frames_per_s);
}
