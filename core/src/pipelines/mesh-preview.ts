import { measureModel } from "../mesh/measure-model.ts";
import type { Model } from "../mesh/mesh.ts";
import { rasterize, type View } from "../mesh/rasterize.ts";
import type { RawImage } from "../tensor/image.ts";
import { breathe } from "./breathe.ts";

/** Views of a turntable: columns of the picture times its two rows. */
const VIEWS = 8;
const COLUMNS = 4;
const FOV_DEGREES = 30;
/** Turn from one rough preview to the next, radians. */
export const TURN_STEP = Math.PI / 12;
/** From how high above the middle the model is seen, radians. */
const ELEVATION = 0.4;
const BACKGROUND = [24, 26, 31] as const;

/**
 * Draws a model from eight sides, one eighth of a turn after the other, in two rows; the first from the front and a little to its left.
 *
 * @param width pixels; the height is half of it
 */
export async function drawTurntable(model: Model, width: number, signal: AbortSignal): Promise<RawImage> {
  const cell = Math.max(4, Math.floor(width / COLUMNS));
  const rows = VIEWS / COLUMNS;
  const [columnsWidth, height] = [cell * COLUMNS, cell * rows];
  const data = new Uint8Array(columnsWidth * height * 3);
  for (let view = 0; view < VIEWS; view += 1) {
    await breathe(signal);
    const picture = drawView(model, cell, Math.PI / 6 + (view * 2 * Math.PI) / VIEWS);
    const [left, top] = [(view % COLUMNS) * cell, Math.floor(view / COLUMNS) * cell];
    for (let y = 0; y < cell; y += 1) {
      data.set(picture.data.subarray(y * cell * 3, (y + 1) * cell * 3), ((top + y) * columnsWidth + left) * 3);
    }
  }
  return { width: columnsWidth, height, channels: 3, data };
}

/** Draws a model whole into a square, seen from this turn about the vertical axis, radians; 0 = from the front. */
export function drawView(model: Model, size: number, turn: number): RawImage {
  return rasterize(model, viewOf(model, turn), { width: size, height: size, supersampling: 2, background: BACKGROUND })
    .colour;
}

/** A camera that sees all of the model's box, whichever way it is turned. */
function viewOf(model: Model, turn: number): View {
  const { low, high, size } = measureModel(model);
  const target = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2] as const;
  const radius = Math.max(Math.hypot(...size) / 2, 1e-6);
  const reach = radius / Math.sin((FOV_DEGREES * Math.PI) / 360);
  const level = reach * Math.cos(ELEVATION);
  return {
    position: [
      target[0] + level * Math.sin(turn),
      target[1] + reach * Math.sin(ELEVATION),
      target[2] + level * Math.cos(turn),
    ],
    target,
    fovDegrees: FOV_DEGREES,
  };
}
