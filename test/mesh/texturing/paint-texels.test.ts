import { describe, expect, it } from "vitest";
import { findPaintTexels } from "../../../core/src/mesh/texturing/paint-texels.ts";
import { cubeSides, makeSurface, square } from "./surfaces.ts";

describe("findPaintTexels", () => {
  it("finds the place of each texel of a square", () => {
    const { covered, positions, rowOf, shared } = findPaintTexels(makeSurface([square()]), 8);
    expect(covered).toHaveLength(64);
    expect(shared).toBe(0);
    // Texel (x, y) = (2, 1): a middle at u = 2.5 / 8, v = 1.5 / 8 from above.
    const row = rowOf[1 * 8 + 2] as number;
    const place = [...positions.subarray(row * 3, row * 3 + 3)];
    expect(place[0]).toBeCloseTo((2.5 / 8) * 2 - 1, 6);
    expect(place[1]).toBeCloseTo(1 - (1.5 / 8) * 2, 6);
    expect(place[2]).toBe(0);
  });

  it("finds texels outside the texture where they repeat", () => {
    const moved = findPaintTexels(makeSurface([square(0, 1, [-0.5, 2.25, 0.5, 3.25])]), 8);
    expect(moved.covered).toHaveLength(64);
    // u = -0.5 at x = -1 is texel column 4; v = 2.25 at the top is row 2.
    const row = moved.rowOf[2 * 8 + 4] as number;
    expect(moved.positions[row * 3]).toBeCloseTo(-1 + 1 / 8, 5);
    expect(moved.positions[row * 3 + 1]).toBeCloseTo(1 - 1 / 8, 5);
  });

  it("says which texels stand for several places, and takes the place that is seen most", () => {
    const mirrored = makeSurface([square(0, 1, [0, 0, 0.5, 1]), square(5, 1, [0.5, 0, 0, 1])]);
    const { shared, positions } = findPaintTexels(mirrored, 8, Float64Array.of(1, 1, 7, 7));
    expect(shared).toBe(1);
    expect(new Set([...positions].filter((_, at) => at % 3 === 2))).toEqual(new Set([5]));
    expect(findPaintTexels(makeSurface(cubeSides()), 96).shared).toBe(0);
  });

  it("gives triangles that are smaller than a texel the one that they lie in", () => {
    const point = makeSurface([square(), { ...square(3), uv: [0.3, 0.7, 0.3, 0.7], texture: 1 }]);
    const { covered, positions } = findPaintTexels(point, 8);
    expect([...covered.subarray(64)]).toEqual([64 + 5 * 8 + 2]);
    expect(positions[64 * 3 + 2]).toBe(3);
  });

  it("keeps textures apart", () => {
    const two = findPaintTexels(makeSurface([square(), { ...square(3), texture: 1 }]), 4);
    expect(two.covered).toHaveLength(32);
    expect(two.rowOf).toHaveLength(32);
    expect(two.positions[16 * 3 + 2]).toBe(3);
  });
});
