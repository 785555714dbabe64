import { DisjointSets } from "./disjoint-sets.ts";
import { findEdges, nextCorner } from "./edges.ts";
import type { Mesh } from "./mesh.ts";
import { weldVertices } from "./weld.ts";

/** What a mesh is like as a surface; vertices at the same place count as one, so seams of UVs and normals are no holes. */
export interface Topology {
  readonly vertices: number;
  readonly triangles: number;
  /** Pieces that share no vertex. */
  readonly components: number;
  /** Edges of one triangle only. */
  readonly boundaryEdges: number;
  /** Edges of more than two triangles, or of two that do not agree on which side is outside. */
  readonly nonManifoldEdges: number;
  /** Vertices where two or more fans of triangles meet that share no edge. */
  readonly nonManifoldVertices: number;
  /** Triangles with two corners at one place, or of (nearly) no area. */
  readonly degenerateTriangles: number;
  /** No boundary edges. */
  readonly watertight: boolean;
  /** No non-manifold edges or vertices. */
  readonly manifold: boolean;
  /** Enclosed volume, m³, negative when inside out; only meaningful when watertight. */
  readonly volume: number;
  /** Area, m². */
  readonly area: number;
}

/** A triangle counts as degenerate when its height is below this part of its longest side (float32 keeps 6e-8). */
const FLAT = 1e-6;

/** Measures a mesh as a surface. */
export function measureTopology(mesh: Mesh): Topology {
  const { remap, first } = weldVertices(mesh.positions.length / 3, [{ data: mesh.positions, width: 3 }]);
  const indices = mesh.indices.map((vertex) => remap[vertex] as number);
  const { ends, starts, uses } = findEdges(indices, first.length);
  const pieces = new DisjointSets(first.length);
  const fans = new DisjointSets(indices.length);
  let boundaryEdges = 0;
  let nonManifoldEdges = 0;
  for (let edge = 0; edge < starts.length - 1; edge += 1) {
    const start = starts[edge] as number;
    const count = (starts[edge + 1] as number) - start;
    pieces.join(ends[edge * 2] as number, ends[edge * 2 + 1] as number);
    if (count === 1) boundaryEdges += 1;
    const one = uses[start] as number;
    const other = uses[start + 1] as number;
    if (count > 2 || (count === 2 && indices[one] === indices[other])) nonManifoldEdges += 1;
    for (let use = start + 1; use < start + count; use += 1) {
      const next = uses[use] as number;
      const sameWay = indices[one] === indices[next];
      fans.join(one, sameWay ? next : nextCorner(next));
      fans.join(nextCorner(one), sameWay ? nextCorner(next) : next);
    }
  }
  const used = Uint32Array.from(new Set(indices));
  return {
    vertices: used.length,
    triangles: indices.length / 3,
    components: new Set(Array.from(used, (vertex) => pieces.find(vertex))).size,
    boundaryEdges,
    nonManifoldEdges,
    nonManifoldVertices: countSplitFans(indices, fans, first.length),
    watertight: boundaryEdges === 0,
    manifold: nonManifoldEdges === 0 && countSplitFans(indices, fans, first.length) === 0,
    ...measureTriangles(mesh),
  };
}

function countSplitFans(indices: Uint32Array, fans: DisjointSets, vertexCount: number): number {
  const fanOf = new Int32Array(vertexCount).fill(-1);
  const split = new Uint8Array(vertexCount);
  for (let corner = 0; corner < indices.length; corner += 1) {
    const vertex = indices[corner] as number;
    const fan = fans.find(corner);
    if (fanOf[vertex] === -1) fanOf[vertex] = fan;
    else if (fanOf[vertex] !== fan) split[vertex] = 1;
  }
  return split.reduce((sum, value) => sum + value, 0);
}

function measureTriangles({ positions, indices }: Mesh) {
  let volume = 0;
  let area = 0;
  let degenerateTriangles = 0;
  const at = (corner: number, axis: number) => positions[(indices[corner] as number) * 3 + axis] as number;
  for (let corner = 0; corner < indices.length; corner += 3) {
    const [ax, ay, az] = [at(corner, 0), at(corner, 1), at(corner, 2)];
    const [bx, by, bz] = [at(corner + 1, 0) - ax, at(corner + 1, 1) - ay, at(corner + 1, 2) - az];
    const [cx, cy, cz] = [at(corner + 2, 0) - ax, at(corner + 2, 1) - ay, at(corner + 2, 2) - az];
    const [nx, ny, nz] = [by * cz - bz * cy, bz * cx - bx * cz, bx * cy - by * cx];
    const twice = Math.hypot(nx, ny, nz);
    const longest = Math.max(Math.hypot(bx, by, bz), Math.hypot(cx, cy, cz), Math.hypot(cx - bx, cy - by, cz - bz));
    if (!(twice > FLAT * longest * longest)) degenerateTriangles += 1;
    area += twice / 2;
    volume += (ax * nx + ay * ny + az * nz) / 6;
  }
  return { volume, area, degenerateTriangles };
}
