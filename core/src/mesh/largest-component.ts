import { compact } from "./compact.ts";
import { DisjointSets } from "./disjoint-sets.ts";
import type { Mesh } from "./mesh.ts";
import { weldVertices } from "./weld.ts";

/**
 * Gives the piece of a mesh with the largest area; the first of equal ones. Vertices at one place belong together.
 */
export function largestComponent(mesh: Mesh): Mesh {
  const { remap, first } = weldVertices(mesh.positions.length / 3, [{ data: mesh.positions, width: 3 }]);
  const pieces = new DisjointSets(first.length);
  const vertexAt = (corner: number) => remap[mesh.indices[corner] as number] as number;
  for (let corner = 0; corner < mesh.indices.length; corner += 3) {
    pieces.join(vertexAt(corner), vertexAt(corner + 1));
    pieces.join(vertexAt(corner), vertexAt(corner + 2));
  }
  const areas = new Map<number, number>();
  for (let corner = 0; corner < mesh.indices.length; corner += 3) {
    const piece = pieces.find(vertexAt(corner));
    areas.set(piece, (areas.get(piece) ?? 0) + triangleArea(mesh, corner));
  }
  let largest = -1;
  for (const [piece, area] of areas) if (largest === -1 || area > (areas.get(largest) as number)) largest = piece;
  return compact(
    mesh,
    mesh.indices.filter((_, corner) => pieces.find(vertexAt(corner - (corner % 3))) === largest),
  );
}

function triangleArea({ positions, indices }: Mesh, corner: number): number {
  const at = (k: number, axis: number) => positions[(indices[corner + k] as number) * 3 + axis] as number;
  const side = (k: number) => [at(k, 0) - at(0, 0), at(k, 1) - at(0, 1), at(k, 2) - at(0, 2)] as const;
  const [[bx, by, bz], [cx, cy, cz]] = [side(1), side(2)];
  return Math.hypot(by * cz - bz * cy, bz * cx - bx * cz, bx * cy - by * cx) / 2;
}
