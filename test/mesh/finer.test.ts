import { describe, expect, it } from "vitest";
import { capsule, cylinder, lathe, sphere } from "../../core/src/mesh/kit/lathe.ts";
import { ModelBuilder } from "../../core/src/mesh/kit/model-builder.ts";
import { refineCurve } from "../../core/src/mesh/kit/refine-curve.ts";
import { mirrorX, move, type Solid, stretch, turn } from "../../core/src/mesh/kit/solid.ts";
import { circle, sweep } from "../../core/src/mesh/kit/sweep.ts";
import { measureModel } from "../../core/src/mesh/measure-model.ts";
import { measureTopology } from "../../core/src/mesh/measure-topology.ts";
import { measureUvs } from "../../core/src/mesh/measure-uvs.ts";
import { drawValues, findProgram, makeModel } from "../../core/src/mesh/programs/make-model.ts";
import { randomOf } from "../../core/src/mesh/words/random.ts";

function topologyOf(solid: Solid, finer = 1) {
  const builder = new ModelBuilder();
  builder.add("part", { name: "plain", baseColour: [1, 1, 1], roughness: 1, metallic: 0 }, solid);
  return measureTopology(builder.finish("thing", { finer }).parts[0]?.mesh as never);
}

describe("refineCurve", () => {
  it("brings a regular polygon to its circle and keeps its points", () => {
    const coarse = circle(12);
    const fine = refineCurve(coarse, 8, { closed: true });
    expect(fine.filter(({ share }) => share === 0).map(({ point }) => point)).toEqual(coarse);
    expect(fine.length).toBe(12 * 8);
    for (const { point } of fine) expect(Math.abs(Math.hypot(...point) - 1)).toBeLessThan(0.001);
  });

  it("leaves straight pieces and corners as they are", () => {
    const square = [
      [0, 0],
      [1, 0],
      [2, 0],
      [2, 1],
      [0, 1],
    ];
    expect(refineCurve(square, 4, { closed: true }).map(({ point }) => point)).toEqual(square);
    const open = [
      [0, 0],
      [1, 0],
      [1, 1],
    ];
    expect(refineCurve(open, 4).map(({ point }) => point)).toEqual(open);
  });

  it("does not let a long wall bulge where a short bend begins", () => {
    const bottle = [
      [1, 0],
      [1, 5],
      [0.95, 5.2],
      [0.8, 5.4],
    ];
    for (const { point, piece } of refineCurve(bottle, 6))
      if (piece === 0) expect(Math.abs((point[0] as number) - 1)).toBeLessThan(0.02);
  });
});

describe("finer solids", () => {
  it("come nearer to the volume of the round body that they stand for", () => {
    const ball = sphere(1, { segments: 16, rings: 10 });
    const [coarse, fine] = [topologyOf(ball), topologyOf(ball, 4)];
    const exact = (4 / 3) * Math.PI;
    expect(coarse.volume / exact).toBeLessThan(0.96);
    expect(fine.volume / exact).toBeGreaterThan(0.995);
    expect(fine.volume / exact).toBeLessThanOrEqual(1.001);
    expect(fine).toMatchObject({ watertight: true, manifold: true, degenerateTriangles: 0 });
    const rod = topologyOf(
      sweep(
        [
          [0, 0, 0],
          [0, 2, 0],
        ],
        { radius: 0.5, segments: 8 },
      ),
      4,
    );
    expect(rod.volume / (Math.PI * 0.25 * 2)).toBeGreaterThan(0.99);
  });

  it("are moved, turned, stretched and mirrored as the coarse ones are", () => {
    const put = (solid: Solid) => mirrorX(turn(move(stretch(solid, 1, 2, 0.5), 3, 1, -2), "y", 33));
    const whole = put(cylinder(0.5, 1, { segments: 12 }));
    const fine = whole.finer?.(3) as Solid;
    expect(fine.points).toEqual(put(cylinder(0.5, 1, { segments: 36 })).points);
    expect(topologyOf(whole, 3).volume).toBeGreaterThan(0);
  });

  it("keep flat sides, corners and the heights of ends", () => {
    const pill = capsule(0.2, 1).finer?.(4) as Solid;
    const heights = pill.points.map(([, y]) => y);
    expect([Math.min(...heights), Math.max(...heights)]).toEqual([0, 1]);
    const plate = lathe(
      [
        [0, 0],
        [1, 0],
        [1, 0.1],
        [0, 0.1],
      ],
      { segments: 96 },
    );
    expect(plate.finer?.(4).faces.length).toBe(plate.faces.length);
  });
});

describe.each([
  ["vase", {}],
  ["car", {}],
  ["sword", {}],
  ["shield", { boss: "yes" }],
])("a fine %s", (category, chosen) => {
  it("is closed and laid out without overlap, as large as the coarse one and within its triangles", () => {
    const values = { ...drawValues(findProgram(category), randomOf(3, category)), ...chosen };
    const coarse = makeModel(category, values);
    const fine = makeModel(category, values, { maxTriangles: 20_000 });
    const [before, after] = [measureModel(coarse), measureModel(fine)];
    expect(after.triangles).toBeGreaterThan(before.triangles);
    expect(after.triangles).toBeLessThanOrEqual(20_000);
    for (const k of [0, 1, 2]) expect((after.size[k] as number) / (before.size[k] as number)).toBeCloseTo(1, 1);
    for (const { name, mesh } of fine.parts) {
      const { watertight, manifold, degenerateTriangles } = measureTopology(mesh);
      expect({ name, watertight, manifold, degenerateTriangles }).toMatchObject({
        watertight: true,
        manifold: true,
        degenerateTriangles: 0,
      });
    }
    const layout = measureUvs(fine.parts.map(({ mesh }) => mesh));
    expect(layout).toMatchObject({ overlapping: 0, outside: 0, mirrored: 0, collapsed: 0 });
  });
});
