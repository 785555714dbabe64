import { MeshoptSimplifier } from "meshoptimizer/simplifier";
import { compact } from "./compact.ts";
import { DisjointSets } from "./disjoint-sets.ts";
import type { Mesh, Model, Part } from "./mesh.ts";
import { weldVertices } from "./weld.ts";

await MeshoptSimplifier.ready;

/** How much a turn of the normal and a shift in the texture count beside a shift in space. */
const WEIGHTS = [0.5, 0.5, 0.5, 1, 1];
/** Any error: the number of triangles is what is asked for. */
const ANY_ERROR = 1;

/**
 * Gives a model with at most `target` triangles: vertices are taken away, none is moved, so that normals and texture coordinates stay as
 * they are. The parts share the budget, each where it matters least. Seams of the texture are kept as long as the budget allows, then
 * opened, then small pieces go; what can't be reached so is clustered, or made of its largest pieces alone. Never empty.
 */
export function simplifyModel(model: Model, target: number): Model {
  const triangles = model.parts.reduce((sum, { mesh }) => sum + mesh.indices.length / 3, 0);
  if (triangles <= target) return model;
  const { positions, attributes, indices, firsts } = joinParts(model.parts);
  const wanted = Math.floor(target) * 3;
  const attempt = (flags: ("Permissive" | "Prune")[]) =>
    MeshoptSimplifier.simplifyWithAttributes(
      indices,
      positions,
      3,
      attributes,
      WEIGHTS.length,
      WEIGHTS,
      null,
      wanted,
      ANY_ERROR,
      flags,
    )[0];
  // Pruning and clustering may leave next to nothing, or nothing at all, of a thing of many thin pieces.
  const isFit = (kept: Uint32Array) => kept.length <= wanted && kept.length * 2 >= wanted;
  let kept = attempt([]);
  if (kept.length > wanted) {
    const opened = attempt(["Permissive"]);
    kept = opened;
    if (!isFit(kept)) kept = attempt(["Permissive", "Prune"]);
    if (!isFit(kept)) [kept] = MeshoptSimplifier.simplifySloppy(indices, positions, 3, null, wanted, ANY_ERROR);
    if (!isFit(kept)) kept = largestPieces(positions, opened, wanted / 3);
  }
  return { ...model, parts: model.parts.flatMap((part, at) => takePart(part, kept, firsts, at)) };
}

/** The pieces of the greatest area that fit into so many triangles; the largest triangles where no piece does. */
function largestPieces(positions: Float32Array, kept: Uint32Array, most: number): Uint32Array {
  const { remap } = weldVertices(positions.length / 3, [{ data: positions, width: 3 }]);
  const sets = new DisjointSets(positions.length / 3);
  const triangles = Array.from({ length: kept.length / 3 }, (_, triangle) => {
    const corners = kept.subarray(triangle * 3, triangle * 3 + 3);
    const [a, b, c] = Array.from(corners, (vertex) => remap[vertex] as number) as [number, number, number];
    sets.join(a, b);
    sets.join(b, c);
    return { corners, vertex: a, area: areaOf(positions, corners) };
  });
  const pieces = new Map<number, typeof triangles>();
  for (const triangle of triangles) {
    const piece = sets.find(triangle.vertex);
    const known = pieces.get(piece);
    if (known === undefined) pieces.set(piece, [triangle]);
    else known.push(triangle);
  }
  const sizeOf = (piece: typeof triangles) => piece.reduce((sum, { area }) => sum + area, 0);
  const taken: typeof triangles = [];
  for (const piece of [...pieces.values()].toSorted((a, b) => sizeOf(b) - sizeOf(a)))
    if (taken.length + piece.length <= most) taken.push(...piece);
  if (taken.length === 0) taken.push(...triangles.toSorted((a, b) => b.area - a.area).slice(0, most));
  return Uint32Array.from(taken.flatMap(({ corners }) => Array.from(corners)));
}

function areaOf(positions: Float32Array, corners: Uint32Array): number {
  const [a, b, c] = Array.from(corners, (vertex) => positions.subarray(vertex * 3, vertex * 3 + 3)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const [u, v] = [b, c].map((end) => [0, 1, 2].map((k) => (end[k] as number) - (a[k] as number))) as [
    number[],
    number[],
  ];
  return (
    Math.hypot(
      ...[0, 1, 2].map((k) => {
        const [i, j] = [(k + 1) % 3, (k + 2) % 3];
        return (u[i] as number) * (v[j] as number) - (u[j] as number) * (v[i] as number);
      }),
    ) / 2
  );
}

/** All parts as one mesh; those without normals or UVs have zeros. */
function joinParts(parts: readonly Part[]) {
  const vertices = parts.reduce((sum, { mesh }) => sum + mesh.positions.length / 3, 0);
  const corners = parts.reduce((sum, { mesh }) => sum + mesh.indices.length, 0);
  const positions = new Float32Array(vertices * 3);
  const attributes = new Float32Array(vertices * WEIGHTS.length);
  const indices = new Uint32Array(corners);
  const firsts: number[] = [];
  let [first, corner] = [0, 0];
  for (const { mesh } of parts) {
    firsts.push(first);
    positions.set(mesh.positions, first * 3);
    for (let vertex = 0; vertex < mesh.positions.length / 3; vertex += 1) {
      const to = (first + vertex) * WEIGHTS.length;
      for (let k = 0; k < 3; k += 1) attributes[to + k] = mesh.normals?.[vertex * 3 + k] ?? 0;
      for (let k = 0; k < 2; k += 1) attributes[to + 3 + k] = mesh.uvs?.[vertex * 2 + k] ?? 0;
    }
    for (const index of mesh.indices) {
      indices[corner] = first + index;
      corner += 1;
    }
    first += mesh.positions.length / 3;
  }
  firsts.push(first);
  return { positions, attributes, indices, firsts };
}

/** The part with those of its triangles that were kept; nothing of one without any. */
function takePart(part: Part, kept: Uint32Array, firsts: readonly number[], at: number): Part[] {
  const [first, end] = [firsts[at] as number, firsts[at + 1] as number];
  const own = kept.filter((_, corner) => {
    const vertex = kept[corner - (corner % 3)] as number;
    return vertex >= first && vertex < end;
  });
  if (own.length === 0) return [];
  const mesh: Mesh = compact(
    part.mesh,
    own.map((vertex) => vertex - first),
  );
  return [{ ...part, mesh }];
}
