import { findEdges, nextCorner } from "../edges.ts";
import { gather } from "../gather.ts";
import type { Mesh } from "../mesh.ts";
import { weldVertices } from "../weld.ts";

/** An edge counts as sharp from this turn on: cos 24°. */
const SHARP = Math.cos((24 * Math.PI) / 180);

/** Places along each axis, in reaches, that touch every cell around: the steps along an edge are half a cell. */
const AROUND = [-1.5, 0, 1.5];

/** Gives the distance to the nearest sharp outer edge, metres; `reach` where none is nearer. */
export type EdgeDistance = (x: number, y: number, z: number) => number;

/** Finds the sharp edges of a mesh that point outwards, as wear finds them first. */
export function makeEdgeDistance(mesh: Mesh, reach: number): EdgeDistance {
  const segments = sharpEdges(mesh);
  const cells = new Map<number, number[]>();
  const cell = reach * 2;
  const keyOf = (x: number, y: number, z: number) =>
    ((Math.floor(x / cell) & 0x3ff) << 20) | ((Math.floor(y / cell) & 0x3ff) << 10) | (Math.floor(z / cell) & 0x3ff);
  for (let at = 0; at < segments.length; at += 6) {
    const point = (k: number) => segments[at + k] as number;
    const length = Math.hypot(point(3) - point(0), point(4) - point(1), point(5) - point(2));
    const steps = Math.ceil((length / cell) * 2) + 1;
    const seen = new Set<number>();
    for (let step = 0; step <= steps; step += 1) {
      const t = step / steps;
      const [x, y, z] = [0, 1, 2].map((k) => point(k) * (1 - t) + point(3 + k) * t) as [number, number, number];
      // Into every cell that a point within reach may lie in: the cube around spans three at most.
      for (const dx of AROUND) {
        for (const dy of AROUND) {
          for (const dz of AROUND) seen.add(keyOf(x + dx * reach, y + dy * reach, z + dz * reach));
        }
      }
    }
    for (const key of seen) {
      const list = cells.get(key);
      if (list === undefined) cells.set(key, [at]);
      else list.push(at);
    }
  }
  return (x, y, z) => {
    let best = reach * reach;
    const near = cells.get(keyOf(x, y, z));
    if (near === undefined) return reach;
    for (const at of near) {
      const ax = segments[at] as number;
      const ay = segments[at + 1] as number;
      const az = segments[at + 2] as number;
      const ux = (segments[at + 3] as number) - ax;
      const uy = (segments[at + 4] as number) - ay;
      const uz = (segments[at + 5] as number) - az;
      const length2 = ux * ux + uy * uy + uz * uz;
      const along = ((x - ax) * ux + (y - ay) * uy + (z - az) * uz) / (length2 || 1);
      const t = Math.min(Math.max(along, 0), 1);
      const distance2 = (x - ax - t * ux) ** 2 + (y - ay - t * uy) ** 2 + (z - az - t * uz) ** 2;
      if (distance2 < best) best = distance2;
    }
    return Math.sqrt(best);
  };
}

/** Ends of the sharp edges where two triangles turn away from each other, [edges, 6]. */
function sharpEdges(mesh: Mesh): Float32Array {
  const { remap, first } = weldVertices(mesh.positions.length / 3, [{ data: mesh.positions, width: 3 }]);
  const positions = gather(mesh.positions, first, 3);
  const indices = mesh.indices.map((vertex) => remap[vertex] as number);
  const { ends, starts, uses } = findEdges(indices, first.length);
  const found: number[] = [];
  for (let edge = 0; edge < starts.length - 1; edge += 1) {
    const start = starts[edge] as number;
    if ((starts[edge + 1] as number) - start !== 2) continue;
    const [one, other] = [uses[start] as number, uses[start + 1] as number];
    const [n, m] = [normalOf(positions, indices, one), normalOf(positions, indices, other)];
    const cos = (n[0] * m[0] + n[1] * m[1] + n[2] * m[2]) / (Math.hypot(...n) * Math.hypot(...m) || 1);
    if (cos > SHARP) continue;
    // Outwards: the other triangle's tip lies behind this one's plane.
    const tip = (indices[nextCorner(nextCorner(other))] as number) * 3;
    const on = (indices[one] as number) * 3;
    const side = [0, 1, 2].reduce(
      (sum, k) => sum + (n[k] as number) * ((positions[tip + k] as number) - (positions[on + k] as number)),
      0,
    );
    if (side >= 0) continue;
    for (const end of [ends[edge * 2] as number, ends[edge * 2 + 1] as number])
      for (let k = 0; k < 3; k += 1) found.push(positions[end * 3 + k] as number);
  }
  return Float32Array.from(found);
}

function normalOf(positions: Float32Array, indices: Uint32Array, corner: number): [number, number, number] {
  const triangle = corner - (corner % 3);
  const [a, b, c] = [0, 1, 2].map((k) => (indices[triangle + k] as number) * 3) as [number, number, number];
  const side = (to: number, k: number) => (positions[to + k] as number) - (positions[a + k] as number);
  return [
    side(b, 1) * side(c, 2) - side(b, 2) * side(c, 1),
    side(b, 2) * side(c, 0) - side(b, 0) * side(c, 2),
    side(b, 0) * side(c, 1) - side(b, 1) * side(c, 0),
  ];
}
