import type { RawImage } from "../tensor/image.ts";
import { dilate } from "./dilate.ts";
import type { Mesh } from "./mesh.ts";
import { linearToSrgbByte } from "./srgb.ts";
import { findTexels } from "./texels.ts";

/** What a surface looks like at some points. */
export interface SurfaceSamples {
  /** Linear, [points, 3]. */
  readonly baseColour: Float32Array;
  /** [points]; absent = the material's factor alone counts. */
  readonly roughness?: Float32Array;
  /** [points]; only together with roughness. */
  readonly metallic?: Float32Array;
  /** Unit normals in the mesh's space, [points, 3]; absent = no normal map. */
  readonly normals?: Float32Array;
}

/** Asks a field, or a dense mesh, what the surface looks like at points with normals, each [points, 3]. */
export type SurfaceSampler = (positions: Float32Array, normals: Float32Array) => SurfaceSamples;

/** Textures of a mesh. */
export interface BakedTextures {
  readonly baseColourTexture: RawImage;
  readonly metallicRoughnessTexture?: RawImage;
  readonly normalTexture?: RawImage;
}

/** Points asked for at once: 48 MB of float32 for a network's features of 192. */
const CHUNK = 65_536;

/**
 * Bakes what a sampler says into the texture of a mesh, texel by texel, and spreads it over the padding.
 *
 * @param mesh with UVs and normals; with tangents, too, if the sampler gives normals
 * @param size side of the square textures, texels
 */
export function bakeTextures(mesh: Mesh, size: number, sample: SurfaceSampler): BakedTextures {
  const texels = findTexels(mesh, size);
  const colour = new Uint8Array(size * size * 3);
  const surface = new Uint8Array(size * size * 3);
  const relief = new Uint8Array(size * size * 3);
  let [hasSurface, hasRelief] = [false, false];
  for (let start = 0; start < texels.covered.length; start += CHUNK) {
    const end = Math.min(start + CHUNK, texels.covered.length);
    const normals = texels.normals.subarray(start * 3, end * 3);
    const samples = sample(texels.positions.subarray(start * 3, end * 3), normals);
    hasSurface ||= samples.roughness !== undefined;
    hasRelief ||= samples.normals !== undefined;
    for (let at = 0; at < end - start; at += 1) {
      const texel = (texels.covered[start + at] as number) * 3;
      for (let k = 0; k < 3; k += 1) colour[texel + k] = linearToSrgbByte(samples.baseColour[at * 3 + k] as number);
      if (samples.roughness !== undefined) {
        surface[texel] = 255;
        surface[texel + 1] = byteOf(samples.roughness[at] as number);
        surface[texel + 2] = byteOf(samples.metallic?.[at] ?? 0);
      }
      if (samples.normals !== undefined) {
        if (texels.tangents === undefined) throw new TypeError("A normal map needs tangents; the mesh lacks them.");
        writeTangentSpace(samples.normals, at * 3, normals, texels.tangents, (start + at) * 4, relief, texel);
      }
    }
  }
  const image = (data: Uint8Array): RawImage => {
    dilate(data, size, 3, texels.covered);
    return { width: size, height: size, channels: 3, data };
  };
  return {
    baseColourTexture: image(colour),
    ...(hasSurface && { metallicRoughnessTexture: image(surface) }),
    ...(hasRelief && { normalTexture: image(relief) }),
  };
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
