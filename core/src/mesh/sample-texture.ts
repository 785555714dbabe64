import type { RawImage } from "../tensor/image.ts";
import { srgbToLinear } from "./srgb.ts";

const LINEAR = Float32Array.from({ length: 256 }, (_, byte) => srgbToLinear(byte / 255));

/**
 * Gives the linear colours of a texture at texture coordinates [points, 2], the nearest texel each: palettes, whose texels are colours
 * beside each other, stay clean. Coordinates outside [0, 1] repeat, as glTF's default sampler does.
 */
export function sampleTexture({ width, height, channels, data }: RawImage, uvs: Float32Array): Float32Array {
  const points = uvs.length / 2;
  const colours = new Float32Array(points * 3);
  for (let at = 0; at < points; at += 1) {
    const [u, v] = [uvs[at * 2] as number, uvs[at * 2 + 1] as number];
    const x = Math.min(Math.floor(repeated(u) * width), width - 1);
    const y = Math.min(Math.floor(repeated(v) * height), height - 1);
    const texel = (y * width + x) * channels;
    for (let k = 0; k < 3; k += 1)
      colours[at * 3 + k] = LINEAR[data[texel + (channels === 1 ? 0 : k)] as number] as number;
  }
  return colours;
}

/** The last texel reaches to 1 itself. */
function repeated(coordinate: number): number {
  return coordinate >= 0 && coordinate <= 1 ? coordinate : coordinate - Math.floor(coordinate);
}
