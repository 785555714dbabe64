import { findEdges } from "./edges.ts";
import type { Mesh } from "./mesh.ts";
import { type Triangle2, TriangleGrid } from "./triangle-grid.ts";
import { weldVertices } from "./weld.ts";

/** A mesh cut into pieces that lie flat. */
export interface Charts {
  /** Places of the corners in their chart's plane, the unit of the mesh, seen from outside, [triangles × 3, 2]. */
  readonly flat: Float64Array;
  /** Chart of each triangle, [triangles]. */
  readonly chartOf: Uint32Array;
}

/** A triangle joins a chart whose mean normal is within 45° of its own: stretched by 1.4 at most when it joins. */
const JOIN = Math.cos(Math.PI / 4);
/** Once the mean is final, triangles beyond 70° are put back. */
const KEEP = Math.cos((70 * Math.PI) / 180);
/** Part of a triangle's side that flat triangles may reach into each other: rounding. */
const TOLERANCE = 1e-5;

/** Grows charts from the largest triangle that is left, neighbour by neighbour. */
export function growCharts(mesh: Mesh): Charts {
  const count = mesh.indices.length / 3;
  const { normals, areas } = faceNormals(mesh);
  const neighbours = findNeighbours(mesh);
  const chartOf = new Uint32Array(count);
  const isTaken = new Uint8Array(count);
  const flat = new Float64Array(count * 6);
  const order = Array.from(areas.keys()).sort((a, b) => (areas[b] as number) - (areas[a] as number) || a - b);
  const seenBy = new Uint32Array(count);
  let charts = 0;
  for (const seed of order) {
    if (isTaken[seed] === 1) continue;
    charts += 1;
    const [members, mean] = gather(seed, charts, normals, areas, neighbours, isTaken, seenBy);
    layFlat(mesh, members, mean, normals, neighbours, flat, (triangle) => {
      isTaken[triangle] = 1;
      chartOf[triangle] = charts - 1;
    });
  }
  return { flat, chartOf };
}

type Vector = [number, number, number];

function gather(
  seed: number,
  stamp: number,
  normals: Float64Array,
  areas: Float64Array,
  neighbours: Int32Array,
  isTaken: Uint8Array,
  seenBy: Uint32Array,
): [number[], Vector] {
  const sum: Vector = [0, 0, 0];
  const members: number[] = [];
  const queue = [seed];
  seenBy[seed] = stamp;
  for (let head = 0; head < queue.length; head += 1) {
    const triangle = queue[head] as number;
    const normal = [0, 1, 2].map((axis) => normals[triangle * 3 + axis] as number) as Vector;
    const length = Math.hypot(...sum);
    const isFlat = (areas[triangle] as number) === 0;
    const turn = normal[0] * sum[0] + normal[1] * sum[1] + normal[2] * sum[2];
    if (members.length > 0 && !isFlat && turn < JOIN * length) continue;
    members.push(triangle);
    for (let axis = 0; axis < 3; axis += 1) {
      sum[axis] = (sum[axis] as number) + (normal[axis] as number) * (areas[triangle] as number);
    }
    for (let side = 0; side < 3; side += 1) {
      const next = neighbours[triangle * 3 + side] as number;
      if (next < 0 || isTaken[next] === 1 || seenBy[next] === stamp) continue;
      seenBy[next] = stamp;
      queue.push(next);
    }
  }
  const length = Math.hypot(...sum);
  return [members, length > 0 ? [sum[0] / length, sum[1] / length, sum[2] / length] : [0, 0, 1]];
}

/** Projects the triangles along the mean normal, turned so that their box is small; those that would cover others are left out. */
function layFlat(
  mesh: Mesh,
  members: readonly number[],
  mean: Vector,
  normals: Float64Array,
  neighbours: Int32Array,
  flat: Float64Array,
  take: (triangle: number) => void,
): void {
  const [right, up] = basis(mean);
  const place = (corner: number, [x, y, z]: Vector) => {
    const at = (mesh.indices[corner] as number) * 3;
    return (
      (mesh.positions[at] as number) * x +
      (mesh.positions[at + 1] as number) * y +
      (mesh.positions[at + 2] as number) * z
    );
  };
  const upright = members.filter((triangle, at) => {
    const turn = [0, 1, 2].reduce((sum, k) => sum + (normals[triangle * 3 + k] as number) * (mean[k] as number), 0);
    return at === 0 || turn > KEEP || isZero(normals, triangle);
  });
  const triangles = upright.map((triangle) =>
    [0, 1, 2].flatMap((k) => [place(triangle * 3 + k, right), place(triangle * 3 + k, up)]),
  ) as unknown as Triangle2[];
  const side = triangles.reduce((sum, t) => sum + Math.hypot(t[2] - t[0], t[3] - t[1]), 0) / triangles.length;
  const grid = new TriangleGrid(side > 0 ? side * 1.5 : 1, side * TOLERANCE);
  const apart = upright.filter((_, at) => {
    const triangle = triangles[at] as Triangle2;
    if (at > 0 && grid.overlaps(triangle)) return false;
    grid.add(triangle);
    return true;
  });
  const kept = connected(apart, neighbours);
  const [cos, sin] = smallestBox(
    kept.flatMap((triangle) =>
      [0, 1, 2].map((k) => [place(triangle * 3 + k, right), place(triangle * 3 + k, up)] as const),
    ),
  );
  for (const triangle of kept) {
    for (let k = 0; k < 3; k += 1) {
      const [u, v] = [place(triangle * 3 + k, right), place(triangle * 3 + k, up)];
      flat[triangle * 6 + k * 2] = u * cos - v * sin;
      flat[triangle * 6 + k * 2 + 1] = u * sin + v * cos;
    }
    take(triangle);
  }
}

