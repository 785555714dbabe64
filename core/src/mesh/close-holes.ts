import { findEdges, nextCorner } from "./edges.ts";
import { gather } from "./gather.ts";
import type { Mesh } from "./mesh.ts";
import { weldVertices } from "./weld.ts";

/** A mesh without holes, and how many there were. */
export interface ClosedMesh {
  /** Positions and triangles only: vertices at one place have become one. */
  readonly mesh: Mesh;
  readonly closed: number;
  /** Loops left open, because edges of more than two triangles meet in them. */
  readonly left: number;
}

/**
 * Closes each hole by triangles to a vertex in the middle of its rim (a hole of three edges by one triangle), which never makes
 * an edge that is there already. Good for small holes; a large one is closed by a flat cone.
 */
export function closeHoles(mesh: Mesh): ClosedMesh {
  const { remap, first } = weldVertices(mesh.positions.length / 3, [{ data: mesh.positions, width: 3 }]);
  const positions = Array.from(gather(mesh.positions, first, 3));
  const indices = Array.from(mesh.indices, (vertex) => remap[vertex] as number);
  const { loops, left } = findRims(Uint32Array.from(indices), first.length);
  for (const loop of loops) {
    if (loop.length === 3) {
      indices.push(...loop);
      continue;
    }
    const middle = positions.length / 3;
    for (let axis = 0; axis < 3; axis += 1) {
      positions.push(loop.reduce((sum, vertex) => sum + (positions[vertex * 3 + axis] as number), 0) / loop.length);
    }
    loop.forEach((vertex, at) => {
      indices.push(vertex, loop[(at + 1) % loop.length] as number, middle);
    });
  }
  const closed = { positions: Float32Array.from(positions), indices: Uint32Array.from(indices) };
  return { mesh: closed, closed: loops.length, left };
}

/** Rims in the direction in which new triangles must run along them. */
function findRims(indices: Uint32Array, vertexCount: number): { loops: number[][]; left: number } {
  const { starts, uses } = findEdges(indices, vertexCount);
  // Edges that enter each vertex along the rim, seen from the hole: the triangle's edge runs from → to, the hole's to → from.
  const next = new Map<number, number[]>();
  for (let edge = 0; edge < starts.length - 1; edge += 1) {
    if ((starts[edge + 1] as number) - (starts[edge] as number) !== 1) continue;
    const corner = uses[starts[edge] as number] as number;
    const [from, to] = [indices[corner] as number, indices[nextCorner(corner)] as number];
    next.set(to, [...(next.get(to) ?? []), from]);
  }
  const loops: number[][] = [];
  let left = 0;
  for (const start of [...next.keys()].sort((a, b) => a - b)) {
    while ((next.get(start)?.length ?? 0) > 0) {
      const path: number[] = [start];
      const places = new Map([[start, 0]]);
      for (;;) {
        const to = next.get(path.at(-1) as number)?.pop();
        if (to === undefined) {
          left += 1;
          break;
        }
        const place = places.get(to);
        if (place === undefined) {
          places.set(to, path.push(to) - 1);
          continue;
        }
        // Where rims touch at a vertex, the loop just walked is cut off, so that each hole is closed by itself.
        const loop = path.splice(place);
        for (const vertex of loop) places.delete(vertex);
        if (loop.length > 2) loops.push(loop);
        else left += 1;
        if (path.length === 0) break;
        places.set(to, path.push(to) - 1);
      }
    }
  }
  return { loops, left };
}
