import { bakeTextures } from "./bake.ts";
import { closeHoles } from "./close-holes.ts";
import type { DistanceGrid } from "./distance-grid.ts";
import { extractSurface } from "./extract-surface.ts";
import { largestComponent } from "./largest-component.ts";
import type { LinearColour, Material, Mesh } from "./mesh.ts";
import { simplify } from "./simplify.ts";
import { addTangents, smoothNormals } from "./smooth-normals.ts";
import { srgbToLinear } from "./srgb.ts";
import { type NearestPoint, TriangleTree } from "./triangle-tree.ts";
import { unwrap } from "./unwrap.ts";

/** What a field knows of the look at points of its surface. */
export interface FieldLook {
  /** sRGB in [0, 1], [points, 3]; absent = nothing. */
  readonly colours?: Float32Array;
  /** Roughness and metalness in [0, 1], [points, 2]; absent = nothing. */
  readonly materials?: Float32Array;
}

/** Options of {@link finishSurface}. */
export interface FinishSurfaceOptions {
  readonly targetTriangles: number;
  /** Side of the textures, texels. */
  readonly textureSize: number;
  /** Asks the field for the look of points on its surface, [points, 3]. */
  look(points: Float32Array): Promise<FieldLook>;
  /** Called as each stage begins, and while textures are baked. */
  onStage(stage: "surface" | "simplify" | "unwrap" | "bake", share: number): Promise<void>;
}

/** A field's surface as a finished mesh, in the grid's space. */
export interface FinishedSurface {
  readonly mesh: Mesh;
  readonly material: Material;
}

/** What a field says nothing of. */
const PLAIN = { name: "generated", baseColour: [0.6, 0.6, 0.6], roughness: 0.8, metallic: 0 } as const;

/**
 * Makes a finished mesh of a field on a grid: surface, largest piece without holes, at most so many triangles, creased normals, texture
 * coordinates, and textures: the colours (and roughness, metalness) that the field has at the dense surface, and the dense surface's
 * normals. Gives nothing for a field that is nowhere inside.
 */
export async function finishSurface(
  grid: DistanceGrid,
  { targetTriangles, textureSize, look, onStage }: FinishSurfaceOptions,
): Promise<FinishedSurface | undefined> {
  await onStage("surface", 0);
  const surface = extractSurface(grid);
  if (surface.indices.length === 0) return undefined;
  await onStage("surface", 0.5);
  const whole = closeHoles(largestComponent(surface)).mesh;
  await onStage("simplify", 0);
  const simple = simplify(whole, targetTriangles);
  await onStage("unwrap", 0);
  const mesh = addTangents(unwrap(smoothNormals(simple), { textureSize }));
  await onStage("bake", 0);
  const dense = smoothNormals(whole, 180);
  const tree = new TriangleTree(dense);
  const near: NearestPoint = { triangle: -1, a: 0, b: 0, c: 0, distance2: 0 };
  const total = textureSize ** 2;
  let done = 0;
  const textures = await bakeTextures([mesh], textureSize, async ({ positions }) => {
    const points = new Float32Array(positions.length);
    const normals = new Float32Array(positions.length);
    for (let at = 0; at < positions.length; at += 3) {
      tree.nearest(positions[at] as number, positions[at + 1] as number, positions[at + 2] as number, near);
      place(dense, near, points, normals, at);
    }
    const { colours, materials } = await look(points);
    done += positions.length / 3;
    await onStage("bake", done / total);
    return {
      normals,
      ...(colours !== undefined && { baseColour: colours.map(srgbToLinear) }),
      ...(materials !== undefined && { roughness: column(materials, 0), metallic: column(materials, 1) }),
    };
  });
  const material: Material = {
    ...PLAIN,
    ...textures,
    ...(textures.baseColourTexture !== undefined && { baseColour: WHITE }),
    ...(textures.metallicRoughnessTexture !== undefined && { roughness: 1, metallic: 1 }),
  };
  return { mesh, material };
}

const WHITE: LinearColour = [1, 1, 1];

/** Writes the place and the unit normal of a nearest point. */
function place(
  { positions, normals, indices }: Mesh,
  { triangle, a, b, c }: NearestPoint,
  points: Float32Array,
  found: Float32Array,
  at: number,
): void {
  const one = (indices[triangle * 3] as number) * 3;
  const two = (indices[triangle * 3 + 1] as number) * 3;
  const three = (indices[triangle * 3 + 2] as number) * 3;
  let length2 = 0;
  for (let k = 0; k < 3; k += 1) {
    points[at + k] =
      a * (positions[one + k] as number) + b * (positions[two + k] as number) + c * (positions[three + k] as number);
    const normal =
      a * (normals?.[one + k] as number) + b * (normals?.[two + k] as number) + c * (normals?.[three + k] as number);
    found[at + k] = normal;
    length2 += normal * normal;
  }
  const length = Math.sqrt(length2) || 1;
  for (let k = 0; k < 3; k += 1) found[at + k] = (found[at + k] as number) / length;
}

function column(rows: Float32Array, k: number): Float32Array {
  const values = new Float32Array(rows.length / 2);
  for (let row = 0; row < values.length; row += 1) values[row] = rows[row * 2 + k] as number;
  return values;
}
