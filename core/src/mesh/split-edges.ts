import { EdgeHeap } from "./edge-heap.ts";
import { findEdges, nextCorner } from "./edges.ts";
import { gather } from "./gather.ts";
import type { Mesh } from "./mesh.ts";
import { weldVertices } from "./weld.ts";

/** Brings a place onto a surface: writes it into out[0 … 2] and gives true; false where there is no surface nearby. */
export type Onto = (x: number, y: number, z: number, out: Float64Array) => boolean;

/** A new vertex moves by at most this part of its edge: further off lies another side of the thing. */
const REACH = 0.3;

/**
 * Adds triangles until there are `targetTriangles` or one fewer: the longest edge is halved, and the triangles at it, again and again;
 * the new vertices are brought onto a surface. A closed manifold stays one.
 *
 * Gives positions and triangles only. Edges of more than two triangles are left as they are.
 */
export function splitEdges(mesh: Mesh, targetTriangles: number, onto: Onto = () => false): Mesh {
  const { remap, first } = weldVertices(mesh.positions.length / 3, [{ data: mesh.positions, width: 3 }]);
  const positions = Array.from(gather(mesh.positions, first, 3));
  const indices = Array.from(mesh.indices, (vertex) => remap[vertex] as number);
  const twins = findTwins(Uint32Array.from(indices), first.length);
  const heap = new EdgeHeap();
  const push = (corner: number) => {
    const [a, b] = [indices[corner] as number, indices[nextCorner(corner)] as number];
    let length2 = 0;
    for (let k = 0; k < 3; k += 1)
      length2 += ((positions[b * 3 + k] as number) - (positions[a * 3 + k] as number)) ** 2;
    heap.push(-length2, a, b, corner, 0);
  };
  twins.forEach((twin, corner) => {
    if (twin > corner) push(corner);
  });
  const place = new Float64Array(6);
  while (indices.length / 3 + 2 <= targetTriangles) {
    const edge = heap.pop();
    if (edge < 0) break;
    const [a, b, corner] = [heap.get(edge, 0), heap.get(edge, 1), heap.get(edge, 2)];
    const after = nextCorner(corner);
    // The triangles at a split edge have moved on to other edges.
    if (indices[corner] !== a || indices[after] !== b) continue;
    const middle = addMiddle(positions, a, b, onto, place);
    const twin = twins[corner] as number;
    const twinAfter = nextCorner(twin);
    const [left, right] = [indices[nextCorner(after)] as number, indices[nextCorner(twinAfter)] as number];
    const [one, other] = [indices.length, indices.length + 3];
    // a → middle → tip of the left stays where it was; middle → b → tip is new; the right side likewise.
    indices[after] = middle;
    indices[twinAfter] = middle;
    indices.push(middle, b, left, middle, a, right);
    const join = (p: number, q: number) => {
      twins[p] = q;
      if (q >= 0) twins[q] = p;
    };
    join(one + 1, twins[after] as number);
    join(other + 1, twins[twinAfter] as number);
    join(after, one + 2);
    join(twinAfter, other + 2);
    join(corner, other);
    join(twin, one);
    for (const fresh of [corner, twin, after, twinAfter, one + 1, other + 1]) push(fresh);
  }
  return { positions: Float32Array.from(positions), indices: Uint32Array.from(indices) };
}

/** For each corner the one from which the other triangle's edge leaves the other way; -1 = a border or no manifold. */
function findTwins(indices: Uint32Array, vertexCount: number): number[] {
  const twins = Array.from(indices, () => -1);
  const { starts, uses } = findEdges(indices, vertexCount);
  for (let edge = 0; edge < starts.length - 1; edge += 1) {
    const start = starts[edge] as number;
    if ((starts[edge + 1] as number) - start !== 2) continue;
    const [one, other] = [uses[start] as number, uses[start + 1] as number];
    if (indices[one] === indices[other]) continue;
    twins[one] = other;
    twins[other] = one;
  }
  return twins;
}

function addMiddle(positions: number[], a: number, b: number, onto: Onto, place: Float64Array): number {
  const [from, to, middle] = [0, 1, 2].map(() => [0, 0, 0]) as [number[], number[], number[]];
  for (let k = 0; k < 3; k += 1) {
    from[k] = positions[a * 3 + k] as number;
    to[k] = positions[b * 3 + k] as number;
    middle[k] = ((from[k] as number) + (to[k] as number)) / 2;
  }
  const [x, y, z] = middle as [number, number, number];
  const [px, py, pz] = onto(x, y, z, place) ? (place as unknown as [number, number, number]) : [x, y, z];
  const far = Math.hypot(px - x, py - y, pz - z);
  const length = Math.hypot(...from.map((value, k) => (to[k] as number) - value));
  if (far <= REACH * length) positions.push(px, py, pz);
  else positions.push(x, y, z);
  return positions.length / 3 - 1;
}
