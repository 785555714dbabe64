import type { CutoutImage } from "../tensor/image.ts";
import { type ReadPixelsOptions, readPixels } from "./read-pixels.ts";

/**
 * Gives the colours of a PNG, JPEG or WebP file and how opaque its pixels are; a file without transparency is opaque everywhere, a grey
 * one has three equal channels.
 *
 * @throws CoreError ASSET_UNREADABLE if it is no such file, is damaged, or is larger than max_pixels
 */
export async function decodeCutout(bytes: Uint8Array, options: ReadPixelsOptions): Promise<CutoutImage> {
  const { values, width, height, stride, largest } = await readPixels(bytes, options);
  const colours = new Float32Array(width * height * 3);
  const alpha = new Float32Array(width * height).fill(1);
  const alphaAt = stride === 2 || stride === 4 ? stride - 1 : undefined;
  for (let pixel = 0; pixel < alpha.length; pixel++) {
    const source = pixel * stride;
    for (let channel = 0; channel < 3; channel++) {
      colours[pixel * 3 + channel] = (values[source + (stride < 3 ? 0 : channel)] ?? 0) / largest;
    }
    if (alphaAt !== undefined) alpha[pixel] = (values[source + alphaAt] ?? 0) / largest;
  }
  return { width, height, colours, alpha };
}
