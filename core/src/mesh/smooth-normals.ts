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

/** Gives the normals of loose corners, [triangles × 3, 3], of length 1, as {@link smoothNormals} does. */
export function creasedNormals(positions: Float32Array, creaseDegrees: number): Float32Array {
  const normals = MeshoptTangents.generateNormals(null, positions, 3, (creaseDegrees * Math.PI) / 180);
  lendNormals(positions, normals);
  return normals;
}

/** Gives triangles without area, which have no normal of their own, that of the surface around their corners (upwards if there is none). */
function lendNormals(positions: Float32Array, normals: Float32Array): void {
  const without: number[] = [];
  for (let at = 0; at < normals.length; at += 3) if (lengthOf(normals, at) < 0.5) without.push(at);
  if (without.length === 0) return;
  const sums = new Map<string, Float32Array>();
  for (const at of without) sums.set(placeOf(positions, at), new Float32Array(3));
  for (let at = 0; at < normals.length; at += 3) {
    const sum = sums.get(placeOf(positions, at));
    if (sum !== undefined) for (let i = 0; i < 3; i++) sum[i] = (sum[i] ?? 0) + (normals[at + i] ?? 0);
  }
  for (const at of without) {
    const sum = sums.get(placeOf(positions, at)) ?? new Float32Array(3);
    const length = lengthOf(sum, 0);
    normals.set(length > 1e-3 ? sum.map((value) => value / length) : [0, 1, 0], at);
  }
}

const lengthOf = (vectors: Float32Array, at: number) =>
  Math.hypot(vectors[at] ?? 0, vectors[at + 1] ?? 0, vectors[at + 2] ?? 0);
const placeOf = (positions: Float32Array, at: number) => positions.subarray(at, at + 3).join();

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
