import type { PaintLook } from "./look-at-paint.ts";
import { pullPush } from "./pull-push.ts";
import type { RepaintMask } from "./repaint-mask.ts";
import type { ViewShape } from "./view-shape.ts";

/** Most that a colour is moved by: a larger difference is another thing, not another light. */
const MOST = 0.3;
/** Differences finer than 2³ pixels are detail, which stays. */
const SMOOTH_LEVELS = 3;
/** Nearer to where the surface breaks off, pixels mix with what lies behind. */
const RIM = 3;
/** Fewer pixels in common say nothing. */
const LEAST_COMMON = 24;

/**
 * Matches a new picture of a view to what was painted before: where both are known their difference is taken, and flows from there
 * smoothly over all that is new, as in Poisson image editing (Pérez et al. 2003), so that no step is left at the border and the
 * detail of the picture stays.
 *
 * @param picture sRGB in [0, 1], [pixels, 3]
 * @returns the picture, matched
 */
export function matchColours(
  picture: Float32Array,
  size: number,
  { opacity }: RepaintMask,
  look: PaintLook,
  { rim }: ViewShape,
): Float32Array {
  const difference = new Float32Array(picture.length);
  const sure = new Float32Array(size * size);
  let common = 0;
  for (let pixel = 0; pixel < sure.length; pixel += 1) {
    if (opacity[pixel] === 0 || (look.painted[pixel] as number) < 0.99 || (rim[pixel] as number) < RIM) continue;
    // The better it was seen before, the more its colour is worth.
    sure[pixel] = Math.min(1, 2 * (look.quality[pixel] as number));
    common += 1;
    for (let k = 0; k < 3; k += 1) {
      difference[pixel * 3 + k] = (look.colour[pixel * 3 + k] as number) - (picture[pixel * 3 + k] as number);
    }
  }
  if (common < LEAST_COMMON) return picture;
  const flow = pullPush(difference, sure, size, 3, SMOOTH_LEVELS);
  return picture.map((value, at) => {
    const moved = value + Math.min(Math.max(flow[at] as number, -MOST), MOST);
    return Math.min(Math.max(moved, 0), 1);
  });
}
