import type { Face, Point, Solid } from "./solid.ts";

/** How a side of a box is seen from outside: right and up, by axis and sign of its normal. */
const SEEN: Record<string, (p: Point) => [number, number]> = {
  "0,1": ([, y, z]) => [-z, y],
  "0,-1": ([, y, z]) => [z, y],
  "1,1": ([x, , z]) => [x, -z],
  "1,-1": ([x, , z]) => [x, z],
  "2,1": ([x, y]) => [x, y],
  "2,-1": ([x, y]) => [-x, y],
};
const SIGNS = [-1, 1] as const;

/**
 * Makes a box that stands on y = 0, centred in x and z, its edges cut off by `bevel` metres (at most a third of the shortest side is
 * taken; 0 = sharp).
 */
export function box(width: number, height: number, depth: number, bevel = 0): Solid {
  const half = [width / 2, height / 2, depth / 2] as const;
  const cut = Math.min(bevel, (Math.min(width, height, depth) * 2) / 6);
  const points: Point[] = [];
  const known = new Map<string, number>();
  // The vertex of a corner that lies on the side across `axis`.
  const vertex = (corner: Point, axis: number): number => {
    const point = corner.map((sign, k) => sign * ((half[k] as number) - (k === axis ? 0 : cut))) as unknown as Point;
    const key = point.join();
    const index = known.get(key) ?? points.push(point) - 1;
    known.set(key, index);
    return index;
  };
  const faces: Face[] = [];
  const add = (corners: number[], axis: number, sign: number) => {
    const centre = [0, 1, 2].map((k) => corners.reduce((sum, at) => sum + (points[at]?.[k] as number), 0));
    const [a, b, c] = corners.map((at) => points[at] as Point) as [Point, Point, Point];
    const [u, v] = [b, c].map((p) => [0, 1, 2].map((k) => (p[k] as number) - (a[k] as number))) as [number[], number[]];
    const out = [0, 1, 2].reduce((sum, k) => {
      const [i, j] = [(k + 1) % 3, (k + 2) % 3];
      return sum + (centre[k] as number) * ((u[i] as number) * (v[j] as number) - (u[j] as number) * (v[i] as number));
    }, 0);
    const ring = out > 0 ? corners : corners.toReversed();
    const seen = SEEN[`${axis},${sign}`] as (p: Point) => [number, number];
    faces.push({ corners: ring, uvs: ring.map((at) => seen(points[at] as Point)), chart: axis * 2 + (sign + 1) / 2 });
  };
  const at = (axis: number, along: number, b: number, c: number): Point => {
    const corner = [0, 0, 0];
    corner[axis] = along;
    corner[(axis + 1) % 3] = b;
    corner[(axis + 2) % 3] = c;
    return corner as unknown as Point;
  };
  for (let axis = 0; axis < 3; axis += 1) {
    for (const sign of SIGNS) {
      const ring = [at(axis, sign, -1, -1), at(axis, sign, 1, -1), at(axis, sign, 1, 1), at(axis, sign, -1, 1)];
      add(
        ring.map((corner) => vertex(corner, axis)),
        axis,
        sign,
      );
    }
    if (cut === 0) continue;
    const [b, c] = [(axis + 1) % 3, (axis + 2) % 3];
    for (const signB of SIGNS) {
      for (const signC of SIGNS) {
        const [low, high] = [at(axis, -1, signB, signC), at(axis, 1, signB, signC)];
        // A cut edge is drawn with the top or bottom where it has one, else with the front or back.
        const owner = b === 1 || (c !== 1 && b === 2) ? b : c;
        add([vertex(low, b), vertex(high, b), vertex(high, c), vertex(low, c)], owner, owner === b ? signB : signC);
      }
    }
  }
  if (cut > 0) {
    for (let index = 0; index < 8; index += 1) {
      const corner = [0, 1, 2].map((k) => SIGNS[(index >> k) & 1]) as unknown as Point;
      add(
        [0, 1, 2].map((axis) => vertex(corner, axis)),
        1,
        corner[1],
      );
    }
  }
  return { points: points.map(([x, y, z]) => [x, y + height / 2, z]), faces };
}
