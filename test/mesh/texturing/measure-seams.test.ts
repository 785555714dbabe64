import { describe, expect, it } from "vitest";
import { labOf, measureSeams } from "../../../core/src/mesh/texturing/measure-seams.ts";
import { emptyPaint, layColour } from "../../../core/src/mesh/texturing/paint.ts";
import { findPaintTexels } from "../../../core/src/mesh/texturing/paint-texels.ts";
import { makeSurface, square } from "./surfaces.ts";

describe("labOf", () => {
  // Values of the CIE's formulas as Bruce Lindbloom's calculator gives them for sRGB, D65.
  it.each([
    [
      [1, 1, 1],
      [100, 0, 0],
    ],
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
    [
      [1, 0, 0],
      [53.24, 80.09, 67.2],
    ],
    [
      [0, 0, 1],
      [32.3, 79.19, -107.86],
    ],
    [
      [0.5, 0.5, 0.5],
      [53.39, 0, 0],
    ],
  ] as const)("gives L*a*b* of %j", (colour, lab) => {
    for (const [k, value] of labOf(colour).entries()) expect(Math.abs(value - (lab[k] ?? 0))).toBeLessThan(0.02);
  });
});

describe("measureSeams", () => {
  it("measures the step where two views meet, and the detail beside it", () => {
    const texels = findPaintTexels(makeSurface([square()]), 64);
    const paint = emptyPaint(texels);
    for (const [row, texel] of texels.covered.entries()) {
      const isLeft = texel % 64 < 32;
      layColour(paint, row, isLeft ? 0 : 1, 1, 1, isLeft ? [0.5, 0.5, 0.5] : [0.55, 0.55, 0.55]);
    }
    const { pairs, median, p95, withinP95 } = measureSeams(texels, paint);
    expect(pairs).toBe(64);
    const step = labOf([0.55, 0.55, 0.55])[0] - labOf([0.5, 0.5, 0.5])[0];
    expect(median).toBeCloseTo(step, 2);
    expect(p95).toBeCloseTo(step, 2);
    expect(withinP95).toBe(0);
  });
});
