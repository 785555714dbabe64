import { describe, expect, it } from "vitest";
import { measureUvs } from "../../core/src/mesh/measure-uvs.ts";
import type { Mesh } from "../../core/src/mesh/mesh.ts";
import { packCharts } from "../../core/src/mesh/pack-charts.ts";

/** So many squares of two triangles each, every one a chart of its own. */
function squares(count: number) {
  const flat = Float64Array.from(
    { length: count * 12 },
    (_, at) => [0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1][at % 12] as number,
  );
  return { flat, chartOf: Uint32Array.from({ length: count * 2 }, (_, triangle) => Math.floor(triangle / 2)) };
}

function meshOf(uvs: Float32Array): Mesh {
  const corners = uvs.length / 2;
  return {
    positions: Float32Array.from({ length: corners * 3 }, (_, at) => at),
    uvs,
    indices: Uint32Array.from({ length: corners }, (_, corner) => corner),
  };
}

describe("packCharts", () => {
  it("brings charts nearer together where a small texture has no room for four texels between", () => {
    const { flat, chartOf } = squares(700);
    const uvs = packCharts(flat, chartOf, { textureSize: 64 });
    expect(measureUvs([meshOf(uvs)])).toMatchObject({ overlapping: 0, outside: 0, mirrored: 0, collapsed: 0 });
    const lows = Array.from({ length: 700 }, (_, at) => [0, 1].map((k) => (uvs[at * 12 + k] as number) * 64));
    const gaps = lows
      .slice(1)
      .map(([u = 0, v = 0], at) => Math.max(Math.abs(u - (lows[at]?.[0] ?? 0)), Math.abs(v - (lows[at]?.[1] ?? 0))));
    expect(Math.min(...gaps)).toBeGreaterThan(1);
  });

  it("keeps four texels between charts where there is room", () => {
    const { flat, chartOf } = squares(16);
    const uvs = packCharts(flat, chartOf, { textureSize: 64 });
    const rights = Array.from(uvs)
      .filter((_, at) => at % 2 === 0)
      .map((u) => u * 64);
    const steps = [...new Set(rights.map((u) => u.toFixed(3)))].map(Number).toSorted((a, b) => a - b);
    for (let at = 1; at + 1 < steps.length; at += 2)
      expect((steps[at + 1] as number) - (steps[at] as number)).toBeGreaterThanOrEqual(4 - 1e-3);
  });

  it("names the smallest texture that has room where this one has none", () => {
    const { flat, chartOf } = squares(2000);
    const tooSmall = () => packCharts(flat, chartOf, { textureSize: 64 });
    expect(tooSmall).toThrow("A texture of 64 × 64 texels has no room for the 2000 charts of this mesh.");
    expect(tooSmall).toThrow(
      expect.objectContaining({ remedy: "Ask for a texture_size of 128, or for fewer triangles." }),
    );
    expect(packCharts(flat, chartOf, { textureSize: 128 }).every((value) => value >= 0 && value <= 1)).toBe(true);
  });
});
