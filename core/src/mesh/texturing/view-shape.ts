import type { ViewBuffer } from "./draw-view.ts";
import { faceNormals, type PaintSurface } from "./paint-surface.ts";
import type { ViewCamera } from "./view-camera.ts";

/** How the surface lies at each pixel of a view. */
export interface ViewShape {
  /** Unit normals in camera space (x right, y up, z towards the camera), smoothed as the mesh's are; 0 = nothing, [size × size, 3]. */
  readonly normals: Float32Array;
  /** Cosine between the triangle's own normal and the way to the camera, [size × size]. */
  readonly facing: Float32Array;
  /** Pixels to the nearest place where the surface breaks off: the background, or another part behind or before it, [size × size]. */
  readonly rim: Float32Array;
}

/** Steps in depth beyond this part of the surface's radius, and beyond what the slope explains, are breaks. */
const STEP = 0.015;
/** Steepest slope that explains a step: nearly edge-on, every triangle steps. */
const STEEPEST = 8;

/** Measures how the surface lies in a view. */
export function measureView(surface: PaintSurface, camera: ViewCamera, buffer: ViewBuffer): ViewShape {
  const { size } = camera;
  const faces = faceNormals(surface);
  const normals = new Float32Array(size * size * 3);
  const facing = new Float32Array(size * size);
  const { right, up, back, position } = camera;
  for (let pixel = 0; pixel < size * size; pixel += 1) {
    const triangle = buffer.triangle[pixel] as number;
    if (triangle < 0) continue;
    const ka = buffer.shares[pixel * 2] as number;
    const kb = buffer.shares[pixel * 2 + 1] as number;
    const kc = 1 - ka - kb;
    const mix = (data: Float32Array, k: number) =>
      ka * (data[triangle * 9 + k] as number) +
      kb * (data[triangle * 9 + 3 + k] as number) +
      kc * (data[triangle * 9 + 6 + k] as number);
    const ex = position[0] - mix(surface.positions, 0);
    const ey = position[1] - mix(surface.positions, 1);
    const ez = position[2] - mix(surface.positions, 2);
    const away = Math.sqrt(ex * ex + ey * ey + ez * ez);
    const cosine =
      (ex * (faces[triangle * 3] as number) +
        ey * (faces[triangle * 3 + 1] as number) +
        ez * (faces[triangle * 3 + 2] as number)) /
      away;
    facing[pixel] = Math.abs(cosine);
    // Seen from behind, a double sided triangle shows its other side.
    const side = cosine < 0 ? -1 : 1;
    const nx = mix(surface.normals, 0) * side;
    const ny = mix(surface.normals, 1) * side;
    const nz = mix(surface.normals, 2) * side;
    const length = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1;
    normals[pixel * 3] = (right[0] * nx + right[1] * ny + right[2] * nz) / length;
    normals[pixel * 3 + 1] = (up[0] * nx + up[1] * ny + up[2] * nz) / length;
    normals[pixel * 3 + 2] = (back[0] * nx + back[1] * ny + back[2] * nz) / length;
  }
  return { normals, facing, rim: rimDistance(camera, buffer, facing) };
}

/** Distance to the nearest break, pixels; by two sweeps over the picture with steps of 1 and √2 (Borgefors 1986). */
function rimDistance({ size, focal, radius }: ViewCamera, { depth }: ViewBuffer, facing: Float32Array): Float32Array {
  const rim = new Float32Array(size * size).fill(size);
  const slope = new Float32Array(size * size);
  for (let pixel = 0; pixel < slope.length; pixel += 1) {
    const cosine = Math.max(facing[pixel] as number, 1e-3);
    slope[pixel] = Math.min(Math.sqrt(1 - Math.min(cosine * cosine, 1)) / cosine, STEEPEST);
  }
  const isBreak = (one: number, other: number) => {
    const [near, far] = [depth[one] as number, depth[other] as number];
    if (near === far) return false;
    if (near === Infinity || far === Infinity) return true;
    return (
      Math.abs(near - far) > STEP * radius + ((2 * near) / focal) * ((slope[one] as number) + (slope[other] as number))
    );
  };
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const pixel = y * size + x;
      if (depth[pixel] === Infinity) rim[pixel] = 0;
      // A surface that the picture's edge cuts off breaks there, too.
      else if (x === 0 || y === 0 || x === size - 1 || y === size - 1) rim[pixel] = 1;
      else if (
        isBreak(pixel, pixel - 1) ||
        isBreak(pixel, pixel + 1) ||
        isBreak(pixel, pixel - size) ||
        isBreak(pixel, pixel + size)
      ) {
        rim[pixel] = 1;
      }
    }
  }
  sweepDistance(rim, size);
  return rim;
}

/** Lowers each number of a square picture to its least neighbour's plus the way there. Changes `distance` in place. */
export function sweepDistance(distance: Float32Array, size: number): void {
  // Written without closures: a picture of 512² takes 10 ms so, and 400 ms with them.
  const last = size - 1;
  for (let pass = 0; pass < 2; pass += 1) {
    const step = pass === 0 ? 1 : -1;
    for (let line = 0; line < size; line += 1) {
      const y = pass === 0 ? line : last - line;
      const hasRow = pass === 0 ? y > 0 : y < last;
      for (let column = 0; column < size; column += 1) {
        const x = pass === 0 ? column : last - column;
        const pixel = y * size + x;
        let least = distance[pixel] as number;
        if (column > 0) {
          const side = (distance[pixel - step] as number) + 1;
          if (side < least) least = side;
        }
        if (hasRow) {
          const row = pixel - step * size;
          const above = (distance[row] as number) + 1;
          if (above < least) least = above;
          if (x > 0) {
            const left = (distance[row - 1] as number) + Math.SQRT2;
            if (left < least) least = left;
          }
          if (x < last) {
            const right = (distance[row + 1] as number) + Math.SQRT2;
            if (right < least) least = right;
          }
        }
        distance[pixel] = least;
      }
    }
  }
}
