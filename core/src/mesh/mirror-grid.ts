import type { DistanceGrid } from "./distance-grid.ts";

/** Makes the half of a grid at higher x, the left side of a thing that faces +Z, the mirror image of the other half; in place. */
export function mirrorGrid({ size: [nx, ny, nz], values }: DistanceGrid): void {
  for (let row = 0; row < ny * nz; row += 1) {
    for (let x = 0; x < Math.floor(nx / 2); x += 1) values[row * nx + nx - 1 - x] = values[row * nx + x] as number;
  }
}
