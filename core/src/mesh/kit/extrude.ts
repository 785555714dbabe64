import { refineCurve } from "./refine-curve.ts";
import type { Face, Point, Solid } from "./solid.ts";

/** x, y, metres. */
export type PlanePoint = readonly [number, number];

/**
 * Makes a plate of an outline in the x-y plane, `depth` thick along z, its middle at z = 0, its front and back edges cut off by `bevel`.
 *
 * @param outline counter-clockwise seen from the front (+Z), without crossing itself
 */
export function extrude(outline: readonly PlanePoint[], depth: number, bevel = 0): Solid {
  const cut = Math.min(bevel, depth / 3);
  return plate(outline, cut > 0 ? inset(outline, cut) : outline, depth, cut);
}

/** @param inner edge of the front and the back, as many points as the outline */
function plate(outline: readonly PlanePoint[], inner: readonly PlanePoint[], depth: number, cut: number): Solid {
  const count = outline.length;
  const layers: [readonly PlanePoint[], number][] =
    cut > 0
      ? [
          [inner, depth / 2],
          [outline, depth / 2 - cut],
          [outline, cut - depth / 2],
          [inner, -depth / 2],
        ]
      : [
          [outline, depth / 2],
          [outline, -depth / 2],
        ];
  const points: Point[] = layers.flatMap(([layer, z]) => layer.map(([x, y]): Point => [x, y, z]));
  const faces: Face[] = [];
  const last = (layers.length - 1) * count;
  for (const [a, b, c] of triangulate(inner)) {
    const at = (k: number) => inner[k] as PlanePoint;
    faces.push({ corners: [a, b, c], uvs: [at(a), at(b), at(c)], chart: 0 });
    const back = [c, b, a];
    faces.push({ corners: back.map((k) => last + k), uvs: back.map((k) => [-at(k)[0], at(k)[1]] as const), chart: 1 });
  }
  let around = 0;
  for (let k = 0; k < count; k += 1) {
    const next = (k + 1) % count;
    const [p, q] = [outline[k] as PlanePoint, outline[next] as PlanePoint];
    const length = Math.hypot(q[0] - p[0], q[1] - p[1]);
    let down = 0;
    for (let layer = 0; layer < layers.length - 1; layer += 1) {
      const [z, below] = [layers[layer]?.[1] as number, layers[layer + 1]?.[1] as number];
      const height = cut > 0 && layer !== 1 ? cut * Math.SQRT2 : z - below;
      const [front, behind] = [layer * count, (layer + 1) * count];
      faces.push({
        corners: [front + k, behind + k, behind + next, front + next],
        uvs: [
          [around, -down],
          [around, -down - height],
          [around + length, -down - height],
          [around + length, -down],
        ],
        chart: 2,
      });
      down += height;
    }
    around += length;
  }
  const finer = (times: number) => {
    const curve = refineCurve(outline, times, { closed: true });
    // The inner edge keeps its way from the outline: moved in anew it would cross itself in tight bends.
    const within = curve.map(({ point: [x = 0, y = 0], piece, share }): PlanePoint => {
      const way = (k: number, axis: 0 | 1) =>
        (inner[k % count] as PlanePoint)[axis] - (outline[k % count] as PlanePoint)[axis];
      const between = (axis: 0 | 1) => way(piece, axis) + (way(piece + 1, axis) - way(piece, axis)) * share;
      return [x + between(0), y + between(1)];
    });
    return plate(
      curve.map(({ point: [x = 0, y = 0] }): PlanePoint => [x, y]),
      within,
      depth,
      cut,
    );
  };
  return { points, faces, finer };
}

/** Moves an outline inwards; corners keep both their sides at the distance. */
function inset(outline: readonly PlanePoint[], distance: number): PlanePoint[] {
  const count = outline.length;
  const normals = outline.map((p, k): PlanePoint => {
    const q = outline[(k + 1) % count] as PlanePoint;
    const length = Math.hypot(q[0] - p[0], q[1] - p[1]);
    return [-(q[1] - p[1]) / length, (q[0] - p[0]) / length];
  });
  return outline.map(([x, y], k): PlanePoint => {
    const [a, b] = [normals[(k + count - 1) % count] as PlanePoint, normals[k] as PlanePoint];
    // Sharp tips would run far in: no further than twice the distance.
    const share = distance / Math.max(1 + a[0] * b[0] + a[1] * b[1], 0.5);
    return [x + (a[0] + b[0]) * share, y + (a[1] + b[1]) * share];
  });
}

/** Cuts a simple outline, counter-clockwise, into triangles, ear by ear; the ear with the best angles first. */
export function triangulate(outline: readonly PlanePoint[]): [number, number, number][] {
  const left = outline.map((_, k) => k);
  const at = (k: number) => outline[k] as PlanePoint;
  const area = (a: number, b: number, c: number) =>
    (at(b)[0] - at(a)[0]) * (at(c)[1] - at(a)[1]) - (at(b)[1] - at(a)[1]) * (at(c)[0] - at(a)[0]);
  const triangles: [number, number, number][] = [];
  while (left.length > 3) {
    let best = -1;
    let quality = 0;
    for (let k = 0; k < left.length; k += 1) {
      const [a, b, c] = [left[(k + left.length - 1) % left.length], left[k], left[(k + 1) % left.length]] as [
        number,
        number,
        number,
      ];
      const twice = area(a, b, c);
      const longest = Math.max(
        ...[
          [a, b],
          [b, c],
          [c, a],
        ].map(([p, q]) => Math.hypot(at(p as number)[0] - at(q as number)[0], at(p as number)[1] - at(q as number)[1])),
      );
      if (twice / longest ** 2 <= quality) continue;
      const holds = left.some(
        (p) => p !== a && p !== b && p !== c && area(a, b, p) >= 0 && area(b, c, p) >= 0 && area(c, a, p) >= 0,
      );
      if (holds) continue;
      quality = twice / longest ** 2;
      best = k;
    }
    if (best < 0) throw new RangeError("The outline crosses itself, or runs clockwise.");
    const n = left.length;
    triangles.push([left[(best + n - 1) % n] as number, left[best] as number, left[(best + 1) % n] as number]);
    left.splice(best, 1);
  }
  triangles.push(left as [number, number, number]);
  return triangles;
}
