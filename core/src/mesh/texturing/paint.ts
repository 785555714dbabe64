import type { PaintTexels } from "./paint-texels.ts";

/** What has been painted so far, a row for each covered texel. */
export interface Paint {
  /** Sum of weight × colour, sRGB in [0, 1], [texels, 3]. */
  readonly sum: Float32Array;
  /** Sum of weights; 0 = not painted, [texels]. */
  readonly weight: Float32Array;
  /** How good the best view was, in [0, 1], [texels]. */
  readonly quality: Float32Array;
  /** Index of the view that counts most, 255 = none, [texels]. */
  readonly view: Uint8Array;
  /** Weight that this view has, [texels]. */
  readonly viewWeight: Float32Array;
}

/** Gives an empty paint. */
export function emptyPaint({ triangle }: Pick<PaintTexels, "triangle">): Paint {
  const count = triangle.length;
  return {
    sum: new Float32Array(count * 3),
    weight: new Float32Array(count),
    quality: new Float32Array(count),
    view: new Uint8Array(count).fill(255),
    viewWeight: new Float32Array(count),
  };
}

/**
 * Weight of a view of a quality. Where two views meet, the better one should win, since details never fit exactly and their mean is
 * blurred: at 1.5 times the quality it counts eleven times as much.
 */
export function paintWeight(quality: number): number {
  return quality ** 6;
}

/** Lays a colour of a view on a texel. */
export function layColour(
  paint: Paint,
  row: number,
  view: number,
  quality: number,
  opacity: number,
  colour: ArrayLike<number>,
): void {
  const weight = paintWeight(quality) * opacity;
  if (weight <= 0) return;
  for (let k = 0; k < 3; k += 1) {
    paint.sum[row * 3 + k] = (paint.sum[row * 3 + k] as number) + weight * (colour[k] as number);
  }
  paint.weight[row] = (paint.weight[row] as number) + weight;
  paint.quality[row] = Math.max(paint.quality[row] as number, quality * Math.min(1, opacity * 4));
  if (weight > (paint.viewWeight[row] as number)) {
    paint.viewWeight[row] = weight;
    paint.view[row] = view;
  }
}
