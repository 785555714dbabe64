import type { ViewBuffer } from "./draw-view.ts";
import { layColour, type Paint } from "./paint.ts";
import type { PaintSurface } from "./paint-surface.ts";
import type { PaintTexels } from "./paint-texels.ts";
import { seeTexels } from "./see-texels.ts";
import type { ViewCamera } from "./view-camera.ts";
import type { ViewShape } from "./view-shape.ts";

/** A view with its picture. */
export interface PaintedView {
  readonly camera: ViewCamera;
  readonly buffer: ViewBuffer;
  readonly shape: ViewShape;
  /** sRGB in [0, 1], [pixels, 3]. */
  readonly picture: Float32Array;
  /** How much of it is laid on the surface, in [0, 1], [pixels]; absent = all. */
  readonly opacity?: Float32Array;
}

/** Of what is kept, where a texel has no paint at all: any view that paints it counts more. */
const LEAST_OPACITY = 0.02;

/** Lays a view's picture on all that it sees of the surface. Changes `paint` in place. */
export function layView(
  surface: PaintSurface,
  texels: PaintTexels,
  paint: Paint,
  index: number,
  view: PaintedView,
): void {
  const { camera, buffer, shape, picture, opacity } = view;
  const { size } = camera;
  const colour = new Float64Array(3);
  seeTexels(surface, texels, camera, buffer, shape, (row, x, y, quality) => {
    const own = buffer.triangle;
    const [u, v] = [x - 0.5, y - 0.5];
    const [left, top] = [Math.floor(u), Math.floor(v)];
    let [sum, opaque] = [0, 0];
    colour.fill(0);
    for (let corner = 0; corner < 4; corner += 1) {
      const [column, line] = [left + (corner & 1), top + (corner >> 1)];
      if (column < 0 || line < 0 || column >= size || line >= size) continue;
      const pixel = line * size + column;
      // The background never bleeds in.
      if ((own[pixel] as number) < 0) continue;
      const share = (corner & 1 ? u - left : 1 - u + left) * (corner >> 1 ? v - top : 1 - v + top);
      sum += share;
      opaque += share * (opacity === undefined ? 1 : (opacity[pixel] as number));
      for (let k = 0; k < 3; k += 1) colour[k] = (colour[k] as number) + share * (picture[pixel * 3 + k] as number);
    }
    if (sum === 0) return;
    for (let k = 0; k < 3; k += 1) colour[k] = (colour[k] as number) / sum;
    // A texel that is too small for the view before shows what is kept around it, which is its colour, too.
    const least = paint.weight[row] === 0 ? LEAST_OPACITY : 0;
    layColour(paint, row, index, quality, Math.max(opaque / sum, least), colour);
  });
}
