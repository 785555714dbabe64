import { describe, expect, it } from "vitest";
import { findPaintTexels } from "../../../core/src/mesh/texturing/paint-texels.ts";
import {
  drawSides,
  planViews,
  seenTriangles,
  seeSides,
  VIEW_SIDES,
} from "../../../core/src/mesh/texturing/plan-views.ts";
import { cubeSides, makeSurface, square } from "./surfaces.ts";

describe("planViews", () => {
  const cube = makeSurface(cubeSides());
  const sides = seeSides(cube, findPaintTexels(cube, 48), drawSides(cube));

  it("begins with the front and sees all of a cube, straight enough, with few views", () => {
    const views = planViews(sides, 12);
    expect(VIEW_SIDES[views[0] ?? -1]?.words).toBe("front view");
    expect(views.length).toBeLessThanOrEqual(8);
    expect(new Set(views).size).toBe(views.length);
    const count = sides.quality[0]?.length ?? 0;
    let good = 0;
    for (let row = 0; row < count; row += 1) {
      if (Math.max(...views.map((view) => sides.quality[view]?.[row] ?? 0)) > 0.25 * 255) good += 1;
    }
    expect(good / count).toBeGreaterThan(0.95);
  });

  it("takes no more views than allowed", () => {
    expect(planViews(sides, 1)).toEqual([0]);
    expect(planViews(sides, 3)).toHaveLength(3);
  });

  it("needs one view for a wall", () => {
    const wall = makeSurface([square()]);
    expect(planViews(seeSides(wall, findPaintTexels(wall, 32), drawSides(wall)), 12)).toEqual([0]);
  });

  it("goes on from what is painted: each view shares something with those before", () => {
    const views = planViews(sides, 12);
    const painted = new Set<number>();
    for (const [step, view] of views.entries()) {
      const seen = [...(sides.quality[view] ?? [])].flatMap((quality, row) => (quality > 0 ? [row] : []));
      if (step > 0) expect(seen.some((row) => painted.has(row))).toBe(true);
      for (const row of seen) painted.add(row);
    }
  });
});

describe("seenTriangles", () => {
  it("counts nothing for what is inside", () => {
    const inside = { from: [-0.2, -0.2, 0] as const, across: [0.4, 0, 0] as const, up: [0, 0.4, 0] as const };
    const surface = makeSurface([...cubeSides(), { ...inside, uv: [0, 0, 1, 1] }]);
    const seen = seenTriangles(surface, drawSides(surface));
    expect(seen[0]).toBeGreaterThan(0);
    expect([...seen.subarray(12)]).toEqual([0, 0]);
  });
});
