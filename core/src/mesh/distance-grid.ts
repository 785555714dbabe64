import { CoreError } from "../protocol/errors.ts";

/** Signed distances to a surface on a regular grid; below 0 = inside. */
export interface DistanceGrid {
  /** Samples along x, y, z. */
  readonly size: readonly [number, number, number];
  /** Place of the first sample, metres. */
  readonly origin: readonly [number, number, number];
  /** Distance between neighbouring samples, metres. */
  readonly spacing: number;
  /** Metres, [z, y, x]: x runs fastest. */
  readonly values: Float32Array;
}

/**
 * Makes a grid of a function of the place, metres.
 *
 * @throws CoreError INVALID_REQUEST if a side has fewer than 2 samples, or the spacing is not above 0
 */
export function sampleDistance(
  shape: Omit<DistanceGrid, "values">,
  distance: (x: number, y: number, z: number) => number,
): DistanceGrid {
  const [nx, ny, nz] = shape.size;
  checkShape(shape);
  const values = new Float32Array(nx * ny * nz);
  const [ox, oy, oz] = shape.origin;
  for (let z = 0, index = 0; z < nz; z += 1) {
    for (let y = 0; y < ny; y += 1) {
      for (let x = 0; x < nx; x += 1, index += 1) {
        values[index] = distance(ox + x * shape.spacing, oy + y * shape.spacing, oz + z * shape.spacing);
      }
    }
  }
  return { ...shape, values };
}

/**
 * Refuses a grid that no surface can be taken from.
 *
 * @throws CoreError INVALID_REQUEST
 */
export function checkGrid(grid: DistanceGrid): void {
  checkShape(grid);
  const expected = grid.size[0] * grid.size[1] * grid.size[2];
  if (grid.values.length !== expected) {
    throw new CoreError(
      "INVALID_REQUEST",
      `A distance grid of ${grid.size.join("×")} has ${grid.values.length} values; expected ${expected}.`,
    );
  }
  const bad = grid.values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new CoreError(
      "INVALID_REQUEST",
      `The distance grid holds ${grid.values[bad]} at ${bad}; expected finite numbers.`,
    );
  }
}

function checkShape({ size, spacing }: Omit<DistanceGrid, "values">): void {
  if (size.some((side) => !Number.isInteger(side) || side < 2) || !(spacing > 0)) {
    throw new CoreError(
      "INVALID_REQUEST",
      `A distance grid of ${size.join("×")} samples, ${spacing} m apart, spans no cell; expected 2 or more samples a side and a spacing above 0.`,
    );
  }
}
