import { describe, expect, it } from "vitest";
import { packRectangles } from "../../core/src/mesh/pack-rectangles.ts";

describe("packRectangles", () => {
  const squares = Array.from({ length: 100 }, () => ({ width: 1, height: 1 }));

  it("keeps all apart from one another and half as far from the rim", () => {
    const { scale, placements } = packRectangles(squares, 128, 4) ?? { scale: 0, placements: [] };
    expect(placements).toHaveLength(100);
    for (const [i, one] of placements.entries()) {
      for (const low of [one.x, one.y]) expect(low).toBeGreaterThanOrEqual(2 - 1e-9);
      for (const low of [one.x, one.y]) expect(low + scale).toBeLessThanOrEqual(126 + 1e-9);
      for (const other of placements.slice(i + 1)) {
        const gap = Math.max(Math.abs(one.x - other.x), Math.abs(one.y - other.y)) - scale;
        expect(gap).toBeGreaterThanOrEqual(4 - 1e-9);
      }
    }
  });

  it("gives nothing where there is no room between them", () => {
    expect(packRectangles(squares, 32, 4)).toBeUndefined();
  });
});
