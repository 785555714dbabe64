import { expect, it } from "vitest";
import { sampleDistance } from "../../core/src/mesh/distance-grid.ts";
import { makeGridSurface } from "../../core/src/mesh/grid-surface.ts";

const GRID = { size: [40, 40, 40], origin: [-1, -1, -1], spacing: 2 / 39 } as const;
const onto = makeGridSurface(sampleDistance(GRID, (x, y, z) => Math.hypot(x, y, z) - 0.7));

it("brings places near a ball onto it along the radius, with the ball's normal", () => {
  const out = new Float64Array(6);
  for (let step = 0; step < 300; step += 1) {
    const [a, b] = [step * 0.7, Math.acos(1 - (2 * (step + 0.5)) / 300)];
    const direction = [Math.sin(b) * Math.cos(a), Math.cos(b), Math.sin(b) * Math.sin(a)] as const;
    const radius = 0.7 + 0.15 * Math.sin(step);
    expect(onto(direction[0] * radius, direction[1] * radius, direction[2] * radius, out)).toBe(true);
    const place = [out[0], out[1], out[2]].map(Number);
    const normal = [out[3], out[4], out[5]].map(Number);
    // A straight line between samples cuts a ball of this size off by at most spacing² / 8 / radius.
    expect(Math.hypot(...place)).toBeCloseTo(0.7, 2.6);
    expect(normal.reduce((sum, value, k) => sum + value * (direction[k] as number), 0)).toBeGreaterThan(0.9995);
    expect(Math.hypot(...normal)).toBeCloseTo(1, 10);
  }
});

it("says so where no surface is near", () => {
  const out = new Float64Array(6);
  expect(onto(0.02, 0, 0, out)).toBe(false);
  expect(onto(3, 0, 0, out)).toBe(false);
});
