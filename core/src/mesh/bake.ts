import type { RawImage } from "../tensor/image.ts";
import { dilate } from "./dilate.ts";
import type { Mesh } from "./mesh.ts";
import { linearToSrgbByte } from "./srgb.ts";
import { findTexels } from "./texels.ts";

/** What a surface looks like at some points. */
export interface SurfaceSamples {
  /** Linear, [points, 3]; absent = the material's factor alone counts. */
  readonly baseColour?: Float32Array;
  /** [points]; absent = the material's factor alone counts. */
  readonly roughness?: Float32Array;
  /** [points]; only together with roughness. */
  readonly metallic?: Float32Array;
  /** Unit normals in the mesh's space, [points, 3]; absent = no normal map. */
  readonly normals?: Float32Array;
}

/** Places on the surface of one of the meshes. */
export interface SurfacePoints {
  /** Index of the mesh. */
  readonly mesh: number;
  /** [points, 3] */
  readonly positions: Float32Array;
  /** Unit, of the mesh itself, [points, 3]. */
  readonly normals: Float32Array;
  /** First corner of the triangle of each point, [points], and the shares of its first two corners, [points, 2]. */
  readonly corners: Uint32Array;
  readonly shares: Float32Array;
}

/** Asks a field, a dense mesh or a pattern what the surface looks like. */
export type SurfaceSampler = (points: SurfacePoints) => SurfaceSamples | Promise<SurfaceSamples>;

/** Textures of meshes. */
export interface BakedTextures {
  readonly baseColourTexture?: RawImage;
  readonly metallicRoughnessTexture?: RawImage;
  readonly normalTexture?: RawImage;
}

/** Points asked for at once: 48 MB of float32 for a network's features of 192. */
const CHUNK = 65_536;

/**
 * Bakes what a sampler says into the texture that some meshes share, texel by texel, and spreads it over the padding.
 *
 * @param meshes with UVs and normals; with tangents, too, if the sampler gives normals
 * @param size side of the square textures, texels
 */
export async function bakeTextures(
  meshes: readonly Mesh[],
  size: number,
  sample: SurfaceSampler,
): Promise<BakedTextures> {
  const canvas: Canvas = { size, covered: new Uint8Array(size * size) };
  for (const [mesh, one] of meshes.entries()) {
    const texels = findTexels(one, size);
    for (const texel of texels.covered) canvas.covered[texel] = 1;
    for (let start = 0; start < texels.covered.length; start += CHUNK) {
      const end = Math.min(start + CHUNK, texels.covered.length);
      const points: SurfacePoints = {
        mesh,
        positions: texels.positions.subarray(start * 3, end * 3),
        normals: texels.normals.subarray(start * 3, end * 3),
        corners: texels.corners.subarray(start, end),
        shares: texels.shares.subarray(start * 2, end * 2),
      };
      const samples = await sample(points);
      writeSamples(canvas, texels.covered.subarray(start, end), points.normals, samples, {
        tangents: texels.tangents?.subarray(start * 4, end * 4),
      });
    }
  }
  const covered = indicesOf(canvas.covered);
  const image = (data: Uint8Array): RawImage => {
    dilate(data, size, 3, covered);
    return { width: size, height: size, channels: 3, data };
  };
  return {
    ...(canvas.colour !== undefined && { baseColourTexture: image(canvas.colour) }),
    ...(canvas.surface !== undefined && { metallicRoughnessTexture: image(canvas.surface) }),
    ...(canvas.relief !== undefined && { normalTexture: image(canvas.relief) }),
  };
}

/** Textures while they are painted; each comes into being with the first sample that needs it. */
interface Canvas {
  readonly size: number;
  readonly covered: Uint8Array;
  colour?: Uint8Array;
  surface?: Uint8Array;
  relief?: Uint8Array;
}

function indicesOf(flags: Uint8Array): Uint32Array {
  const found = new Uint32Array(flags.length);
  let count = 0;
  for (let at = 0; at < flags.length; at += 1) {
    if (flags[at] === 0) continue;
    found[count] = at;
    count += 1;
  }
  return found.slice(0, count);
}

function writeSamples(
  canvas: Canvas,
  texels: Uint32Array,
  normals: Float32Array,
  { baseColour, roughness, metallic, normals: detail }: SurfaceSamples,
  { tangents }: { tangents: Float32Array | undefined },
): void {
  const bytes = canvas.size ** 2 * 3;
  if (baseColour !== undefined) {
    canvas.colour ??= new Uint8Array(bytes);
    for (let at = 0; at < texels.length; at += 1) {
      const texel = (texels[at] as number) * 3;
      for (let k = 0; k < 3; k += 1) canvas.colour[texel + k] = linearToSrgbByte(baseColour[at * 3 + k] as number);
    }
  }
  if (roughness !== undefined) {
    canvas.surface ??= new Uint8Array(bytes);
    for (let at = 0; at < texels.length; at += 1) {
      const texel = (texels[at] as number) * 3;
      canvas.surface[texel] = 255;
      canvas.surface[texel + 1] = byteOf(roughness[at] as number);
      canvas.surface[texel + 2] = byteOf(metallic?.[at] ?? 0);
    }
  }
  if (detail === undefined) return;
  if (tangents === undefined) throw new TypeError("A normal map needs tangents; the mesh lacks them.");
  canvas.relief ??= new Uint8Array(bytes);
  for (let at = 0; at < texels.length; at += 1)
    writeTangentSpace(detail, at * 3, normals, tangents, at * 4, canvas.relief, (texels[at] as number) * 3);
}

function byteOf(value: number): number {
  return Math.round(Math.min(Math.max(value, 0), 1) * 255);
}

/** Writes a normal as seen in the frame of tangent, bitangent and normal: 0 … 255 for -1 … 1. */
function writeTangentSpace(
  detail: Float32Array,
  at: number,
  normals: Float32Array,
  tangents: Float32Array,
  tangent: number,
  out: Uint8Array,
  texel: number,
): void {
  const [x, y, z] = [detail[at] as number, detail[at + 1] as number, detail[at + 2] as number];
  const [nx, ny, nz] = [normals[at] as number, normals[at + 1] as number, normals[at + 2] as number];
  const [tx, ty, tz] = [tangents[tangent] as number, tangents[tangent + 1] as number, tangents[tangent + 2] as number];
  const sign = tangents[tangent + 3] as number;
  const across = x * tx + y * ty + z * tz;
  const up = sign * (x * (ny * tz - nz * ty) + y * (nz * tx - nx * tz) + z * (nx * ty - ny * tx));
  // What points into the surface cannot be drawn: it is laid flat.
  const out3 = Math.max(x * nx + y * ny + z * nz, 0);
  const length = Math.hypot(across, up, out3) || 1;
  out[texel] = Math.round((across / length) * 127.5 + 127.5);
  out[texel + 1] = Math.round((up / length) * 127.5 + 127.5);
  out[texel + 2] = Math.round((out3 / length) * 127.5 + 127.5);
}
