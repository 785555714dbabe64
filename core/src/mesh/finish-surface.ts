import { bakeTextures } from "./bake.ts";
import { budgetSurface } from "./budget-surface.ts";
import type { DistanceGrid } from "./distance-grid.ts";
import { extractSurface } from "./extract-surface.ts";
import { makeGridSurface } from "./grid-surface.ts";
import { largestComponent } from "./largest-component.ts";
import type { LinearColour, Material, Mesh } from "./mesh.ts";
import { addTangents, smoothNormals } from "./smooth-normals.ts";
import { srgbToLinear } from "./srgb.ts";
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
 * Makes a finished mesh of a field on a grid: surface, largest piece, so many triangles (or one fewer), creased normals, texture coordinates, and
 * textures: the colours (and roughness, metalness) that the field has at the grid's own surface, and the normals of that. Gives nothing
 * for a field that is nowhere inside.
 */
export async function finishSurface(
  grid: DistanceGrid,
  { targetTriangles, textureSize, look, onStage }: FinishSurfaceOptions,
): Promise<FinishedSurface | undefined> {
  await onStage("surface", 0);
  const surface = extractSurface(grid);
  if (surface.indices.length === 0) return undefined;
  await onStage("surface", 0.5);
  // A surface from a grid is closed and manifold, and so is each piece of it.
  const whole = largestComponent(surface);
  await onStage("simplify", 0);
  const simple = budgetSurface(whole, grid, targetTriangles);
  await onStage("unwrap", 0);
  const mesh = addTangents(unwrap(smoothNormals(simple), { textureSize }));
  await onStage("bake", 0);
  const onto = makeGridSurface(grid);
  const near = new Float64Array(6);
  const total = textureSize ** 2;
  let done = 0;
  const textures = await bakeTextures([mesh], textureSize, async (asked) => {
    const points = asked.positions.slice();
    const normals = asked.normals.slice();
    for (let at = 0; at < points.length; at += 3) {
      if (!onto(points[at] as number, points[at + 1] as number, points[at + 2] as number, near)) continue;
      const turn =
        (near[3] as number) * (normals[at] as number) +
        (near[4] as number) * (normals[at + 1] as number) +
        (near[5] as number) * (normals[at + 2] as number);
      // The back of a thin sheet is as near as its front.
      if (turn <= 0) continue;
      for (let k = 0; k < 3; k += 1) {
        points[at + k] = near[k] as number;
        normals[at + k] = near[3 + k] as number;
      }
    }
    const { colours, materials } = await look(points);
    done += points.length / 3;
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

function column(rows: Float32Array, k: number): Float32Array {
  const values = new Float32Array(rows.length / 2);
  for (let row = 0; row < values.length; row += 1) values[row] = rows[row * 2 + k] as number;
  return values;
}
