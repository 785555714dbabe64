import { gather } from "./gather.ts";
import { mapAttributes } from "./index-corners.ts";
import type { Mesh } from "./mesh.ts";

/** Gives the mesh with these triangles of its vertices, and without the vertices that none uses. */
export function compact(mesh: Mesh, indices: Uint32Array): Mesh {
  const renumbered = new Int32Array(mesh.positions.length / 3).fill(-1);
  const kept: number[] = [];
  const compacted = indices.map((vertex) => {
    if (renumbered[vertex] === -1) renumbered[vertex] = kept.push(vertex) - 1;
    return renumbered[vertex] as number;
  });
  const rows = Uint32Array.from(kept);
  return { ...mapAttributes(mesh, (data, width) => gather(data, rows, width)), indices: compacted };
}
