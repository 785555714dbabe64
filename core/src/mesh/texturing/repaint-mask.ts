import type { ViewBuffer } from "./draw-view.ts";
import type { PaintLook } from "./look-at-paint.ts";
import { pullPush } from "./pull-push.ts";
import { viewQuality } from "./see-texels.ts";
import type { ViewCamera } from "./view-camera.ts";
import { sweepDistance, type ViewShape } from "./view-shape.ts";

/** What a view paints, and what it starts from. */
export interface RepaintMask {
  /** 1 = paint, 0 = keep, [pixels]. */
  readonly mask: Uint8Array;
  /** How much of a pixel's new colour is laid on the surface, in [0, 1], falling off where what is kept begins, [pixels]. */
  readonly opacity: Float32Array;
  /** What is painted already; where nothing is, colours that flow in from around it, sRGB in [0, 1], [pixels, 3]. */
  readonly start: Float32Array;
}

/** A view paints again what it sees so many times better than the views before. */
const BETTER = 1.4;
/** Width of the border in which old and new paint mix, pixels of a picture of 512. */
const BAND = 10;
/** Grey around the thing, as the prompt for the background says. */
const BACKGROUND = 0.83;

/**
 * Decides what a view paints: what no view has painted yet, and what it sees much better than those before; along the border it
 * reaches a little into what is there, so that the two can be matched and mixed.
 *
 * @param present the look before, where a picture starts that nothing is painted on yet; absent = colours that flow in
 */
export function repaintMask(
  { size }: ViewCamera,
  { triangle }: ViewBuffer,
  { facing, rim }: ViewShape,
  look: PaintLook,
  present?: PaintLook,
): RepaintMask {
  const pixels = size * size;
  const band = Math.max(2, (BAND * size) / 512);
  const distance = new Float32Array(pixels).fill(size);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    if ((triangle[pixel] as number) < 0) continue;
    const then = viewQuality(facing[pixel] as number, rim[pixel] as number, size);
    const isBare = (look.painted[pixel] as number) < 0.5;
    if (isBare || then > BETTER * (look.quality[pixel] as number)) distance[pixel] = 0;
  }
  sweepDistance(distance, size);
  const mask = new Uint8Array(pixels);
  const opacity = new Float32Array(pixels);
  const known = new Float32Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const away = distance[pixel] as number;
    if (away < band) mask[pixel] = 1;
    if ((triangle[pixel] as number) < 0) continue;
    opacity[pixel] = Math.max(0, 1 - away / band);
    known[pixel] = present !== undefined || (look.painted[pixel] as number) >= 0.5 ? 1 : 0;
  }
  const start = pullPush(present === undefined ? look.colour : over(look, present), known, size, 3);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    if ((triangle[pixel] as number) < 0) start.fill(BACKGROUND, pixel * 3, pixel * 3 + 3);
  }
  return { mask, opacity, start };
}

/** What is painted, and where it is not, the look before. */
function over(look: PaintLook, present: PaintLook): Float32Array {
  return present.colour.map((value, at) => {
    const share = look.painted[Math.floor(at / 3)] as number;
    return share * (look.colour[at] as number) + (1 - share) * value;
  });
}
