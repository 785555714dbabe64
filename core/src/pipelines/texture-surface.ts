import type { Paintable, PaintablePrimitive } from "../formats/open-paintable.ts";
import { growCharts } from "../mesh/grow-charts.ts";
import { packCharts } from "../mesh/pack-charts.ts";
import { faceNormals, type PaintSurface } from "../mesh/texturing/paint-surface.ts";
import { findPaintTexels } from "../mesh/texturing/paint-texels.ts";
import { CoreError } from "../protocol/errors.ts";
import type { TextureParams } from "../protocol/mesh.ts";

/** Primitives that are painted in one texture. */
export interface PaintGroup {
  /** Name of the material, or of the object. */
  readonly name: string;
  readonly primitives: readonly PaintablePrimitive[];
  /** New texture coordinates of each primitive's corners; absent = the file's are used. */
  readonly uvs?: readonly Float32Array[];
}

/** What is painted, ready for its views. */
export interface TextureSurface {
  readonly surface: PaintSurface;
  /** One for each texture of the surface. */
  readonly groups: readonly PaintGroup[];
  /** Group of each primitive's triangles, in the surface's order: the primitive and its first triangle. */
  readonly order: readonly { readonly primitive: PaintablePrimitive; readonly group: number; readonly first: number }[];
  readonly warnings: readonly string[];
}

/** Options of {@link prepareSurface}. */
export interface PrepareSurfaceOptions {
  /** Whether new texture coordinates are left out: for a look at what can be said before a job runs. */
  isTrial?: boolean;
}

/** Side of the grid that texture coordinates are compared on, texels. */
const COMPARE_SIZE = 256;
/** Meshes that cover more of each other than this in the texture get a texture each. */
const OVERLAP = 0.05;
/** Beyond this part of texels that stand for several places the artist is told. */
const SHARED = 0.02;

/**
 * Gathers what is painted: finds which primitives share a texture, and makes texture coordinates where the request says so.
 *
 * Primitives of one material share a texture, as they did, unless their coordinates lie over each other.
 *
 * @throws CoreError INVALID_REQUEST if texture coordinates are missing, or have no area
 */
export function prepareSurface(
  { file, primitives }: Paintable,
  { unwrap, texture_size }: Pick<TextureParams, "unwrap" | "texture_size">,
  { isTrial = false }: PrepareSurfaceOptions = {},
): TextureSurface {
  const bare = primitives.filter(({ uvs }) => uvs === undefined);
  if (unwrap === "never" && bare.length > 0) throw missing([...new Set(bare.map(({ name }) => name))]);
  const isUnwrapped = (primitive: PaintablePrimitive) =>
    unwrap === "all" || primitives.some(({ mesh, uvs }) => mesh === primitive.mesh && uvs === undefined);
  const nameOf = ({ material, name }: PaintablePrimitive) =>
    (material === undefined ? undefined : file.json.materials?.[material]?.name) || name;

  const byMaterial = groupBy(primitives, (primitive) => `${primitive.material} ${isUnwrapped(primitive)}`);
  const groups: PaintGroup[] = byMaterial.flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    if (isUnwrapped(first)) {
      const uvs = isTrial
        ? members.map(({ indices }) => anyUvs(indices.length))
        : unwrapTogether(members, texture_size);
      return [{ name: nameOf(first), primitives: members, uvs }];
    }
    const byMesh = groupBy(members, ({ mesh }) => `${mesh}`);
    const parts = byMesh.length > 1 && overlap(byMesh) ? byMesh : [members];
    return parts.map((part) => ({ name: nameOf(part[0] ?? first), primitives: part }));
  });

  const isDoubleSided = ({ material }: PaintablePrimitive) =>
    material !== undefined && file.json.materials?.[material]?.doubleSided === true;
  const gathered = gatherSurface(groups, isDoubleSided);
  return { ...gathered, groups, warnings: layoutWarnings(groups, isDoubleSided) };
}

/** Coordinates of corners that each triangle covers the same half of the texture with. */
function anyUvs(corners: number): Float32Array {
  return Float32Array.from({ length: corners * 2 }, (_, at) => [0, 0, 0, 1, 1, 0][at % 6] as number);
}

function missing(names: readonly string[]): CoreError {
  return new CoreError(
    "INVALID_REQUEST",
    `params.mesh has no texture coordinates on ${names.map((name) => `"${name}"`).join(", ")}; expected TEXCOORD_0 on all that is painted.`,
    {
      remedy: 'Unwrap it first, or set params.unwrap to "missing" to let the core do it.',
      data: { field: "params.mesh", objects: names },
    },
  );
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const known = groups.get(keyOf(item));
    if (known === undefined) groups.set(keyOf(item), [item]);
    else known.push(item);
  }
  return [...groups.values()];
}

/** Primitives that are seen several times, by instances of a mesh, once only. */
function once(primitives: readonly PaintablePrimitive[]): PaintablePrimitive[] {
  return groupBy(primitives, ({ mesh, primitive }) => `${mesh} ${primitive}`).flatMap(([first]) =>
    first === undefined ? [] : [first],
  );
}

/** Whether meshes cover parts of each other in the texture. */
function overlap(meshes: readonly (readonly PaintablePrimitive[])[]): boolean {
  const taken = new Uint8Array(COMPARE_SIZE * COMPARE_SIZE);
  for (const members of meshes) {
    const { surface } = gatherSurface([{ name: "", primitives: once(members) }], () => false);
    const { covered } = findPaintTexels(surface, COMPARE_SIZE);
    const twice = covered.reduce((sum, texel) => sum + (taken[texel] as number), 0);
    if (twice > OVERLAP * covered.length) return true;
    for (const texel of covered) taken[texel] = 1;
  }
  return false;
}

