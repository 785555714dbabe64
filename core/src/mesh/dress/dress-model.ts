import { bakeTextures } from "../bake.ts";
import { measureModel } from "../measure-model.ts";
import type { Material, Mesh, Model } from "../mesh.ts";
import { makeEdgeDistance } from "./edge-distance.ts";
import { findGrain } from "./grain-frames.ts";
import { makeNoise } from "./noise.ts";
import { makeOcclusion } from "./occlusion-grid.ts";
import { patternOf, type StuffLook, type StuffPoint } from "./patterns.ts";

/** Wear reaches this part of the thing's size from a sharp edge. */
const WEAR_SHARE = 0.009;
/** A feature must span this many texels to be seen rather than shimmer. */
const TEXELS_PER_FEATURE = 1.6;

/**
 * Gives a model of plain materials one set of textures: grain of wood, strokes of paint, courses of stone … in each part's own colour,
 * dirt in corners, wear on edges; with roughness to it. Materials keep their names and their light; their colours and roughness move into
 * the textures. Same model and seed, same textures.
 *
 * @param model with UVs that do not overlap
 * @param onProgress hears the share of the texture that is done
 */
export async function dressModel(
  model: Model,
  textureSize: number,
  seed: number,
  onProgress: (share: number) => Promise<void>,
): Promise<Model> {
  const noise = makeNoise(seed);
  const occlusion = makeOcclusion(model);
  const longest = Math.max(...measureModel(model).size);
  const texel = texelSize(model, textureSize);
  const reach = Math.max(longest * WEAR_SHARE, texel * 2);
  const parts = model.parts.map(({ name, mesh, material }) => {
    const own = model.materials[material] as Material;
    const pattern = patternOf(own.name);
    const size = Math.max(pattern.grain, texel * TEXELS_PER_FEATURE);
    return { own, pattern, size, grain: findGrain(mesh, seed, name), edges: makeEdgeDistance(mesh, reach) };
  });
  const point: StuffPoint = { along: 0, across: 0, deep: 0, x: 0, y: 0, z: 0, nx: 0, ny: 0, nz: 0 };
  const look: StuffLook = { shade: 1, second: 0, rough: 0 };
  let done = 0;
  const textures = await bakeTextures(
    model.parts.map(({ mesh }) => mesh),
    textureSize,
    async ({ mesh: index, positions, normals, corners }) => {
      const { own, pattern, size, grain, edges } = parts[index] as (typeof parts)[number];
      const count = corners.length;
      const [baseColour, roughness] = [new Float32Array(count * 3), new Float32Array(count)];
      for (let at = 0; at < count; at += 1) {
        const piece = grain.pieceOf[(corners[at] as number) / 3] as number;
        setPoint(point, positions, normals, at * 3, grain.frames, piece * 12);
        look.shade = 1;
        look.second = 0;
        look.rough = 0;
        pattern.draw(point, size, noise, look);
        const { x, y, z } = point;
        const open = occlusion(x, y, z, point.nx, point.ny, point.nz);
        const edge = 1 - edges(x, y, z) / reach;
        const broken =
          edge <= 0 ? 0 : edge + 0.9 * noise(x / (reach * 0.9), y / (reach * 0.9), z / (reach * 0.9)) - 0.45;
        const wear = Math.min(Math.max(broken * 2, 0), 1) * pattern.wear;
        const dirt = 1 - pattern.dirt * 0.75 * (1 - open);
        const factor = Math.max(look.shade * (grain.tones[piece] as number) * dirt * (1 + 0.5 * wear), 0.02);
        for (let k = 0; k < 3; k += 1) {
          const colour = own.baseColour[k] as number;
          const mixed = colour + ((pattern.secondColour?.[k] ?? colour) - colour) * look.second;
          // Worn places go towards grey of their own brightness: the top coat is thinner there.
          baseColour[at * 3 + k] = mixed * factor + 0.05 * Math.max(wear, 0);
        }
        const polish = own.metallic > 0.5 ? -0.25 * wear : 0.1 * wear;
        roughness[at] = own.roughness + look.rough + polish + 0.12 * (1 - open);
      }
      done += count;
      await onProgress(Math.min(1, done / textureSize ** 2));
      return { baseColour, roughness, metallic: new Float32Array(count).fill(own.metallic) };
    },
  );
  const materials = model.materials.map(
    (material): Material => ({ ...material, ...textures, baseColour: [1, 1, 1], roughness: 1, metallic: 1 }),
  );
  return { ...model, materials };
}

function setPoint(
  point: StuffPoint,
  positions: Float32Array,
  normals: Float32Array,
  at: number,
  frames: Float64Array,
  frame: number,
): void {
  const x = positions[at] as number;
  const y = positions[at + 1] as number;
  const z = positions[at + 2] as number;
  point.x = x;
  point.y = y;
  point.z = z;
  point.nx = normals[at] as number;
  point.ny = normals[at + 1] as number;
  point.nz = normals[at + 2] as number;
  point.along = alongAxis(frames, frame, 0, x, y, z);
  point.across = alongAxis(frames, frame, 1, x, y, z);
  point.deep = alongAxis(frames, frame, 2, x, y, z);
}

function alongAxis(frames: Float64Array, frame: number, row: number, x: number, y: number, z: number): number {
  const at = frame + row * 3;
  return (
    (frames[at] as number) * x +
    (frames[at + 1] as number) * y +
    (frames[at + 2] as number) * z +
    (frames[frame + 9 + row] as number)
  );
}

/** Metres that a texel spans: all charts lie at one scale. */
function texelSize({ parts }: Model, textureSize: number): number {
  let [space, flat] = [0, 0];
  for (const { mesh } of parts) {
    space += areaOf(mesh, mesh.positions, 3);
    flat += areaOf(mesh, mesh.uvs ?? new Float32Array(), 2);
  }
  return flat > 0 ? Math.sqrt(space / flat) / textureSize : 0.01;
}

function areaOf({ indices }: Mesh, rows: Float32Array, width: 2 | 3): number {
  let area = 0;
  for (let corner = 0; corner < indices.length; corner += 3) {
    const [a, b, c] = [0, 1, 2].map((k) => (indices[corner + k] as number) * width) as [number, number, number];
    const side = (to: number, k: number) => (k < width ? (rows[to + k] ?? 0) - (rows[a + k] ?? 0) : 0);
    area +=
      Math.hypot(
        side(b, 1) * side(c, 2) - side(b, 2) * side(c, 1),
        side(b, 2) * side(c, 0) - side(b, 0) * side(c, 2),
        side(b, 0) * side(c, 1) - side(b, 1) * side(c, 0),
      ) / 2;
  }
  return area;
}
