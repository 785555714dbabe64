import { describe, expect, it } from "vitest";
import { packRectangles } from "../../core/src/mesh/pack-rectangles.ts";

describe("packRectangles", () => {
  const squares = Array.from({ length: 100 }, () => ({ width: 1, height: 1 }));

  it("keeps all apart from one another and half as far from the rim", () => {
    const { scale, placements } = packRectangles(squares, 128, 4);
    for (const [i, one] of placements.entries()) {
      for (const low of [one.x, one.y]) expect(low).toBeGreaterThanOrEqual(2 - 1e-9);
      for (const low of [one.x, one.y]) expect(low + scale).toBeLessThanOrEqual(126 + 1e-9);
      for (const other of placements.slice(i + 1)) {
        const gap = Math.max(Math.abs(one.x - other.x), Math.abs(one.y - other.y)) - scale;
        expect(gap).toBeGreaterThanOrEqual(4 - 1e-9);
      }
    }
  });

  it("says how many there are and what would help where there is no room between them", () => {
    expect(() => packRectangles(squares, 32, 4)).toThrow(
      "A texture of 32 × 32 texels has no room for the 100 charts of this mesh, 4 texels apart.",
    );
  });
});
