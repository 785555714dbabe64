import type { RawImage } from "../../tensor/image.ts";
import { drawView } from "./draw-view.ts";
import { lookAtPaint } from "./look-at-paint.ts";
import type { Paint } from "./paint.ts";
import type { PaintSurface } from "./paint-surface.ts";
import type { PaintTexels } from "./paint-texels.ts";
import { aimCamera } from "./view-camera.ts";
import { measureView } from "./view-shape.ts";

/** Turns of the pictures: front, left, back, right, a little from above. */
const TURNS = [25, 115, 205, 295];
const HEIGHT = 0.35;
const BACKGROUND = 0.92;
/** What is not painted yet. */
const BARE = 0.62;

/** Draws what has been painted so far from four sides in a row, in soft light from the camera; each `size` pixels wide and high. */
export function drawTurntable(surface: PaintSurface, texels: PaintTexels, paint: Paint, size: number): RawImage {
  const width = size * TURNS.length;
  const data = new Uint8Array(width * size * 3);
  for (const [index, degrees] of TURNS.entries()) {
    const turn = (degrees * Math.PI) / 180;
    const camera = aimCamera(surface, [Math.sin(turn), HEIGHT, Math.cos(turn)], size);
    const buffer = drawView(surface, camera);
    const { normals } = measureView(surface, camera, buffer);
    const { colour, painted } = lookAtPaint(surface, texels, paint, buffer);
    for (let pixel = 0; pixel < size * size; pixel += 1) {
      const to = (Math.floor(pixel / size) * width + index * size + (pixel % size)) * 3;
      const isSeen = (buffer.triangle[pixel] as number) >= 0;
      const light = 0.62 + 0.3 * (normals[pixel * 3 + 2] as number) + 0.08 * (normals[pixel * 3 + 1] as number);
      const share = painted[pixel] as number;
      for (let k = 0; k < 3; k += 1) {
        const value = share * (colour[pixel * 3 + k] as number) + (1 - share) * BARE;
        data[to + k] = Math.round(Math.min(1, isSeen ? value * light : BACKGROUND) * 255);
      }
    }
  }
  return { width, height: size, channels: 3, data };
}