/** Gives the corners of several primitives new texture coordinates in one texture. */
function unwrapTogether(members: readonly PaintablePrimitive[], textureSize: number): Float32Array[] {
  const single = once(members);
  const [positions, indices]: [number[], number[]] = [[], []];
  for (const primitive of single) {
    const first = positions.length / 3;
    for (const value of primitive.positions) positions.push(value);
    for (const vertex of primitive.indices) indices.push(first + vertex);
  }
  const { flat, chartOf } = growCharts({
    positions: Float32Array.from(positions),
    indices: Uint32Array.from(indices),
  });
  const uvs = packCharts(flat, chartOf, { textureSize });
  let at = 0;
  const made = new Map<string, Float32Array>();
  for (const { mesh, primitive, indices: corners } of single) {
    made.set(`${mesh} ${primitive}`, uvs.slice(at, at + corners.length * 2));
    at += corners.length * 2;
  }
  return members.map(({ mesh, primitive }) => made.get(`${mesh} ${primitive}`) ?? new Float32Array(0));
}

function gatherSurface(
  groups: readonly PaintGroup[],
  isDoubleSided: (primitive: PaintablePrimitive) => boolean,
): Pick<TextureSurface, "surface" | "order"> {
  const count = groups
    .flatMap(({ primitives }) => primitives)
    .reduce((sum, { indices }) => sum + indices.length / 3, 0);
  const surface = {
    positions: new Float32Array(count * 9),
    normals: new Float32Array(count * 9),
    uvs: new Float32Array(count * 6),
    texture: new Uint16Array(count),
    isDoubleSided: new Uint8Array(count),
    textures: groups.length,
  };
  const order: { primitive: PaintablePrimitive; group: number; first: number }[] = [];
  let triangle = 0;
  for (const [group, { primitives, uvs: made }] of groups.entries()) {
    for (const [index, primitive] of primitives.entries()) {
      const { positions, indices } = primitive;
      const { normals } = primitive;
      const corners = made?.[index];
      order.push({ primitive, group, first: triangle });
      for (const [corner, vertex] of indices.entries()) {
        const to = triangle * 3 + corner;
        for (let k = 0; k < 3; k += 1) {
          surface.positions[to * 3 + k] = positions[vertex * 3 + k] as number;
          surface.normals[to * 3 + k] = normals?.[vertex * 3 + k] ?? 0;
        }
        for (let k = 0; k < 2; k += 1) {
          surface.uvs[to * 2 + k] = (corners?.[corner * 2 + k] ?? primitive.uvs?.[vertex * 2 + k]) as number;
        }
      }
      surface.texture.fill(group, triangle, triangle + indices.length / 3);
      surface.isDoubleSided.fill(isDoubleSided(primitive) ? 1 : 0, triangle, triangle + indices.length / 3);
      triangle += indices.length / 3;
    }
  }
  // Without normals a mesh is drawn flat (glTF 2.0 §3.7.2.1).
  const faces = order.every(({ primitive }) => primitive.normals !== undefined) ? undefined : faceNormals(surface);
  for (const { primitive, first } of faces === undefined ? [] : order) {
    if (primitive.normals !== undefined) continue;
    for (let at = first * 9; at < first * 9 + primitive.indices.length * 3; at += 1) {
      surface.normals[at] = faces?.[Math.floor(at / 9) * 3 + (at % 3)] as number;
    }
  }
  return { surface, order };
}

/** @throws CoreError INVALID_REQUEST if the coordinates of a group have no area */
function layoutWarnings(
  groups: readonly PaintGroup[],
  isDoubleSided: (primitive: PaintablePrimitive) => boolean,
): string[] {
  const warnings: string[] = [];
  for (const group of groups) {
    const { surface } = gatherSurface(
      [{ ...group, primitives: once(group.primitives), ...(group.uvs === undefined ? {} : { uvs: onceUvs(group) }) }],
      isDoubleSided,
    );
    const { shared } = findPaintTexels(surface, COMPARE_SIZE * 2);
    if (textureArea(surface) === 0) {
      throw new CoreError(
        "INVALID_REQUEST",
        `The texture coordinates of "${group.name}" have no area, as those of a palette of colours; expected ones that spread the surface out.`,
        { remedy: 'Unwrap it first, or set params.unwrap to "all" to let the core do it.', data: { name: group.name } },
      );
    }
    if (shared > SHARED) {
      warnings.push(
        `${Math.round(shared * 100)} % of the texels of "${group.name}" stand for several places of its surface (mirrored, tiled or palette coordinates): all of them get the same colour. Set unwrap to "all" for places of their own.`,
      );
    }
    if (group.primitives.some(({ colours }) => colours !== undefined)) {
      warnings.push(`The vertex colours of "${group.name}" were left out, since they would tint the texture.`);
    }
  }
  return warnings;
}

/** Part of the texture that a surface's triangles take, each counted by itself. */
function textureArea({ uvs }: PaintSurface): number {
  let area = 0;
  for (let at = 0; at < uvs.length; at += 6) {
    const [ax = 0, ay = 0, bx = 0, by = 0, cx = 0, cy = 0] = uvs.subarray(at, at + 6);
    area += Math.abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) / 2;
  }
  return area;
}

function onceUvs({ primitives, uvs }: PaintGroup): Float32Array[] {
  return once(primitives).map((primitive) => uvs?.[primitives.indexOf(primitive)] ?? new Float32Array(0));
}
