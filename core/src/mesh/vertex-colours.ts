import type { Material, Mesh } from "./mesh.ts";
import { linearToSrgbByte, srgbToLinear } from "./srgb.ts";

/** Gives the base colour at each vertex, factor and texture, for formats without textures: sRGB bytes, [vertices, 3]. */
export function vertexColours({ positions, uvs }: Mesh, material: Material | undefined): Uint8Array {
  const vertices = positions.length / 3;
  const factor = material?.baseColour ?? [1, 1, 1];
  const texture = material?.baseColourTexture;
  const colours = new Uint8Array(vertices * 3);
  for (let vertex = 0; vertex < vertices; vertex += 1) {
    let texel = -1;
    if (texture !== undefined && uvs !== undefined) {
      const x = texelOf(uvs[vertex * 2] as number, texture.width);
      const y = texelOf(uvs[vertex * 2 + 1] as number, texture.height);
      texel = (y * texture.width + x) * texture.channels;
    }
    for (let k = 0; k < 3; k += 1) {
      const painted = texel < 0 ? 1 : srgbToLinear((texture?.data[texel + k] as number) / 255);
      colours[vertex * 3 + k] = linearToSrgbByte((factor[k] as number) * painted);
    }
  }
  return colours;
}

function texelOf(coordinate: number, size: number): number {
  return Math.min(Math.max(Math.floor(coordinate * size), 0), size - 1);
}
