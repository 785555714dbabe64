import { openPaintable } from "../src/formats/open-paintable.ts";
import { drawTurntable } from "../src/mesh/texturing/draw-turntable.ts";
import { emptyPaint, layColour } from "../src/mesh/texturing/paint.ts";
import { findPaintTexels } from "../src/mesh/texturing/paint-texels.ts";
import { readPresentLook } from "../src/pipelines/present-look.ts";
import { prepareSurface } from "../src/pipelines/texture-surface.ts";
import type { RawImage } from "../src/tensor/image.ts";

/** Draws a GLB as its file looks, from four sides, by what the texture pass reads of a file. */
export async function drawPaintedFile(bytes: Uint8Array, size: number): Promise<RawImage> {
  const paintable = await openPaintable(bytes, []);
  const prepared = prepareSurface(paintable, { unwrap: "never", texture_size: 1024 });
  const texels = findPaintTexels(prepared.surface, 1024);
  const { colour } = await readPresentLook(paintable.file, prepared, texels);
  const paint = emptyPaint(texels);
  for (let row = 0; row < paint.weight.length; row += 1) {
    layColour(paint, row, 0, 1, 1, colour.subarray(row * 3, row * 3 + 3));
  }
  return drawTurntable(prepared.surface, texels, paint, size);
}
