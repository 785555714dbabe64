import type { RawImage } from "../../tensor/image.ts";
import { dilate } from "../dilate.ts";
import type { Paint } from "./paint.ts";
import type { PaintTexels } from "./paint-texels.ts";

/**
 * Gives a texture of what was painted, and spreads its colours over all that lies between the charts.
 *
 * @param alpha opacity of each covered texel of all textures, 0 … 255, [texels]; absent = 3 channels
 */
export function finishTexture(texels: PaintTexels, paint: Paint, texture: number, alpha?: Uint8Array): RawImage {
  const { size, covered } = texels;
  const channels = alpha === undefined ? 3 : 4;
  const data = new Uint8Array(size * size * channels);
  const first = texture * size * size;
  const own: number[] = [];
  for (const [row, texel] of covered.entries()) {
    if (texel < first || texel >= first + size * size) continue;
    own.push(texel - first);
    const at = (texel - first) * channels;
    const weight = paint.weight[row] as number;
    for (let k = 0; k < 3; k += 1) {
      const value = weight === 0 ? 0.5 : (paint.sum[row * 3 + k] as number) / weight;
      data[at + k] = Math.round(Math.min(Math.max(value, 0), 1) * 255);
    }
    if (alpha !== undefined) data[at + 3] = alpha[row] as number;
  }
  dilate(data, size, channels, Uint32Array.from(own));
  return { width: size, height: size, channels, data };
}
