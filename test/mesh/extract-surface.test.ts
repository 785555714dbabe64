import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sampleDistance } from "../../core/src/mesh/distance-grid.ts";
import { extractSurface } from "../../core/src/mesh/extract-surface.ts";
import { measureTopology } from "../../core/src/mesh/measure-topology.ts";

const SHAPE = { size: [33, 33, 33], origin: [-1, -1, -1], spacing: 1 / 16 } as const;
const sphere = (x: number, y: number, z: number) => Math.hypot(x, y, z) - 0.7;
/** Exact distance to a box with half sides 0.53, 0.41, 0.67. */
const box = (x: number, y: number, z: number) => {
  const [a, b, c] = [Math.abs(x) - 0.53, Math.abs(y) - 0.41, Math.abs(z) - 0.67];
  return Math.hypot(Math.max(a, 0), Math.max(b, 0), Math.max(c, 0)) + Math.min(Math.max(a, b, c), 0);
};

describe("extractSurface", () => {
  it("gives a sphere of the right area and volume, outside outwards", () => {
    const topology = measureTopology(extractSurface(sampleDistance(SHAPE, sphere)));
    expect(topology).toMatchObject({ watertight: true, manifold: true, components: 1, degenerateTriangles: 0 });
    expect(topology.volume).toBeCloseTo((4 / 3) * Math.PI * 0.7 ** 3, 1);
    expect(topology.volume / ((4 / 3) * Math.PI * 0.7 ** 3)).toBeCloseTo(1, 2);
    expect(topology.area / (4 * Math.PI * 0.7 ** 2)).toBeCloseTo(1, 2);
    expect(topology.vertices - (topology.triangles * 3) / 2 + topology.triangles).toBe(2);
  });

  it("keeps the edges and corners of a box when the field can be asked", () => {
    const distance = (points: Float32Array) =>
      Float32Array.from({ length: points.length / 3 }, (_, row) =>
        box(points[row * 3] as number, points[row * 3 + 1] as number, points[row * 3 + 2] as number),
      );
    const mesh = extractSurface(sampleDistance(SHAPE, box), { distance, pull: 0.01 });
    const topology = measureTopology(mesh);
    expect(topology).toMatchObject({ watertight: true, manifold: true, components: 1 });
    expect(topology.volume / (8 * 0.53 * 0.41 * 0.67)).toBeCloseTo(1, 3);
    const furthest = [0, 1, 2].map((axis) =>
      mesh.positions.filter((_, at) => at % 3 === axis).reduce((a, b) => Math.max(a, b)),
    );
    expect(furthest[0]).toBeCloseTo(0.53, 2);
    expect(furthest[1]).toBeCloseTo(0.41, 2);
    expect(furthest[2]).toBeCloseTo(0.67, 2);
    const corner = Math.min(
      ...Array.from({ length: mesh.positions.length / 3 }, (_, v) =>
        Math.hypot(
          (mesh.positions[v * 3] as number) - 0.53,
          (mesh.positions[v * 3 + 1] as number) - 0.41,
          (mesh.positions[v * 3 + 2] as number) - 0.67,
        ),
      ),
    );
    expect(corner).toBeLessThan(0.02 / 16);
  });

  it("closes a shape that reaches over the grid's border", () => {
    const plane = sampleDistance({ ...SHAPE, size: [9, 9, 9] }, (_x, y) => y + 0.8);
    const topology = measureTopology(extractSurface(plane));
    expect(topology).toMatchObject({ watertight: true, manifold: true, components: 1 });
    expect(topology.volume).toBeGreaterThan(0);
  });

  it("gives no triangles where there is no surface", () => {
    expect(extractSurface(sampleDistance(SHAPE, () => 1)).indices).toHaveLength(0);
  });

  it("is closed and manifold for whatever stands on the grid, even noise", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 216, maxLength: 216 }),
        (values) => {
          const grid = { size: [6, 6, 6], origin: [0, 0, 0], spacing: 1, values: Float32Array.from(values) } as const;
          const mesh = extractSurface(grid);
          const topology = measureTopology(mesh);
          expect(topology).toMatchObject({ watertight: true, nonManifoldEdges: 0, nonManifoldVertices: 0 });
          expect(mesh.positions.every(Number.isFinite)).toBe(true);
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });

  it("refuses a grid with the wrong number of values, or with NaN", () => {
    expect(() => extractSurface({ ...SHAPE, values: new Float32Array(7) })).toThrow(/7 values; expected 35937/);
    expect(() => extractSurface({ ...SHAPE, values: new Float32Array(35937).fill(Number.NaN) })).toThrow(/NaN at 0/);
  });
});
