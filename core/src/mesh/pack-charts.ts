import { CoreError } from "../protocol/errors.ts";
import { type Packing, packRectangles, type Rectangle } from "./pack-rectangles.ts";

/** Options of {@link packCharts}. */
export interface PackChartsOptions {
  /** Side of the square texture, texels. */
  textureSize?: number;
  /** Texels between two charts; fewer, at least 1, where a small texture has no room for so many charts otherwise. */
  padding?: number;
}

/** Defaults of {@link PackChartsOptions}: 4 texels leave one of each chart's own at half the size. */
export const PACK_CHARTS_DEFAULTS = { textureSize: 1024, padding: 4 } as const;

/**
 * Lays charts side by side into one texture, all at the same scale.
 *
 * @param flat places of the corners in their chart's plane, metres, seen from outside with v up, [triangles × 3, 2]
 * @param chartOf chart of each triangle, 0 … charts - 1, [triangles]
 * @returns texture coordinates in [0, 1], (0, 0) upper left, [triangles × 3, 2]
 */
export function packCharts(flat: Float64Array, chartOf: Uint32Array, options: PackChartsOptions = {}): Float32Array {
  const { textureSize, padding } = { ...PACK_CHARTS_DEFAULTS, ...options };
  const count = chartOf.reduce((most, chart) => Math.max(most, chart + 1), 0);
  const boxes = Array.from({ length: count }, () => [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]) as [number, number, number, number][];
  for (let corner = 0; corner < chartOf.length * 3; corner += 1) {
    const box = boxes[chartOf[Math.floor(corner / 3)] as number] as [number, number, number, number];
    const [u, v] = [flat[corner * 2] as number, flat[corner * 2 + 1] as number];
    box[0] = Math.min(box[0], u);
    box[1] = Math.min(box[1], v);
    box[2] = Math.max(box[2], u);
    box[3] = Math.max(box[3], v);
  }
  const packing = packWithRoom(
    boxes.map(([left, bottom, right, top]) => ({
      width: Math.max(right - left, 0),
      height: Math.max(top - bottom, 0),
    })),
    textureSize,
    padding,
  );
  const uvs = new Float32Array(flat.length);
  for (let corner = 0; corner < chartOf.length * 3; corner += 1) {
    const chart = chartOf[Math.floor(corner / 3)] as number;
    const [left, bottom, , top] = boxes[chart] as [number, number, number, number];
    const { x, y, turned } = packing.placements[chart] as { x: number; y: number; turned: boolean };
    const [u, v] = [(flat[corner * 2] as number) - left, (flat[corner * 2 + 1] as number) - bottom];
    const [across, up] = turned ? [top - bottom - v, u] : [u, v];
    uvs[corner * 2] = (x + across * packing.scale) / textureSize;
    uvs[corner * 2 + 1] = 1 - (y + up * packing.scale) / textureSize;
  }
  return uvs;
}

/** Largest side of a texture. */
const LARGEST = 4096;

/** Packs with as much padding as there is room for: as asked, else 2 texels, else 1. */
function packWithRoom(rectangles: readonly Rectangle[], size: number, padding: number): Packing {
  for (const between of [padding, 2, 1]) {
    const packing = between > padding ? undefined : packRectangles(rectangles, size, between);
    if (packing !== undefined) return packing;
  }
  let enough = size * 2;
  while (enough < LARGEST && packRectangles(rectangles, enough, 1) === undefined) enough *= 2;
  throw new CoreError(
    "INVALID_REQUEST",
    `A texture of ${size} × ${size} texels has no room for the ${rectangles.length} charts of this mesh.`,
    { remedy: `Ask for a texture_size of ${enough}, or for fewer triangles.` },
  );
}
