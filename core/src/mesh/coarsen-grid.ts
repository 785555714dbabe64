import type { DistanceGrid } from "./distance-grid.ts";

/**
 * Gives a grid over the same box with cells `factor` times as long, each sample the mean of its surroundings: small tunnels, thin sheets
 * and crumbs go. Where nothing would be left inside, the least of the surroundings is taken.
 *
 * @param factor above 1
 */
export function coarsenGrid(grid: DistanceGrid, factor: number): DistanceGrid {
  const mean = resample(grid, factor, (around) => around.reduce((sum, value) => sum + value, 0) / around.length);
  return mean.values.some((value) => value < 0) ? mean : resample(grid, factor, (around) => Math.min(...around));
}

function resample(
  { size, origin, spacing, values }: DistanceGrid,
  factor: number,
  mix: (around: readonly number[]) => number,
): DistanceGrid {
  const [nx, ny, nz] = size;
  // At least two cells a side; the box stays covered.
  const longest = Math.max(nx, ny, nz) - 1;
  const step = longest / Math.max(2, Math.floor(longest / factor));
  const fewer = size.map((count) => Math.max(2, Math.ceil((count - 1) / step - 1e-6) + 1)) as [number, number, number];
  const made = new Float32Array(fewer[0] * fewer[1] * fewer[2]);
  const around: number[] = [];
  for (let z = 0, index = 0; z < fewer[2]; z += 1) {
    for (let y = 0; y < fewer[1]; y += 1) {
      for (let x = 0; x < fewer[0]; x += 1, index += 1) {
        around.length = 0;
        for (const k of within(z * step, step, nz))
          for (const j of within(y * step, step, ny))
            for (const i of within(x * step, step, nx)) around.push(values[(k * ny + j) * nx + i] as number);
        made[index] = mix(around);
      }
    }
  }
  return { size: fewer, origin, spacing: spacing * step, values: made };
}

/** Samples at most half a step from a place, at least the nearest. */
function within(place: number, step: number, count: number): number[] {
  const first = Math.max(0, Math.ceil(place - step / 2 - 1e-6));
  const last = Math.min(count - 1, Math.floor(place + step / 2 + 1e-6));
  if (first > last) return [Math.min(count - 1, Math.round(place))];
  return Array.from({ length: last - first + 1 }, (_, k) => first + k);
}
