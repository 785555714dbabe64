import type { DistanceGrid } from "./distance-grid.ts";

/** Makes the half of a grid at lower x, a thing's right side, the mirror image of the half at higher x, its left; in place. */
export function mirrorGrid({ size: [nx, ny, nz], values }: DistanceGrid): void {
  for (let row = 0; row < ny * nz; row += 1) {
    for (let x = 0; x < Math.floor(nx / 2); x += 1) values[row * nx + x] = values[row * nx + nx - 1 - x] as number;
  }
}
