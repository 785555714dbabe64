import type { CutoutImage, FloatImage } from "../tensor/image.ts";
import { type ResizeKernel, resizeImage } from "./resize.ts";

/** How a model wants to see a thing. */
export interface ReferenceFrame {
  /** Side of the picture, pixels. */
  readonly size: number;
  /** Behind the thing, sRGB in [0, 1]. */
  readonly background: readonly [number, number, number];
  /** Share of the side that the thing's longer side fills. */
  readonly foreground_ratio: number;
  readonly resample: ResizeKernel;
}

/** Less opaque pixels are dust, not the thing. */
const VISIBLE = 0.03;

/**
 * Puts a thing into the middle of a square of the background's colour, as image-to-3D models were trained to see it; its longer side
 * fills foreground_ratio of the square. A picture that is opaque everywhere is the thing itself, up to its border.
 *
 * @returns [size, size, 3], or undefined if the picture is transparent everywhere
 */
export function frameReference(image: CutoutImage, frame: ReferenceFrame): FloatImage | undefined {
  const box = boundsOf(image);
  if (box === undefined) return undefined;
  const longer = Math.max(box.width, box.height);
  // A picture without anything cut out has its own margin around the thing.
  const side = box.whole ? longer : Math.max(longer, Math.trunc(longer / frame.foreground_ratio));
  const left = Math.floor((side - box.width) / 2) - box.left;
  const top = Math.floor((side - box.height) / 2) - box.top;
  const data = new Float32Array(side * side * 3);
  for (let k = 0; k < data.length; k++) data[k] = frame.background[k % 3] ?? 0;
  for (let y = box.top; y < box.top + box.height; y++) {
    for (let x = box.left; x < box.left + box.width; x++) {
      const source = y * image.width + x;
      const target = ((y + top) * side + x + left) * 3;
      const alpha = image.alpha[source] ?? 0;
      for (let channel = 0; channel < 3; channel++) {
        const behind = (1 - alpha) * (frame.background[channel] ?? 0);
        data[target + channel] = (image.colours[source * 3 + channel] ?? 0) * alpha + behind;
      }
    }
  }
  return resizeImage({ width: side, height: side, channels: 3, data }, frame.size, frame.size, frame.resample);
}

/** Gives the box around what can be seen. */
function boundsOf({ width, height, alpha }: CutoutImage) {
  let [left, right, top, bottom] = [width, -1, height, -1];
  let whole = true;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = alpha[y * width + x] ?? 0;
      if (value < 1) whole = false;
      if (value <= VISIBLE) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  if (right < 0) return undefined;
  return { left, top, width: right - left + 1, height: bottom - top + 1, whole };
}
