import type { ViewBuffer } from "./draw-view.ts";
import type { Paint } from "./paint.ts";
import type { PaintSurface } from "./paint-surface.ts";
import type { PaintTexels } from "./paint-texels.ts";

/** A view of what has been painted so far. */
export interface PaintLook {
  /** sRGB in [0, 1], 0 where nothing is painted, [pixels, 3]. */
  readonly colour: Float32Array;
  /** How much of the pixel's texels is painted, in [0, 1], [pixels]. */
  readonly painted: Float32Array;
  /** How good the best view of it was, in [0, 1], [pixels]. */
  readonly quality: Float32Array;
}

/** Draws what has been painted, without light, mixing the four nearest texels of each pixel that belong to the surface. */
export function lookAtPaint(surface: PaintSurface, texels: PaintTexels, paint: Paint, buffer: ViewBuffer): PaintLook {
  const { uvs, texture } = surface;
  const { size, rowOf } = texels;
  const pixels = buffer.triangle.length;
  const colour = new Float32Array(pixels * 3);
  const painted = new Float32Array(pixels);
  const quality = new Float32Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const triangle = buffer.triangle[pixel] as number;
    if (triangle < 0) continue;
    const ka = buffer.shares[pixel * 2] as number;
    const kb = buffer.shares[pixel * 2 + 1] as number;
    const kc = 1 - ka - kb;
    const at = triangle * 6;
    const coordinate = (k: number) =>
      (ka * (uvs[at + k] as number) + kb * (uvs[at + 2 + k] as number) + kc * (uvs[at + 4 + k] as number)) * size - 0.5;
    const [u, v] = [coordinate(0), coordinate(1)];
    const [x, y] = [Math.floor(u), Math.floor(v)];
    const first = (texture[triangle] as number) * size * size;
    let [covered, sum, red, green, blue, good] = [0, 0, 0, 0, 0, 0];
    for (let corner = 0; corner < 4; corner += 1) {
      const [dx, dy] = [corner & 1, corner >> 1];
      const share = (dx === 1 ? u - x : 1 - u + x) * (dy === 1 ? v - y : 1 - v + y);
      const row = rowOf[first + wrap(y + dy, size) * size + wrap(x + dx, size)] as number;
      if (row < 0) continue;
      covered += share;
      const weight = paint.weight[row] as number;
      if (weight === 0) continue;
      sum += share;
      red += (share * (paint.sum[row * 3] as number)) / weight;
      green += (share * (paint.sum[row * 3 + 1] as number)) / weight;
      blue += (share * (paint.sum[row * 3 + 2] as number)) / weight;
      good += share * (paint.quality[row] as number);
    }
    if (sum === 0) continue;
    colour[pixel * 3] = red / sum;
    colour[pixel * 3 + 1] = green / sum;
    colour[pixel * 3 + 2] = blue / sum;
    painted[pixel] = sum / covered;
    quality[pixel] = good / sum;
  }
  return { colour, painted, quality };
}

function wrap(value: number, size: number): number {
  const rest = value % size;
  return rest < 0 ? rest + size : rest;
}
