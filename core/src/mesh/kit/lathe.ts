import { refineCurve } from "./refine-curve.ts";
import type { Face, Point, Solid } from "./solid.ts";

/** Radius and height, metres. */
export type ProfilePoint = readonly [number, number];

/** Options of {@link lathe}. */
export interface LatheOptions {
  segments?: number;
  /** Whether the profile's end joins its start: a ring with a hole. */
  ring?: boolean;
}

/**
 * Turns a profile about +Y. It runs from the axis at the bottom outwards, up, and back to the axis (a ring's runs outside up and
 * inside down). Slanted walls are unrolled; flat stretches lie in their charts as discs.
 *
 * @throws RangeError if the profile has two equal neighbours, or does not begin and end on the axis without being a ring
 */
export function lathe(profile: readonly ProfilePoint[], { segments = 24, ring = false }: LatheOptions = {}): Solid {
  const points: Point[] = [];
  const rows = profile.map(([radius, y], row) => {
    const isEnd = row === 0 || row === profile.length - 1;
    if (radius < 0 || (radius === 0 && (ring || !isEnd)) || (radius > 0 && isEnd && !ring)) {
      throw new RangeError(`A profile has radius ${radius} at ${row} of ${profile.length}.`);
    }
    const first = points.length;
    const count = radius === 0 ? 1 : segments;
    for (let at = 0; at < count; at += 1) {
      const angle = (at * 2 * Math.PI) / segments;
      points.push([radius * Math.sin(angle), y, radius * Math.cos(angle)]);
    }
    return { first, isPole: radius === 0, radius, y };
  });
  const faces: Face[] = [];
  let chart = -1;
  let kind = "";
  let along = 0;
  let unroll = 0;
  for (let row = 0; row < rows.length - (ring ? 0 : 1); row += 1) {
    const low = rows[row] as (typeof rows)[number];
    const high = rows[(row + 1) % rows.length] as (typeof rows)[number];
    const [outwards, up] = [high.radius - low.radius, high.y - low.y];
    const length = Math.hypot(outwards, up);
    if (length < 1e-9) throw new RangeError(`A profile has two equal points at ${row}.`);
    const isDisc = Math.abs(up) < Math.abs(outwards);
    const nextKind = isDisc ? `disc ${outwards > 0}` : "wall";
    if (nextKind !== kind) {
      kind = nextKind;
      chart += 1;
      along = 0;
      unroll = widestFrom(profile, row, ring);
    }
    const vertexAt = (of: typeof low, at: number) => of.first + (of.isPole ? 0 : at % segments);
    const uvAt = (of: typeof low, at: number, height: number): [number, number] => {
      const angle = (at * 2 * Math.PI) / segments;
      if (!isDisc) return [angle * unroll, height];
      // Seen from below where the profile runs outwards, else from above.
      return [of.radius * Math.sin(angle), (outwards > 0 ? 1 : -1) * of.radius * Math.cos(angle)];
    };
    for (let at = 0; at < segments; at += 1) {
      const corners: [typeof low, number, number][] = low.isPole
        ? [
            [low, at + 0.5, along],
            [high, at + 1, along + length],
            [high, at, along + length],
          ]
        : high.isPole
          ? [
              [low, at, along],
              [low, at + 1, along],
              [high, at + 0.5, along + length],
            ]
          : [
              [low, at, along],
              [low, at + 1, along],
              [high, at + 1, along + length],
              [high, at, along + length],
            ];
      faces.push({
        corners: corners.map(([of, place]) => vertexAt(of, Math.floor(place))),
        uvs: corners.map(([of, place, height]) => uvAt(of, place, height)),
        chart,
      });
    }
    along += length;
  }
  const finer = (times: number) =>
    lathe(refineProfile(profile, times, ring), {
      segments: segments * Math.min(times, Math.ceil(ROUND / segments)),
      ring,
    });
  return { points, faces, finer };
}

/** Sides from which on a circle is round to the eye. */
export const ROUND = 96;

