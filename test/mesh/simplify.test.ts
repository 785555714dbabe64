import { describe, expect, it } from "vitest";
import { sampleDistance } from "../../core/src/mesh/distance-grid.ts";
import { extractSurface } from "../../core/src/mesh/extract-surface.ts";
import { measureTopology } from "../../core/src/mesh/measure-topology.ts";
import type { Mesh } from "../../core/src/mesh/mesh.ts";
import { simplify } from "../../core/src/mesh/simplify.ts";

/** Plates, rods and balls that touch and cut each other: thin parts are what simplification pinches. */
function jumble(seed: number): Mesh {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const places = Array.from({ length: 12 }, () => [0, 1, 2, 3, 4].map(() => random() * 1.4 - 0.7));
  const distance = (x: number, y: number, z: number) =>
    places.reduce((nearest, place) => {
      const [a, b, c, size, kind] = place as [number, number, number, number, number];
      const radius = 0.1 + 0.1 * Math.abs(size);
      const ball = Math.hypot(x - a, y - b, z - c) - radius;
      const plate = Math.max(Math.abs(x - a) - radius * 2, Math.abs(y - b) - 0.04, Math.abs(z - c) - radius);
      return Math.min(nearest, kind < 0 ? ball : plate);
    }, 9);
  return extractSurface(sampleDistance({ size: [48, 48, 48], origin: [-1, -1, -1], spacing: 2 / 47 }, distance));
}

describe("simplify", () => {
  it.each([1, 2, 3, 4, 5, 6])(
    "keeps jumble %i closed, manifold and in as many pieces, and meets the budget",
    (seed) => {
      const dense = jumble(seed);
      const before = measureTopology(dense);
      for (const target of [4000, 1000, 200]) {
        const after = measureTopology(simplify(dense, target));
        expect(after).toMatchObject({ watertight: true, manifold: true, degenerateTriangles: 0 });
        expect(after.components).toBe(before.components);
        expect(after.triangles).toBeLessThanOrEqual(target);
        expect(after.triangles).toBeGreaterThanOrEqual(target * 0.98);
      }
      expect(measureTopology(simplify(dense, 2000)).volume / before.volume).toBeCloseTo(1, 1);
    },
  );

  it("leaves nothing of a box but its 12 triangles, and its volume whole", () => {
    const box = (x: number, y: number, z: number) => Math.max(Math.abs(x) - 0.5, Math.abs(y) - 0.4, Math.abs(z) - 0.6);
    const grid = sampleDistance({ size: [24, 24, 24], origin: [-1, -1, -1], spacing: 2 / 23 }, box);
    const distance = (points: Float32Array) =>
      Float32Array.from({ length: points.length / 3 }, (_, row) =>
        box(points[row * 3] as number, points[row * 3 + 1] as number, points[row * 3 + 2] as number),
      );
    const after = measureTopology(simplify(extractSurface(grid, { distance, pull: 0.001 }), 12));
    expect(after).toMatchObject({ triangles: 12, vertices: 8, watertight: true, manifold: true });
    expect(after.volume / 0.96).toBeCloseTo(1, 2);
  });

  it("keeps the border of an open sheet", () => {
    const side = 20;
    const positions = Float32Array.from({ length: side * side * 3 }, (_, at) => {
      const vertex = Math.floor(at / 3);
      return [vertex % side, 0, Math.floor(vertex / side)][at % 3] as number;
    });
    const quads = Array.from({ length: (side - 1) ** 2 }, (_, quad) => {
      const a = (quad % (side - 1)) + Math.floor(quad / (side - 1)) * side;
      return [a, a + side, a + 1, a + 1, a + side, a + side + 1];
    });
    const sheet = simplify({ positions, indices: Uint32Array.from(quads.flat()) }, 10);
    const after = measureTopology(sheet);
    expect(after.triangles).toBeLessThanOrEqual(10);
    expect(after.area).toBeCloseTo((side - 1) ** 2, 3);
  });

  it("gives the same bytes each time, and a mesh within its budget as it is", () => {
    const dense = jumble(9);
    expect(simplify(dense, 500)).toEqual(simplify(dense, 500));
    expect(simplify(dense, 1_000_000).indices).toHaveLength(dense.indices.length);
  });

  it("refuses budgets that no closed mesh can have", () => {
    for (const target of [0, 3, 10.5, Number.NaN]) {
      expect(() => simplify(jumble(1), target)).toThrow(`cannot be simplified to ${target} triangles`);
    }
  });
});
