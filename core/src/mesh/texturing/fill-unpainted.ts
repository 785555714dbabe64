import type { Paint } from "./paint.ts";
import type { PaintTexels } from "./paint-texels.ts";

/** Cells along the longest side of the surface. */
const CELLS = 48;

/**
 * Paints the texels that no view reached: each takes the mean of painted places around it, nearer ones counting more. Nearest means
 * in space, not in the texture, so that a fold of a coat takes its colour from the coat. Changes `paint` in place.
 *
 * @returns how many texels were filled
 */
export function fillUnpainted({ positions }: Pick<PaintTexels, "positions">, paint: Paint): number {
  const { weight, sum } = paint;
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let at = 0; at < positions.length; at += 1) {
    low[at % 3] = Math.min(low[at % 3] as number, positions[at] as number);
    high[at % 3] = Math.max(high[at % 3] as number, positions[at] as number);
  }
  const cell = Math.max(...low.map((value, axis) => (high[axis] as number) - value)) / CELLS || 1;
  const place = (row: number, axis: number) =>
    Math.floor(((positions[row * 3 + axis] as number) - (low[axis] as number)) / cell);
  const side = CELLS + 1;
  const keyOf = (x: number, y: number, z: number) => (z * side + y) * side + x;
  // Mean place and colour of the painted texels of each cell, and their number.
  const cells = new Map<number, Float64Array>();
  for (let row = 0; row < weight.length; row += 1) {
    if (weight[row] === 0) continue;
    const key = keyOf(place(row, 0), place(row, 1), place(row, 2));
    let mean = cells.get(key);
    if (mean === undefined) {
      mean = new Float64Array(7);
      cells.set(key, mean);
    }
    for (let k = 0; k < 3; k += 1) {
      mean[k] = (mean[k] as number) + (positions[row * 3 + k] as number);
      mean[3 + k] = (mean[3 + k] as number) + (sum[row * 3 + k] as number) / (weight[row] as number);
    }
    mean[6] = (mean[6] as number) + 1;
  }
  for (const mean of cells.values()) for (let k = 0; k < 6; k += 1) mean[k] = (mean[k] as number) / (mean[6] as number);
  if (cells.size === 0) return 0;

  let filled = 0;
  const found = new Float64Array(4);
  /** Adds the cells whose distance is `ring` cells along one axis at least. */
  const addRing = (row: number, ring: number) => {
    const [cx, cy, cz] = [place(row, 0), place(row, 1), place(row, 2)];
    for (let z = cz - ring; z <= cz + ring; z += 1) {
      for (let y = cy - ring; y <= cy + ring; y += 1) {
        const isFace = Math.abs(z - cz) === ring || Math.abs(y - cy) === ring;
        for (let x = cx - ring; x <= cx + ring; x += isFace || ring === 0 ? 1 : 2 * ring) {
          if (x < 0 || y < 0 || z < 0 || x >= side || y >= side || z >= side) continue;
          const mean = cells.get(keyOf(x, y, z));
          if (mean === undefined) continue;
          let distance2 = (cell * 0.05) ** 2;
          for (let k = 0; k < 3; k += 1) distance2 += ((mean[k] as number) - (positions[row * 3 + k] as number)) ** 2;
          const share = 1 / distance2 ** 2;
          for (let k = 0; k < 3; k += 1) found[k] = (found[k] as number) + share * (mean[3 + k] as number);
          found[3] = (found[3] as number) + share;
        }
      }
    }
  };
  const isPainted = Uint8Array.from(weight, (value) => (value > 0 ? 1 : 0));
  for (let row = 0; row < weight.length; row += 1) {
    if (isPainted[row] === 1) continue;
    found.fill(0);
    let last = CELLS;
    // One ring more than the first that has paint: a corner of that one may be farther than a side of the next.
    for (let ring = 0; ring <= last; ring += 1) {
      addRing(row, ring);
      if ((found[3] as number) > 0 && last === CELLS) last = ring + 1;
    }
    const total = found[3] as number;
    for (let k = 0; k < 3; k += 1) sum[row * 3 + k] = (found[k] as number) / total;
    weight[row] = 1;
    filled += 1;
  }
  return filled;
}
