import { firstOfCell, maskOfPicture } from "../preprocessors/masks.ts";
import type { FloatImage, RawImage } from "../tensor/image.ts";

/** What is repainted and what is kept. */
export interface InpaintMask {
  /** How much of each pixel is repainted, [height × width] in [0, 1]. */
  readonly pixels: Float32Array;
  /** Latent cells that are repainted, 0 or 1; diffusers' binarised mask at the latents' size. */
  readonly cells: Float32Array;
}

/** Makes the masks of a mask picture: white = repaint. */
export function makeInpaintMask(image: FloatImage, width: number, height: number, factor: number): InpaintMask {
  const pixels = maskOfPicture(image, width, height);
  const binary = pixels.map((value) => (value < 0.5 ? 0 : 1));
  return { pixels, cells: firstOfCell(binary, width, height, factor) };
}

/** Overwrites the kept cells of latents, [channels, cells]. */
export function keepCells(latents: Float32Array, kept: Float32Array, cells: Float32Array): void {
  for (let k = 0; k < latents.length; k++) {
    if (cells[k % cells.length] === 0) latents[k] = kept[k] ?? 0;
  }
}

/**
 * Lays the kept part of the start picture over a result: where the mask is black every byte is the start picture's, grey mixes.
 *
 * diffusers leaves kept pixels as the VAE gave them back, a little changed everywhere; an artist who repaints a window wants the
 * wall untouched.
 */
export function compositeKept(result: RawImage, start: FloatImage, mask: InpaintMask): RawImage {
  const data = result.data.map((value, k) => {
    const pixel = Math.floor(k / 3);
    const repainted = mask.pixels[pixel] ?? 0;
    const kept = (start.data[start.channels === 1 ? pixel : k] ?? 0) * 255;
    return Math.round(repainted * value + (1 - repainted) * kept);
  });
  return { ...result, data };
}