/** Triangles that hang together with the first: pieces cut off would lie nearer to it than the padding. */
function connected(triangles: readonly number[], neighbours: Int32Array): number[] {
  const waiting = new Set(triangles);
  const queue = triangles.slice(0, 1);
  waiting.delete(queue[0] as number);
  for (let head = 0; head < queue.length; head += 1) {
    for (let side = 0; side < 3; side += 1) {
      const next = neighbours[(queue[head] as number) * 3 + side] as number;
      if (waiting.delete(next)) queue.push(next);
    }
  }
  return queue;
}

function isZero(normals: Float64Array, triangle: number): boolean {
  return normals[triangle * 3] === 0 && normals[triangle * 3 + 1] === 0 && normals[triangle * 3 + 2] === 0;
}

/** Two unit vectors that span the plane across a unit normal, right-handed with it; up is as near to +Y as may be. */
function basis([x, y, z]: Vector): [Vector, Vector] {
  const right: Vector = Math.abs(y) > 0.99 ? [1, 0, 0] : [z, 0, -x];
  const along = right[0] * x + right[2] * z;
  const raw: Vector = [right[0] - along * x, -along * y, right[2] - along * z];
  const length = Math.hypot(...raw);
  const [rx, ry, rz] = [raw[0] / length, raw[1] / length, raw[2] / length];
  return [
    [rx, ry, rz],
    [y * rz - z * ry, z * rx - x * rz, x * ry - y * rx],
  ];
}

/** Cosine and sine of the turn, in steps of 5.6°, that gives points the smallest upright box. */
function smallestBox(points: readonly (readonly [number, number])[]): [number, number] {
  let best: [number, number] = [1, 0];
  let least = Number.POSITIVE_INFINITY;
  for (let step = 0; step < 16; step += 1) {
    const [cos, sin] = [Math.cos((step * Math.PI) / 32), Math.sin((step * Math.PI) / 32)];
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const [u, v] of points) {
      left = Math.min(left, u * cos - v * sin);
      right = Math.max(right, u * cos - v * sin);
      bottom = Math.min(bottom, u * sin + v * cos);
      top = Math.max(top, u * sin + v * cos);
    }
    const area = (right - left) * (top - bottom);
    if (area < least * 0.999) {
      least = area;
      best = [cos, sin];
    }
  }
  return best;
}

function faceNormals({ positions, indices }: Mesh): { normals: Float64Array; areas: Float64Array } {
  const normals = new Float64Array(indices.length);
  const areas = new Float64Array(indices.length / 3);
  const at = (corner: number, axis: number) => positions[(indices[corner] as number) * 3 + axis] as number;
  for (let corner = 0; corner < indices.length; corner += 3) {
    const [ux, uy, uz] = [0, 1, 2].map((k) => at(corner + 1, k) - at(corner, k)) as Vector;
    const [vx, vy, vz] = [0, 1, 2].map((k) => at(corner + 2, k) - at(corner, k)) as Vector;
    const normal: Vector = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
    const length = Math.hypot(...normal);
    areas[corner / 3] = length / 2;
    for (let k = 0; k < 3; k += 1) normals[corner + k] = length > 0 ? (normal[k] as number) / length : 0;
  }
  return { normals, areas };
}

/** Triangle over each side of each triangle, -1 = none or more than one, [triangles, 3]. */
function findNeighbours(mesh: Mesh): Int32Array {
  const { remap, first } = weldVertices(mesh.positions.length / 3, [{ data: mesh.positions, width: 3 }]);
  const { starts, uses } = findEdges(
    mesh.indices.map((vertex) => remap[vertex] as number),
    first.length,
  );
  const neighbours = new Int32Array(mesh.indices.length).fill(-1);
  for (let edge = 0; edge < starts.length - 1; edge += 1) {
    const start = starts[edge] as number;
    if ((starts[edge + 1] as number) - start !== 2) continue;
    const [one, other] = [uses[start] as number, uses[start + 1] as number];
    neighbours[one] = Math.floor(other / 3);
    neighbours[other] = Math.floor(one / 3);
  }
  return neighbours;
}
