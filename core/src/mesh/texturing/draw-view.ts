import type { PaintSurface } from "./paint-surface.ts";
import { projectPoint, type ViewCamera } from "./view-camera.ts";

/** Which triangle a camera sees at each pixel, row by row, the upper row first. */
export interface ViewBuffer {
  /** -1 = nothing, [size × size]. */
  readonly triangle: Int32Array;
  /** Shares of the triangle's first two corners, [size × size, 2]. */
  readonly shares: Float32Array;
  /** Distance along the camera's axis, metres; Infinity = nothing, [size × size]. */
  readonly depth: Float32Array;
}

/**
 * Draws a surface with a depth buffer. Triangles seen from behind are left out unless they are double sided.
 *
 * The whole surface lies before the camera, as {@link aimCamera} places it.
 */
export function drawView(surface: PaintSurface, camera: ViewCamera): ViewBuffer {
  const { positions, texture, isDoubleSided } = surface;
  const { size } = camera;
  const triangleAt = new Int32Array(size * size).fill(-1);
  const shares = new Float32Array(size * size * 2);
  const depth = new Float32Array(size * size).fill(Infinity);
  const [a, b, c] = [new Float64Array(3), new Float64Array(3), new Float64Array(3)];
  for (let triangle = 0; triangle < texture.length; triangle += 1) {
    const at = triangle * 9;
    projectPoint(camera, positions[at] as number, positions[at + 1] as number, positions[at + 2] as number, a);
    projectPoint(camera, positions[at + 3] as number, positions[at + 4] as number, positions[at + 5] as number, b);
    projectPoint(camera, positions[at + 6] as number, positions[at + 7] as number, positions[at + 8] as number, c);
    const [ax, ay, az] = [a[0] as number, a[1] as number, a[2] as number];
    const [bx, by, bz] = [b[0] as number, b[1] as number, b[2] as number];
    const [cx, cy, cz] = [c[0] as number, c[1] as number, c[2] as number];
    // y runs downwards in the picture: what faces the camera has a negative area.
    const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    if (area === 0 || (area > 0 && isDoubleSided[triangle] !== 1)) continue;
    const left = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
    const right = Math.min(size - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
    const top = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
    const bottom = Math.min(size - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
    for (let y = top; y <= bottom; y += 1) {
      for (let x = left; x <= right; x += 1) {
        const [px, py] = [x + 0.5, y + 0.5];
        const wa = ((bx - px) * (cy - py) - (by - py) * (cx - px)) / area;
        const wb = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) / area;
        const wc = 1 - wa - wb;
        if (wa < 0 || wb < 0 || wc < 0) continue;
        const z = 1 / (wa / az + wb / bz + wc / cz);
        const pixel = y * size + x;
        if (z >= (depth[pixel] as number)) continue;
        depth[pixel] = z;
        triangleAt[pixel] = triangle;
        shares[pixel * 2] = (wa * z) / az;
        shares[pixel * 2 + 1] = (wb * z) / bz;
      }
    }
  }
  return { triangle: triangleAt, shares, depth };
}
