import { describe, expect, it } from "vitest";
import { budgetSurface } from "../../core/src/mesh/budget-surface.ts";
import { coarsenGrid } from "../../core/src/mesh/coarsen-grid.ts";
import { sampleDistance } from "../../core/src/mesh/distance-grid.ts";
import { extractSurface } from "../../core/src/mesh/extract-surface.ts";
import { largestComponent } from "../../core/src/mesh/largest-component.ts";
import { measureTopology } from "../../core/src/mesh/measure-topology.ts";
import { simplify } from "../../core/src/mesh/simplify.ts";
import { splitEdges } from "../../core/src/mesh/split-edges.ts";

const box = (cells: number) =>
  ({ size: [cells, cells, cells], origin: [-1, -1, -1], spacing: 2 / (cells - 1) }) as const;
const ball = (x: number, y: number, z: number) => Math.hypot(x, y, z) - 0.7;
/** A ball of gyroid: tunnels everywhere. */
const sponge = (x: number, y: number, z: number) =>
  Math.max(
    ball(x, y, z),
    Math.abs(
      Math.sin(12 * x) * Math.cos(12 * y) + Math.sin(12 * y) * Math.cos(12 * z) + Math.sin(12 * z) * Math.cos(12 * x),
    ) /
      12 -
      0.05,
  );

describe("budgetSurface", () => {
  it.each([50, 51, 400, 3000, 20_000])("gives a ball %i triangles, or one fewer, closed and manifold", (target) => {
    const grid = sampleDistance(box(33), ball);
    const made = measureTopology(budgetSurface(extractSurface(grid), grid, target));
    expect(made).toMatchObject({ watertight: true, manifold: true, degenerateTriangles: 0, components: 1 });
    expect(made.triangles).toBeLessThanOrEqual(target);
    expect(made.triangles).toBeGreaterThanOrEqual(target - 1);
    if (target > 400) expect(made.volume / ((4 / 3) * Math.PI * 0.343)).toBeCloseTo(1, 1.7);
  });

  it("closes tunnels that the triangles do not suffice for", () => {
    const grid = sampleDistance(box(48), sponge);
    const dense = largestComponent(extractSurface(grid));
    const target = 100;
    expect(simplify(dense, target).indices.length / 3).toBeGreaterThan(target);
    const made = measureTopology(budgetSurface(dense, grid, target));
    expect(made).toMatchObject({ watertight: true, manifold: true, components: 1 });
    expect(made.triangles).toBeLessThanOrEqual(target);
    expect(made.triangles).toBeGreaterThanOrEqual(target - 1);
    expect(made.volume).toBeGreaterThan(0.03);
  });
});

describe("splitEdges", () => {
  it("puts new vertices onto the surface that it is given", () => {
    const coarse = simplify(extractSurface(sampleDistance(box(17), ball)), 60);
    const onto = (x: number, y: number, z: number, out: Float64Array) => {
      const scale = 0.7 / Math.hypot(x, y, z);
      out.set([x * scale, y * scale, z * scale]);
      return true;
    };
    const round = measureTopology(splitEdges(coarse, 4000, onto));
    const flat = measureTopology(splitEdges(coarse, 4000));
    expect(flat.volume).toBeCloseTo(measureTopology(coarse).volume, 5);
    expect(round.volume / ((4 / 3) * Math.PI * 0.343)).toBeGreaterThan(0.985);
    expect(round).toMatchObject({ triangles: 4000, watertight: true, manifold: true });
  });

  it("halves the longest edge first and leaves borders whole", () => {
    const positions = Float32Array.from([0, 0, 0, 4, 0, 0, 4, 0, -1, 0, 0, -1]);
    const plate = { positions, indices: Uint32Array.from([0, 1, 2, 0, 2, 3]) };
    const made = splitEdges(plate, 4);
    expect(Array.from(made.positions.slice(12))).toEqual([2, 0, -0.5]);
    expect(measureTopology(made)).toMatchObject({ triangles: 4, area: 4, boundaryEdges: 4 });
  });
});

describe("coarsenGrid", () => {
  it("covers the same box with longer cells and keeps the body", () => {
    const grid = sampleDistance(box(33), ball);
    const coarse = coarsenGrid(grid, 2);
    expect(coarse.size).toEqual([17, 17, 17]);
    expect(coarse.spacing).toBeCloseTo(grid.spacing * 2, 9);
    expect(measureTopology(extractSurface(coarse)).volume / ((4 / 3) * Math.PI * 0.343)).toBeCloseTo(1, 1);
  });

  it("keeps something of a sheet thinner than a cell", () => {
    const sheet = sampleDistance(box(33), (x, y, z) =>
      Math.max(Math.abs(y - 0.03) - 0.04, Math.abs(x) - 0.6, Math.abs(z) - 0.6),
    );
    expect(coarsenGrid(sheet, 8).values.some((value) => value < 0)).toBe(true);
  });
});
