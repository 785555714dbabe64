import type { PlanePoint } from "./extrude.ts";
import { ROUND } from "./lathe.ts";
import { refineCurve } from "./refine-curve.ts";
import type { Face, Point, Solid } from "./solid.ts";

/** Options of {@link sweep}. */
export interface SweepOptions {
  /** Size of the section at each point of the path, or one for all, metres; 0 at an end = a tip. */
  radius: number | readonly number[];
  /** Outline of the section for radius 1, counter-clockwise seen against the path, convex. Absent = a circle. */
  section?: readonly PlanePoint[];
  /** Sides of the circle. */
  segments?: number;
  /** Whether the path's end joins its start; the path is flat then. */
  closed?: boolean;
}

/** Pulls a section along a path; it does not twist (parallel transport). Ends are closed by flat caps. */
export function sweep(path: readonly Point[], options: SweepOptions): Solid {
  const { closed = false, segments = 10 } = options;
  const section = options.section ?? circle(segments);
  const count = section.length;
  const radiusAt = (row: number) =>
    typeof options.radius === "number" ? options.radius : (options.radius[row] as number);
  const frames = framesAlong(path, closed);
  const points: Point[] = [];
  const rows = path.map((centre, row) => {
    const [right, up] = frames[row] as [Point, Point];
    const radius = radiusAt(row);
    const first = points.length;
    for (const [x, y] of radius === 0 ? [[0, 0] as const] : section) {
      points.push(
        [0, 1, 2].map(
          (k) => (centre[k] as number) + radius * (x * (right[k] as number) + y * (up[k] as number)),
        ) as unknown as Point,
      );
    }
    return { first, radius };
  });
  const faces: Face[] = [];
  const lengths = section.map(([x, y], k) => {
    const [nx, ny] = section[(k + 1) % count] as PlanePoint;
    return Math.hypot(nx - x, ny - y);
  });
  const widest = Math.max(...rows.map(({ radius }) => radius));
  let along = 0;
  for (let row = 0; row < rows.length - (closed ? 0 : 1); row += 1) {
    const [low, high] = [rows[row], rows[(row + 1) % rows.length]] as [(typeof rows)[number], (typeof rows)[number]];
    const step = distance(path[row] as Point, path[(row + 1) % path.length] as Point);
    let around = 0;
    for (let k = 0; k < count; k += 1) {
      const [left, right] = [around * widest, (around + (lengths[k] as number)) * widest];
      const next = (k + 1) % count;
      const corners: [number, number, number][] = [];
      if (low.radius === 0) corners.push([low.first, (left + right) / 2, along]);
      else corners.push([low.first + k, left, along], [low.first + next, right, along]);
      if (high.radius === 0) corners.push([high.first, (left + right) / 2, along + step]);
      else corners.push([high.first + next, right, along + step], [high.first + k, left, along + step]);
      faces.push({ corners: corners.map(([at]) => at), uvs: corners.map(([, u, v]) => [u, v] as const), chart: 0 });
      around += lengths[k] as number;
    }
    along += step;
  }
  if (!closed) {
    const [start, end] = [rows[0], rows.at(-1)] as [(typeof rows)[number], (typeof rows)[number]];
    const order = section.map((_, k) => k);
    const cap = (row: typeof start, ring: readonly number[], sign: number, chart: number) => {
      if (row.radius === 0) return;
      const uvs = ring.map((k) => {
        const [x, y] = section[k] as PlanePoint;
        return [sign * x * row.radius, y * row.radius] as const;
      });
      faces.push({ corners: ring.map((k) => row.first + k), uvs, chart });
    };
    cap(start, order.toReversed(), -1, 1);
    cap(end, order, 1, 2);
  }
  return { points, faces, finer: (times) => sweepFiner(path, options, times) };
}

function sweepFiner(path: readonly Point[], options: SweepOptions, times: number): Solid {
  const { closed = false, segments = 10, radius } = options;
  const curve = refineCurve(path, times, { closed });
  const radii = curve.map(({ piece, share }) => {
    if (typeof radius === "number") return radius;
    const [low, high] = [radius[piece], radius[(piece + 1) % path.length]] as [number, number];
    return low + (high - low) * share;
  });
  return sweep(
    curve.map(({ point }) => point as unknown as Point),
    {
      closed,
      radius: radii,
      ...(options.section === undefined
        ? { segments: segments * Math.min(times, Math.ceil(ROUND / segments)) }
        : {
            section: refineCurve(options.section, times, { closed: true }).map(
              ({ point }) => point as unknown as PlanePoint,
            ),
          }),
    },
  );
}

/** Gives a circle of radius 1 as an outline. */
export function circle(segments: number): PlanePoint[] {
  return Array.from({ length: segments }, (_, k): PlanePoint => {
    const angle = (k * 2 * Math.PI) / segments;
    return [Math.cos(angle), Math.sin(angle)];
  });
}

/** Gives a smooth curve through points (Catmull-Rom), `steps` pieces between two of them. */
export function smoothPath(through: readonly Point[], steps: number): Point[] {
  const path: Point[] = [];
  for (let at = 0; at < through.length - 1; at += 1) {
    const [a, b, c, d] = [
      through[Math.max(at - 1, 0)],
      through[at],
      through[at + 1],
      through[Math.min(at + 2, through.length - 1)],
    ] as [Point, Point, Point, Point];
    for (let step = 0; step < steps; step += 1) {
      const t = step / steps;
      path.push(
        [0, 1, 2].map((k) => {
          const [p, q, r, s] = [a[k], b[k], c[k], d[k]] as [number, number, number, number];
          return 0.5 * (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t * t + (3 * q - p - 3 * r + s) * t ** 3);
        }) as unknown as Point,
      );
    }
  }
  path.push(through.at(-1) as Point);
  return path;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** Right and up of the section at each point: right × up runs along the path. */
function framesAlong(path: readonly Point[], closed: boolean): [Point, Point][] {
  const tangents = path.map((_, at) => {
    const before = path[closed ? (at + path.length - 1) % path.length : Math.max(at - 1, 0)] as Point;
    const after = path[closed ? (at + 1) % path.length : Math.min(at + 1, path.length - 1)] as Point;
    return unit([after[0] - before[0], after[1] - before[1], after[2] - before[2]]);
  });
  const [first] = tangents as [Point];
  // Upright paths begin with right = +X, all others with up as near to +Y as may be.
  let right: Point = Math.abs(first[1]) > 0.9 ? [1, 0, 0] : unit(cross([0, 1, 0], first));
  return tangents.map((tangent) => {
    const along = right[0] * tangent[0] + right[1] * tangent[1] + right[2] * tangent[2];
    right = unit([right[0] - along * tangent[0], right[1] - along * tangent[1], right[2] - along * tangent[2]]);
    return [right, cross(tangent, right)];
  });
}

function cross(a: Point, b: Point): Point {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function unit(v: Point): Point {
  const length = Math.hypot(...v);
  return [v[0] / length, v[1] / length, v[2] / length];
}
