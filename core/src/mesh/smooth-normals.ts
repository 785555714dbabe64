import { MeshoptTangents } from "meshoptimizer/tangents";
import { indexCorners, splitCorners } from "./index-corners.ts";
import type { Mesh } from "./mesh.ts";

await MeshoptTangents.ready;

/** Edges that turn by more than this are creases unless the caller says otherwise. */
export const CREASE_DEGREES = 40;

/**
 * Gives the mesh smooth normals: each corner's is the mean of the triangles around it that no crease parts from it. Vertices on a
 * crease are split.
 */
export function smoothNormals(mesh: Mesh, creaseDegrees: number = CREASE_DEGREES): Mesh {
  const { positions, uvs } = splitCorners(mesh);
  const normals = creasedNormals(positions, creaseDegrees);
  return indexCorners(uvs === undefined ? { positions, normals } : { positions, normals, uvs });
}

/** Gives the normals of loose corners, [triangles × 3, 3], as {@link smoothNormals} does. */
export function creasedNormals(positions: Float32Array, creaseDegrees: number): Float32Array {
  return MeshoptTangents.generateNormals(null, positions, 3, (creaseDegrees * Math.PI) / 180);
}

/** Gives a mesh with normals and UVs its tangents (MikkTSpace), for a normal map. Vertices on seams are split. */
export function addTangents(mesh: Mesh): Mesh {
  const corners = splitCorners(mesh);
  if (corners.normals === undefined || corners.uvs === undefined) {
    throw new TypeError("Tangents need normals and UVs; the mesh lacks them.");
  }
  // MikkTSpace counts v upwards; glTF downwards: the sign of the bitangent changes.
  const upwards = corners.uvs.map((value, at) => (at % 2 === 1 ? 1 - value : value));
  const tangents = MeshoptTangents.generateTangents(null, corners.positions, 3, corners.normals, 3, upwards, 2, [
    "Compatible",
  ]);
  return indexCorners({ ...corners, tangents });
}
