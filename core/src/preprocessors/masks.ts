import type { FloatImage } from "../tensor/image.ts";
import { resizeImage } from "./resize.ts";

/** Gives a mask picture's weights, [height × width] in [0, 1], white = 1; RGB becomes grey as its mean. */
export function maskOfPicture(image: FloatImage, width: number, height: number): Float32Array {
  const { data, channels } = resizeImage(image, width, height, "linear");
  if (channels === 1) return data;
  const mask = new Float32Array(width * height);
  for (let i = 0; i < mask.length; i++) {
    mask[i] = ((data[i * 3] ?? 0) + (data[i * 3 + 1] ?? 0) + (data[i * 3 + 2] ?? 0)) / 3;
  }
  return mask;
}

/**
 * Gives where a segmentation map has exactly an id colour, [height × width], 0 or 1.
 *
 * @param color `#rrggbb`, lower case
 */
export function maskOfColor(segmentation: FloatImage, color: string, width: number, height: number): Float32Array {
  const { data, channels } = resizeImage(segmentation, width, height, "nearest");
  const wanted = Number.parseInt(color.slice(1), 16);
  const mask = new Float32Array(width * height);
  // A grey map stands for equal channels.
  const [green, blue] = channels === 1 ? [0, 0] : [1, 2];
  for (let i = 0, k = 0; i < mask.length; i++, k += channels) {
    const met =
      (Math.round((data[k] ?? 0) * 255) << 16) |
      (Math.round((data[k + green] ?? 0) * 255) << 8) |
      Math.round((data[k + blue] ?? 0) * 255);
    if (met === wanted) mask[i] = 1;
  }
  return mask;
}

/** Shrinks a mask to latent cells, each the mean of its pixels; the mask's sides are multiples of `factor`. */
export function meanByCell(mask: Float32Array, width: number, height: number, factor: number): Float32Array {
  const columns = width / factor;
  const cells = new Float32Array(columns * (height / factor));
  for (let y = 0, pixel = 0; y < height; y++) {
    const row = Math.floor(y / factor) * columns;
    for (let x = 0; x < width; x++, pixel++) {
      const inside = mask[pixel] ?? 0;
      if (inside === 0) continue;
      const cell = row + Math.floor(x / factor);
      cells[cell] = (cells[cell] ?? 0) + inside;
    }
  }
  return cells.map((sum) => sum / (factor * factor));
}

/** Shrinks a mask to latent cells by the first pixel of each cell, as torch's nearest interpolation in diffusers' inpainting. */
export function firstOfCell(mask: Float32Array, width: number, height: number, factor: number): Float32Array {
  const columns = width / factor;
  return Float32Array.from(
    { length: columns * (height / factor) },
    (_, cell) => mask[Math.floor(cell / columns) * factor * width + (cell % columns) * factor] ?? 0,
  );
}