/** Makes the soft turns of a profile rounder; what crosses the axis goes on as its own mirror image. */
function refineProfile(profile: readonly ProfilePoint[], times: number, ring: boolean): ProfilePoint[] {
  const across = (point: ProfilePoint | undefined): ProfilePoint => [-(point?.[0] ?? 0), point?.[1] ?? 0];
  const ends = ring ? { closed: true } : { before: across(profile[1]), after: across(profile.at(-2)) };
  // No curve may leave the side of the axis that it is on.
  return refineCurve(profile, times, ends).map(({ point: [radius = 0, y = 0], share }) => [
    share === 0 || share === 1 ? radius : Math.max(radius, 1e-6),
    y,
  ]);
}

/** Widest radius of the wall that begins at a row: it is unrolled as wide as that. */
function widestFrom(profile: readonly ProfilePoint[], row: number, ring: boolean): number {
  let widest = 0;
  for (let at = row; at < profile.length - (ring ? 0 : 1); at += 1) {
    const [low, high] = [profile[at], profile[(at + 1) % profile.length]] as [ProfilePoint, ProfilePoint];
    if (Math.abs(high[1] - low[1]) < Math.abs(high[0] - low[0])) break;
    widest = Math.max(widest, low[0], high[0]);
  }
  return widest;
}

/** Options of {@link cylinder}. */
export interface CylinderOptions {
  segments?: number;
  /** Radius at the top; absent = as at the bottom, 0 = a cone. */
  top?: number;
  /** Metres cut off the edges. */
  bevel?: number;
}

/** Makes an upright cylinder, frustum or cone that stands on y = 0. */
export function cylinder(radius: number, height: number, options: CylinderOptions = {}): Solid {
  const { segments = 24, top = radius } = options;
  const bevel = Math.min(options.bevel ?? 0, height / 3, radius / 2, top > 0 ? top / 2 : radius);
  const profile: ProfilePoint[] = [[0, 0]];
  if (bevel > 0) profile.push([radius - bevel, 0], [radius, bevel]);
  else profile.push([radius, 0]);
  if (top > 0 && bevel > 0) profile.push([top, height - bevel], [top - bevel, height]);
  else if (top > 0) profile.push([top, height]);
  profile.push([0, height]);
  return lathe(profile, { segments });
}

/** Makes a ball that stands on y = 0. */
export function sphere(
  radius: number,
  { segments = 20, rings = 12 }: { segments?: number; rings?: number } = {},
): Solid {
  const profile = Array.from({ length: rings + 1 }, (_, ring): ProfilePoint => {
    const angle = (ring * Math.PI) / rings;
    return [ring === 0 || ring === rings ? 0 : radius * Math.sin(angle), radius * (1 - Math.cos(angle))];
  });
  return lathe(profile, { segments });
}

/** Makes an upright rod with round ends that stands on y = 0; `height` counts the ends. */
export function capsule(
  radius: number,
  height: number,
  { segments = 16, rings = 4 }: { segments?: number; rings?: number } = {},
): Solid {
  const quarter = Array.from({ length: rings + 1 }, (_, ring): ProfilePoint => {
    const angle = (ring * Math.PI) / (2 * rings);
    return [ring === 0 ? 0 : radius * Math.sin(angle), radius * (1 - Math.cos(angle))];
  });
  const above = quarter.toReversed().map(([r, y]): ProfilePoint => [r, height - y]);
  return lathe([...quarter, ...(height > 2 * radius ? above : above.slice(1))], { segments });
}

/** Makes a flat ring with a square section that stands on y = 0. */
export function ring(
  outer: number,
  inner: number,
  height: number,
  options: { segments?: number; bevel?: number } = {},
): Solid {
  const bevel = Math.min(options.bevel ?? 0, height / 3, (outer - inner) / 3);
  const square: ProfilePoint[] =
    bevel > 0
      ? [
          [outer - bevel, 0],
          [outer, bevel],
          [outer, height - bevel],
          [outer - bevel, height],
          [inner + bevel, height],
          [inner, height - bevel],
          [inner, bevel],
          [inner + bevel, 0],
        ]
      : [
          [outer, 0],
          [outer, height],
          [inner, height],
          [inner, 0],
        ];
  return lathe(square, { segments: options.segments ?? 24, ring: true });
}
