import type { MotionPath } from "../protocol/motion.ts";

/** A path over the ground as a function of time. */
export interface TimedPath {
  /** Seconds at which each point is passed, never falling. */
  readonly times: Float64Array;
  /** x and z, [points, 2], metres. */
  readonly points: Float64Array;
  /** Metres from the first point to the last. */
  readonly length: number;
}

/** Where a path is at a time. */
export interface PathPlace {
  x: number;
  z: number;
  /** Metres a second. */
  speed: number;
  /** Radians about +Y from +Z that the path goes to; undefined where it rests. */
  yaw: number | undefined;
}

/**
 * Gives a path with a time for each point.
 *
 * Points without a time are reached at even speed between those that have one; the first stands for 0 s and the last for the end.
 * A closed path goes back to its first point, where that is not its last already.
 */
export function timePath(path: MotionPath, duration_s: number): TimedPath {
  const given = [...path.points];
  const [first] = given;
  const last = given.at(-1);
  if (path.closed && first !== undefined && last !== undefined) {
    const gap = Math.hypot(first.position[0] - last.position[0], first.position[1] - last.position[1]);
    if (gap > 1e-3) given.push({ position: first.position });
  }
  const count = given.length;
  const points = Float64Array.from(given.flatMap(({ position }) => position));
  const along = new Float64Array(count);
  for (let i = 1; i < count; i++) {
    const dx = (points[i * 2] ?? 0) - (points[i * 2 - 2] ?? 0);
    const dz = (points[i * 2 + 1] ?? 0) - (points[i * 2 - 1] ?? 0);
    along[i] = (along[i - 1] ?? 0) + Math.hypot(dx, dz);
  }
  const times = new Float64Array(count);
  let known = 0;
  times[0] = given[0]?.time_s ?? 0;
  for (let i = 1; i < count; i++) {
    const time = given[i]?.time_s ?? (i === count - 1 ? duration_s : undefined);
    if (time === undefined) continue;
    const start = times[known] ?? 0;
    const from = along[known] ?? 0;
    const span = (along[i] ?? 0) - from;
    for (let k = known + 1; k <= i; k++) {
      const share = span > 0 ? ((along[k] ?? 0) - from) / span : (k - known) / (i - known);
      times[k] = start + (time - start) * share;
    }
    known = i;
  }
  return { times, points, length: along[count - 1] ?? 0 };
}

/** Gives where a path is at a time; before its first and after its last point it rests there. */
export function pathAt({ times, points }: TimedPath, time_s: number): PathPlace {
  const last = times.length - 1;
  let i = 0;
  while (i < last - 1 && (times[i + 1] ?? 0) <= time_s) i++;
  const start = times[i] ?? 0;
  const span = (times[i + 1] ?? start) - start;
  const share = span > 0 ? Math.min(1, Math.max(0, (time_s - start) / span)) : time_s >= start ? 1 : 0;
  const x = points[i * 2] ?? 0;
  const z = points[i * 2 + 1] ?? 0;
  const dx = (points[i * 2 + 2] ?? x) - x;
  const dz = (points[i * 2 + 3] ?? z) - z;
  const way = Math.hypot(dx, dz);
  const rests = way < 1e-6 || span <= 0 || time_s < (times[0] ?? 0) || time_s > (times[last] ?? 0);
  return {
    x: x + dx * share,
    z: z + dz * share,
    speed: rests ? 0 : way / span,
    yaw: way < 1e-6 ? undefined : Math.atan2(dx, dz),
  };
}
