import { drawView, type ViewBuffer } from "./draw-view.ts";
import type { PaintSurface } from "./paint-surface.ts";
import { paintTriangles } from "./paint-surface.ts";
import type { PaintTexels } from "./paint-texels.ts";
import { seeTexels } from "./see-texels.ts";
import { aimCamera, type ViewCamera } from "./view-camera.ts";
import { measureView } from "./view-shape.ts";

/** A side that a surface is seen from. */
export interface ViewSide {
  /** Unit vector from the surface to the camera. */
  readonly towards: readonly [number, number, number];
  /** How one says it: "front view". */
  readonly words: string;
}

/** How good each side is for each of some texels. */
export interface SeenSides {
  /** In the order of {@link VIEW_SIDES}, 0 … 255 for 0 … 1, [texels] each. */
  readonly quality: readonly Uint8Array[];
}

/** Side of the pictures that are only drawn to see what can be seen, pixels. */
const PLAN_SIZE = 224;
/** A texel that is seen better than this needs no further view; up to the second, a better view is worth having. */
const GOOD = 0.25 * 255;
const BEST = 0.6 * 255;
/** What a texel is worth that no view has seen yet, beside how well it is seen. */
const UNSEEN = 200;
/** Parts of what can be seen that are enough, and that a further view must add. */
const ENOUGH = 0.98;
const LEAST_GAIN = 0.006;

/** Sides to choose from: round the thing at three heights, straight from above and from below. */
export const VIEW_SIDES: readonly ViewSide[] = [
  ...[8, 45, -35].flatMap((elevation) =>
    [0, 180, 90, 270, 45, 315, 135, 225].map((azimuth) => ({
      towards: direction(azimuth, elevation),
      words: sideWords(azimuth, elevation),
    })),
  ),
  { towards: direction(0, 90), words: "top view" },
  { towards: direction(0, -90), words: "bottom view" },
];

function direction(azimuth: number, elevation: number): [number, number, number] {
  const [a, e] = [(azimuth * Math.PI) / 180, (elevation * Math.PI) / 180];
  return [Math.sin(a) * Math.cos(e), Math.sin(e), Math.cos(a) * Math.cos(e)];
}

function sideWords(azimuth: number, elevation: number): string {
  const side =
    azimuth === 0
      ? "front view"
      : azimuth === 180
        ? "back view"
        : azimuth === 90 || azimuth === 270
          ? "side view"
          : azimuth === 45 || azimuth === 315
            ? "three-quarter front view"
            : "three-quarter back view";
  return elevation > 20 ? `${side} from above` : elevation < -20 ? `${side} from below` : side;
}

/** A side as its camera sees it. */
export interface DrawnSide {
  readonly camera: ViewCamera;
  readonly buffer: ViewBuffer;
}

/** Draws a surface from all sides, small, in the order of {@link VIEW_SIDES}. */
export function drawSides(surface: PaintSurface): DrawnSide[] {
  return VIEW_SIDES.map(({ towards }) => {
    const camera = aimCamera(surface, towards, PLAN_SIZE);
    return { camera, buffer: drawView(surface, camera) };
  });
}

/** Gives how much of each triangle is seen over all sides, pixels, [triangles]. */
export function seenTriangles(surface: PaintSurface, sides: readonly DrawnSide[]): Float64Array {
  const seen = new Float64Array(paintTriangles(surface));
  for (const { buffer } of sides) {
    for (const index of buffer.triangle) if (index >= 0) seen[index] = (seen[index] as number) + 1;
  }
  return seen;
}

/** Sees texels from all sides. */
export function seeSides(
  surface: PaintSurface,
  texels: Pick<PaintTexels, "positions" | "triangle">,
  sides: readonly DrawnSide[],
): SeenSides {
  return {
    quality: sides.map(({ camera, buffer }) => {
      const quality = new Uint8Array(texels.triangle.length);
      const shape = measureView(surface, camera, buffer);
      seeTexels(surface, texels, camera, buffer, shape, (row, _x, _y, value) => {
        quality[row] = Math.max(1, Math.round(value * 255));
      });
      return quality;
    }),
  };
}

/**
 * Chooses the sides to paint from: the front, then whichever adds most, until nearly all that can be seen from any side is seen well;
 * then puts them in an order in which each sees much of what the ones before have painted.
 *
 * @returns indices into {@link VIEW_SIDES}
 */
export function planViews({ quality }: SeenSides, maxViews: number): number[] {
  const count = quality[0]?.length ?? 0;
  const most = new Uint8Array(count);
  for (const side of quality)
    for (let row = 0; row < count; row += 1) most[row] = Math.max(most[row] as number, side[row] as number);
  const visible = most.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0);
  const best = new Uint8Array(count);
  const chosen: number[] = [];
  const take = (index: number) => {
    chosen.push(index);
    const side = quality[index] as Uint8Array;
    for (let row = 0; row < count; row += 1) best[row] = Math.max(best[row] as number, side[row] as number);
  };
  take(0);
  while (chosen.length < maxViews) {
    let done = 0;
    for (let row = 0; row < count; row += 1) {
      const isSeen = (most[row] as number) > 0;
      if (isSeen && (best[row] as number) >= Math.min(GOOD, 0.9 * (most[row] as number))) done += 1;
    }
    if (done >= ENOUGH * visible) break;
    let [next, most2] = [-1, LEAST_GAIN * visible * 255];
    for (const [index, side] of quality.entries()) {
      if (chosen.includes(index)) continue;
      let gain = 0;
      for (let row = 0; row < count; row += 1) {
        const [now, then] = [best[row] as number, side[row] as number];
        // What is not seen at all yet counts more than what could be seen better.
        if (then > now) gain += Math.max(0, Math.min(then, BEST) - now) + (now === 0 ? UNSEEN : 0);
      }
      if (gain > most2) [next, most2] = [index, gain];
    }
    if (next === -1) break;
    take(next);
  }
  return inOrder(quality, chosen);
}

/** Puts sides in an order: each next one shares most with those before, for what it sees anew. */
function inOrder(quality: readonly Uint8Array[], chosen: readonly number[]): number[] {
  const [first = 0, ...others] = chosen;
  const ordered = [first];
  const left = new Set(others);
  const best = Uint8Array.from(quality[first] ?? []);
  while (left.size > 0) {
    let [next, most] = [-1, -1];
    for (const index of left) {
      const side = quality[index] as Uint8Array;
      let shared = 0;
      for (let row = 0; row < best.length; row += 1) shared += Math.min(best[row] as number, side[row] as number);
      if (shared > most) [next, most] = [index, shared];
    }
    left.delete(next);
    ordered.push(next);
    const side = quality[next] as Uint8Array;
    for (let row = 0; row < best.length; row += 1) best[row] = Math.max(best[row] as number, side[row] as number);
  }
  return ordered;
}
