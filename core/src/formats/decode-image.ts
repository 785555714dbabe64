import type { FloatImage } from "../tensor/image.ts";
import { type FilePixels, type ReadPixelsOptions, readPixels } from "./read-pixels.ts";

/** Options of {@link decodeImage}. */
export type DecodeImageOptions = ReadPixelsOptions;

/**
 * Gives the pixels of a PNG, JPEG or WebP file, 16-bit files with all their bits, turned upright by EXIF orientation.
 *
 * Transparent pixels are laid over black, the background of every control map but `normal`, and of Blender's transparent film;
 * grey files stay at one channel. Of an animated file the first picture counts.
 *
 * @throws CoreError ASSET_UNREADABLE if it is no such file, is damaged, or is larger than max_pixels
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeImageOptions): Promise<FloatImage> {
  return toFloatImage(await readPixels(bytes, options));
}

/** Lays pixels over black and divides by the largest value. */
function toFloatImage({ values, width, height, stride, largest, grey }: FilePixels): FloatImage {
  const channels = grey ? 1 : 3;
  const data = new Float32Array(width * height * channels);
  // A grey file may come out as RGB with equal channels; the first one is taken.
  const alphaAt = stride === 2 || stride === 4 ? stride - 1 : undefined;
  for (let pixel = 0, target = 0; pixel < width * height; pixel++) {
    const source = pixel * stride;
    const alpha = alphaAt === undefined ? 1 : (values[source + alphaAt] ?? 0) / largest;
    for (let channel = 0; channel < channels; channel++) {
      data[target++] = ((values[source + Math.min(channel, stride - 1)] ?? 0) / largest) * alpha;
    }
  }
  return { width, height, channels, data };
}
