import { srgbToLinear } from "../srgb.ts";
import type { Paint } from "./paint.ts";
import type { PaintTexels } from "./paint-texels.ts";

/** Colour steps between neighbouring texels, CIE 1976 ΔE*ab: about 2.3 is a just noticeable difference. */
export interface SeamMeasures {
  /** Pairs of neighbours of different views. */
  readonly pairs: number;
  readonly median: number;
  readonly p95: number;
  /** The same of neighbours of one view: the detail that the picture itself has. */
  readonly withinMedian: number;
  readonly withinP95: number;
}

/** Measures how far the colours of two views step where they meet: over all pairs of texels that lie side by side in a texture. */
export function measureSeams(texels: PaintTexels, paint: Paint): SeamMeasures {
  const { size, covered, rowOf, triangle, positions } = texels;
  const [across, within]: [number[], number[]] = [[], []];
  const lab = (row: number) => {
    const weight = paint.weight[row] as number;
    return labOf([0, 1, 2].map((k) => (paint.sum[row * 3 + k] as number) / weight) as [number, number, number]);
  };
  for (const [row, texel] of covered.entries()) {
    const x = texel % size;
    const y = Math.floor(texel / size) % size;
    for (const to of [x + 1 < size ? texel + 1 : -1, y + 1 < size ? texel + size : -1]) {
      const other = to < 0 ? -1 : (rowOf[to] as number);
      if (other < 0 || paint.view[row] === 255 || paint.view[other] === 255) continue;
      const isBorder = paint.view[row] !== paint.view[other];
      // Texels of two charts that only happen to lie side by side are no neighbours: on one triangle, or close together, they are.
      if (triangle[row] !== triangle[other] && distance(positions, row, other) > 3 * spacing(texels, row)) continue;
      if (!isBorder && row % 16 !== 0) continue;
      const [one, two] = [lab(row), lab(other)];
      (isBorder ? across : within).push(Math.hypot(one[0] - two[0], one[1] - two[1], one[2] - two[2]));
    }
  }
  return {
    pairs: across.length,
    median: quantile(across, 0.5),
    p95: quantile(across, 0.95),
    withinMedian: quantile(within, 0.5),
    withinP95: quantile(within, 0.95),
  };
}

function distance(positions: Float32Array, one: number, other: number): number {
  return Math.hypot(
    (positions[one * 3] as number) - (positions[other * 3] as number),
    (positions[one * 3 + 1] as number) - (positions[other * 3 + 1] as number),
    (positions[one * 3 + 2] as number) - (positions[other * 3 + 2] as number),
  );
}

/** Distance on the surface to a texel's neighbour on the same triangle; 0 if it has none. */
function spacing({ rowOf, covered, triangle, positions, size }: PaintTexels, row: number): number {
  const texel = covered[row] as number;
  for (const to of [texel - 1, texel - size]) {
    const other = to < 0 ? -1 : (rowOf[to] as number);
    if (other >= 0 && triangle[other] === triangle[row]) return distance(positions, row, other);
  }
  return 0;
}

function quantile(values: number[], part: number): number {
  if (values.length === 0) return 0;
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(part * values.length))] as number;
}

/** CIE L*a*b* of an sRGB colour, D65 (IEC 61966-2-1, CIE 15). */
export function labOf([red, green, blue]: readonly [number, number, number]): [number, number, number] {
  const [r, g, b] = [srgbToLinear(red), srgbToLinear(green), srgbToLinear(blue)];
  const f = (value: number) => (value > 216 / 24389 ? Math.cbrt(value) : ((24389 / 27) * value + 16) / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
