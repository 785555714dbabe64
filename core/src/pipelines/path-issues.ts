import { pathAt, type TimedPath, timePath } from "../motion/motion-path.ts";
import type { Issue } from "../protocol/issues.ts";
import type { MotionParams, MotionPath } from "../protocol/motion.ts";

/** Metres a second that a person can just run. */
export const FASTEST_RUN = 9;
/** Degrees a second that a person can just turn. */
const FASTEST_TURN = 720;
/** A fold within so many metres to either side of a point, passed in less than so many seconds, lies within one step. */
const STEP_LENGTH = 0.35;
const STEP_S = 0.5;
const FOLD_DEGREES = 150;
/** Metres between the points at which a path is looked at for folds. */
const STRIDE = 0.1;

/** Gives what keeps a figure from following a path. It may cross itself: each pass has its own time. */
export function pathIssues(path: MotionPath | undefined, duration_s: number): Issue[] {
  if (path === undefined) return [];
  const issues = timeIssues(
    path.points.map(({ time_s }) => time_s),
    (i) => `params.path.points[${i}].time_s`,
    duration_s,
    true,
  );
  // Neither speed nor folds mean anything while the times are wrong.
  if (issues.length > 0) return issues;
  const timed = timePath(path, duration_s);
  if (timed.length < 1e-3) {
    return [{ path: "params.path.points", message: "must be at different places; all are at the same one" }];
  }
  return [...speedIssues(timed), ...foldIssues(timed)];
}

/** Gives what is wrong with the angles that the figure is to look at. */
export function headingIssues(heading: MotionParams["heading"], duration_s: number): Issue[] {
  const issues = timeIssues(
    heading.map(({ time_s }) => time_s),
    (i) => `params.heading[${i}].time_s`,
    duration_s,
    true,
  );
  if (issues.length > 0) return issues;
  return heading.flatMap(({ time_s, angle_degrees }, i) => {
    const before = heading[i - 1];
    if (before === undefined) return [];
    const turn = Math.abs(angle_degrees - before.angle_degrees) / (time_s - before.time_s);
    if (turn <= FASTEST_TURN) return [];
    const message = `asks for a turn of ${Math.round(turn)}° a second; a person turns at most ${FASTEST_TURN}`;
    return [{ path: `params.heading[${i}].angle_degrees`, message }];
  });
}

/** Gives the times that lie beyond the end, or do not come after the one before. */
export function timeIssues(
  times: readonly (number | undefined)[],
  path: (index: number) => string,
  duration_s: number,
  strict: boolean,
): Issue[] {
  let last: number | undefined;
  return times.flatMap((time, i) => {
    if (time === undefined) return [];
    const before = last;
    last = time;
    if (time > duration_s + 1e-6) {
      return [{ path: path(i), message: `must be at most the end, ${round(duration_s)} s, is ${time}` }];
    }
    if (before === undefined || time > before || (!strict && time === before)) return [];
    return [
      {
        path: path(i),
        message: `must be ${strict ? "after" : "at or after"} the time before it, ${before}, is ${time}`,
      },
    ];
  });
}

function speedIssues({ times, points }: TimedPath): Issue[] {
  for (let i = 1; i < times.length; i++) {
    const way = Math.hypot(
      (points[i * 2] ?? 0) - (points[i * 2 - 2] ?? 0),
      (points[i * 2 + 1] ?? 0) - (points[i * 2 - 1] ?? 0),
    );
    const seconds = (times[i] ?? 0) - (times[i - 1] ?? 0);
    // Points that lie on one another may share a time.
    if (way < 1e-3 || way <= FASTEST_RUN * seconds) continue;
    const speed = seconds > 0 ? `${round(way / seconds)} m/s` : "no time at all";
    const message = `asks for ${round(way)} m in ${round(seconds)} s (${speed}); a person runs at most ${FASTEST_RUN} m/s. Give it more time, or a shorter way`;
    return [{ path: `params.path.points[${Math.min(i, times.length - 1)}]`, message }];
  }
  return [];
}

function foldIssues(path: TimedPath): Issue[] {
  const { times } = path;
  const start = times[0] ?? 0;
  const end = times.at(-1) ?? 0;
  const places = evenlyAlong(path, start, end);
  const reach = Math.round(STEP_LENGTH / STRIDE);
  for (let i = reach; i < places.length - reach; i++) {
    const [a, b, c] = [places[i - reach], places[i], places[i + reach]];
    if (a === undefined || b === undefined || c === undefined || c.time_s - a.time_s > STEP_S) continue;
    const turn = degreesBetween(b.x - a.x, b.z - a.z, c.x - b.x, c.z - b.z);
    if (turn < FOLD_DEGREES) continue;
    const message = `folds back on itself within one step at ${round(b.time_s)} s (x ${round(b.x)}, z ${round(b.z)}): nobody turns round so fast. Give the turn more time or room`;
    return [{ path: "params.path.points", message }];
  }
  return [];
}

/** Places every STRIDE metres of a path's length, with the time of each. */
function evenlyAlong(path: TimedPath, start: number, end: number): { x: number; z: number; time_s: number }[] {
  const places: { x: number; z: number; time_s: number }[] = [];
  let travelled = 0;
  let { x, z } = pathAt(path, start);
  for (let i = 1; i < path.times.length; i++) {
    const [t0, t1] = [path.times[i - 1] ?? start, path.times[i] ?? end];
    const [x1, z1] = [path.points[i * 2] ?? x, path.points[i * 2 + 1] ?? z];
    const length = Math.hypot(x1 - x, z1 - z);
    for (let next = places.length * STRIDE; next <= travelled + length && length > 0; next += STRIDE) {
      const share = (next - travelled) / length;
      places.push({ x: x + (x1 - x) * share, z: z + (z1 - z) * share, time_s: t0 + (t1 - t0) * share });
    }
    travelled += length;
    [x, z] = [x1, z1];
  }
  return places;
}

function degreesBetween(ax: number, az: number, bx: number, bz: number): number {
  return (Math.abs(Math.atan2(ax * bz - az * bx, ax * bx + az * bz)) * 180) / Math.PI;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
