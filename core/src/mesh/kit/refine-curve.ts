/** A place on a refined curve. */
export interface CurvePoint {
  readonly point: readonly number[];
  /** Piece of the coarse curve that it lies on, and the share of the way along that piece, in [0, 1). */
  readonly piece: number;
  readonly share: number;
}

/** Options of {@link refineCurve}. */
export interface RefineCurveOptions {
  /** Whether the last point is followed by the first. */
  closed?: boolean;
  /** What an open curve is thought to go on with before its start and after its end: a mirror image, so that it is round there. */
  before?: readonly number[];
  after?: readonly number[];
}

/** Turns above this are corners and stay sharp: normals have a crease there, too. */
const CORNER = Math.cos((40 * Math.PI) / 180);
/** A piece is cut into so many parts that none turns by more than this. */
const LEAST_TURN = (4 * Math.PI) / 180;

/**
 * Makes a polygon of points of any dimension rounder: each piece between two soft turns becomes a cubic Hermite curve of at most `most`
 * straight parts. All points of the polygon stay; pieces that are straight, or run between two corners, stay whole. Long pieces say more
 * of the direction at a point than short ones, so that straight walls do not bulge where a bend begins.
 */
export function refineCurve(
  points: readonly (readonly number[])[],
  most: number,
  { closed = false, before, after }: RefineCurveOptions = {},
): CurvePoint[] {
  const count = points.length;
  const at = (k: number) => (closed ? points[(k + count) % count] : k < 0 ? before : k >= count ? after : points[k]);
  const pieces = closed ? count : count - 1;
  const refined: CurvePoint[] = [];
  for (let piece = 0; piece < pieces; piece += 1) {
    const [from, to] = [at(piece), at(piece + 1)] as [readonly number[], readonly number[]];
    const length = distance(from, to);
    const chord = direction(from, to);
    const start = tangentAt(at(piece - 1), from, to);
    const end = tangentAt(from, to, at(piece + 2));
    refined.push({ point: from, piece, share: 0 });
    if (start === undefined && end === undefined) continue;
    // Beside a corner the curve is as an arc that has the other end's turn.
    const [first, last] = [start ?? mirrored(end as number[], chord), end ?? mirrored(start as number[], chord)];
    const turn = Math.acos(Math.min(1, dot(first, chord))) + Math.acos(Math.min(1, dot(last, chord)));
    const parts = Math.min(most, Math.ceil(turn / LEAST_TURN));
    for (let part = 1; part < parts; part += 1) {
      const t = part / parts;
      const [a, b] = [(1 + 2 * t) * (1 - t) ** 2, t * t * (3 - 2 * t)];
      const [c, d] = [t * (1 - t) ** 2 * length, t * t * (t - 1) * length];
      const point = from.map(
        (value, k) => a * value + b * (to[k] as number) + c * (first[k] as number) + d * (last[k] as number),
      );
      refined.push({ point, piece, share: t });
    }
  }
  if (!closed) refined.push({ point: points[count - 1] as readonly number[], piece: pieces - 1, share: 1 });
  return refined;
}

/** Direction of the curve at a point between two others, of length 1; undefined at an end or a corner. */
function tangentAt(
  before: readonly number[] | undefined,
  point: readonly number[],
  after: readonly number[] | undefined,
): number[] | undefined {
  if (before === undefined || after === undefined) return undefined;
  const [into, out] = [direction(before, point), direction(point, after)];
  if (!(dot(into, out) > CORNER)) return undefined;
  const sum = point.map((_, k) => (after[k] as number) - (before[k] as number));
  const length = Math.hypot(...sum);
  return sum.map((value) => value / length);
}

/** The direction that turns as much to the other side of the chord. */
function mirrored(tangent: readonly number[], chord: readonly number[]): number[] {
  const along = dot(tangent, chord);
  return tangent.map((value, k) => 2 * along * (chord[k] as number) - value);
}

function direction(from: readonly number[], to: readonly number[]): number[] {
  const length = distance(from, to);
  return from.map((value, k) => ((to[k] as number) - value) / length);
}

function distance(from: readonly number[], to: readonly number[]): number {
  return Math.hypot(...from.map((value, k) => (to[k] as number) - value));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, k) => sum + value * (b[k] as number), 0);
}
