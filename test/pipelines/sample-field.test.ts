import { expect, it } from "vitest";
import { extractSurface } from "../../core/src/mesh/extract-surface.ts";
import { measureTopology } from "../../core/src/mesh/measure-topology.ts";
import { sampleField } from "../../core/src/pipelines/sample-field.ts";

const BOUNDS = { min: [-1, -1, -1], max: [1, 1, 1] } as {
  min: [number, number, number];
  max: [number, number, number];
};

/** A field of a formula, and how many points it was asked for. */
function fieldOf(distance: (x: number, y: number, z: number) => number) {
  const asked = { points: 0 };
  const values = async (points: Float32Array) => {
    asked.points += points.length / 3;
    return Float32Array.from({ length: points.length / 3 }, (_, at) =>
      distance(points[at * 3] ?? 0, points[at * 3 + 1] ?? 0, points[at * 3 + 2] ?? 0),
    );
  };
  return { asked, values };
}

const ball = (x: number, y: number, z: number) => Math.hypot(x, y, z) - 0.7;

it("is exact near the surface, keeps the sign everywhere, and asks for a part of the points only", async () => {
  const { asked, values } = fieldOf(ball);
  const shares: number[] = [];
  const grid = await sampleField({ values }, { kind: "sdf", bounds: BOUNDS }, 64, async (share) => {
    shares.push(share);
  });
  expect(grid).toMatchObject({ size: [65, 65, 65], origin: [-1, -1, -1], spacing: 2 / 64 });
  let [inexact, wrong] = [0, 0];
  for (let z = 0, index = 0; z < 65; z += 1) {
    for (let y = 0; y < 65; y += 1) {
      for (let x = 0; x < 65; x += 1, index += 1) {
        const exact = ball(-1 + x / 32, -1 + y / 32, -1 + z / 32);
        const value = grid.values[index] as number;
        if (Math.abs(exact) < 0.06 && Math.abs(value - exact) > 1e-6) inexact += 1;
        if (value < 0 !== exact < 0) wrong += 1;
      }
    }
  }
  expect({ inexact, wrong }).toEqual({ inexact: 0, wrong: 0 });
  expect(asked.points).toBeLessThan(65 ** 3 / 2);
  expect(shares.at(-1)).toBe(1);
});

it("finds a sheet thinner than the coarse cells where the field gives distances", async () => {
  const sheet = (x: number, y: number, z: number) => Math.max(Math.abs(y - 0.03) - 0.04, Math.hypot(x, z) - 0.6);
  const grid = await sampleField(fieldOf(sheet), { kind: "sdf", bounds: BOUNDS }, 64, async () => {});
  const { watertight, components, volume } = measureTopology(extractSurface(grid));
  expect({ watertight, components }).toEqual({ watertight: true, components: 1 });
  expect(volume).toBeCloseTo(Math.PI * 0.36 * 0.08, 2);
});

it("follows a surface through occupancy, whose values are no distances", async () => {
  const inside = (x: number, y: number, z: number) => (ball(x, y, z) < 0 ? -1 : 1);
  const grid = await sampleField(fieldOf(inside), { kind: "occupancy", bounds: BOUNDS }, 32, async () => {});
  let wrong = 0;
  for (let index = 0; index < grid.values.length; index += 1) {
    const [x, y, z] = [index % 33, Math.floor(index / 33) % 33, Math.floor(index / 33 ** 2)];
    if ((grid.values[index] as number) < 0 !== ball(-1 + x / 16, -1 + y / 16, -1 + z / 16) < 0) wrong += 1;
  }
  expect(wrong).toBe(0);
});

it("spans a box that is no cube with cells that are", async () => {
  const bounds = { min: [-1, -0.5, -1], max: [1, 0.5, 1] } as typeof BOUNDS;
  const grid = await sampleField(fieldOf(ball), { kind: "sdf", bounds }, 32, async () => {});
  expect(grid).toMatchObject({ size: [33, 17, 33], origin: [-1, -0.5, -1] });
});
