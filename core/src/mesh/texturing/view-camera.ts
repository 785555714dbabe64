import type { PaintSurface } from "./paint-surface.ts";

type Vector = readonly [number, number, number];

/** A camera without distortion that sees the whole of a surface in a square picture. */
export interface ViewCamera {
  /** Side of the picture, pixels. */
  readonly size: number;
  readonly position: Vector;
  /** Unit axes of camera space: x right, y up, z towards the camera. */
  readonly right: Vector;
  readonly up: Vector;
  readonly back: Vector;
  /** Pixels that a metre at a depth of one metre takes. */
  readonly focal: number;
  /** Where the camera's axis meets the picture, pixels. */
  readonly centre: readonly [number, number];
  /** Radius of what it looks at, metres: what "near" means. */
  readonly radius: number;
}

/** Distance of the camera in radii of the surface: an angle of view of about 33°, as lenses for things have. */
const DISTANCE = 3.5;
/** Part of the picture's side that the surface takes. */
const FILL = 0.9;

/**
 * Places a camera so that a surface fills the picture.
 *
 * @param towards from the surface to the camera; straight from above or below, +Z is down on the picture
 */
export function aimCamera(surface: PaintSurface, towards: Vector, size: number): ViewCamera {
  const { positions } = surface;
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let at = 0; at < positions.length; at += 1) {
    const value = positions[at] as number;
    const axis = at % 3;
    if (value < (low[axis] as number)) low[axis] = value;
    if (value > (high[axis] as number)) high[axis] = value;
  }
  const middle = low.map((value, axis) => (value + (high[axis] as number)) / 2) as unknown as Vector;
  const radius = Math.hypot(...low.map((value, axis) => (high[axis] as number) - value)) / 2 || 1;
  const length = Math.hypot(...towards);
  const back = towards.map((value) => value / length) as unknown as Vector;
  const level = Math.hypot(back[0], back[2]);
  const right: Vector = level > 1e-6 ? [back[2] / level, 0, -back[0] / level] : [1, 0, 0];
  const up: Vector = [
    back[1] * right[2] - back[2] * right[1],
    back[2] * right[0] - back[0] * right[2],
    back[0] * right[1] - back[1] * right[0],
  ];
  const position = middle.map((value, k) => value + (back[k] as number) * radius * DISTANCE) as unknown as Vector;
  const wide = { size, position, right, up, back, focal: 1, centre: [0, 0] as const, radius };
  const out = new Float64Array(3);
  let [left, rightmost, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let at = 0; at < positions.length; at += 3) {
    projectPoint(wide, positions[at] as number, positions[at + 1] as number, positions[at + 2] as number, out);
    left = Math.min(left, out[0] as number);
    rightmost = Math.max(rightmost, out[0] as number);
    top = Math.min(top, out[1] as number);
    bottom = Math.max(bottom, out[1] as number);
  }
  const focal = (size * FILL) / (Math.max(rightmost - left, bottom - top) || 1);
  const centre = [size / 2 - (focal * (left + rightmost)) / 2, size / 2 - (focal * (top + bottom)) / 2] as const;
  return { ...wide, focal, centre };
}

/** Writes the pixel (x to the right, y downwards) and the depth along the camera's axis, metres, of a point into `out`. */
export function projectPoint(camera: ViewCamera, x: number, y: number, z: number, out: Float64Array): void {
  const { position, right, up, back, focal, centre } = camera;
  const dx = x - position[0];
  const dy = y - position[1];
  const dz = z - position[2];
  const depth = -(back[0] * dx + back[1] * dy + back[2] * dz);
  out[0] = centre[0] + (focal * (right[0] * dx + right[1] * dy + right[2] * dz)) / depth;
  out[1] = centre[1] - (focal * (up[0] * dx + up[1] * dy + up[2] * dz)) / depth;
  out[2] = depth;
}
