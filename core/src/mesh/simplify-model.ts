import { MeshoptSimplifier } from "meshoptimizer/simplifier";
import { compact } from "./compact.ts";
import type { Mesh, Model, Part } from "./mesh.ts";

await MeshoptSimplifier.ready;

/** How much a turn of the normal and a shift in the texture count beside a shift in space. */
const WEIGHTS = [0.5, 0.5, 0.5, 1, 1];
/** Any error: the number of triangles is what is asked for. */
const ANY_ERROR = 1;

/**
 * Gives a model with at most `target` triangles: vertices are taken away, none is moved, so that normals and texture coordinates stay as
 * they are. The parts share the budget, each where it matters least. Seams of the texture are kept as long as the budget allows, then
 * opened, then small pieces go; what can't be reached so is clustered.
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
  let kept = attempt([]);
  if (kept.length > wanted) kept = attempt(["Permissive"]);
  if (kept.length > wanted) kept = attempt(["Permissive", "Prune"]);
  if (kept.length > wanted) kept = MeshoptSimplifier.simplifySloppy(indices, positions, 3, null, wanted, ANY_ERROR)[0];
  return { ...model, parts: model.parts.flatMap((part, at) => takePart(part, kept, firsts, at)) };
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
