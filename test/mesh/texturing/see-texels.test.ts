import { describe, expect, it } from "vitest";
import { drawView } from "../../../core/src/mesh/texturing/draw-view.ts";
import type { PaintSurface } from "../../../core/src/mesh/texturing/paint-surface.ts";
import { findPaintTexels } from "../../../core/src/mesh/texturing/paint-texels.ts";
import { seeTexels } from "../../../core/src/mesh/texturing/see-texels.ts";
import { aimCamera, projectPoint } from "../../../core/src/mesh/texturing/view-camera.ts";
import { measureView } from "../../../core/src/mesh/texturing/view-shape.ts";
import { cubeSides, makeSurface, square } from "./surfaces.ts";

function see(surface: PaintSurface, towards: readonly [number, number, number]) {
  const texels = findPaintTexels(surface, 64);
  const camera = aimCamera(surface, towards, 128);
  const buffer = drawView(surface, camera);
  const seen = new Map<number, { x: number; y: number; quality: number }>();
  seeTexels(surface, texels, camera, buffer, measureView(surface, camera, buffer), (row, x, y, quality) => {
    seen.set(row, { x, y, quality });
  });
  return { texels, camera, seen };
}

describe("seeTexels", () => {
  it("sees the side of a cube that faces the camera, and no other", () => {
    const { texels, seen } = see(makeSurface(cubeSides()), [0, 0, 1]);
    const sides = new Set([...seen.keys()].map((row) => Math.floor((texels.triangle[row] as number) / 2)));
    expect(sides).toEqual(new Set([0]));
    const front = texels.triangle.filter((triangle) => triangle < 2).length;
    expect(seen.size).toBeGreaterThan(0.85 * front);
  });

  it("tells where a texel lies in the picture", () => {
    const { texels, camera, seen } = see(makeSurface([square()]), [0.3, 0.2, 1]);
    const out = new Float64Array(3);
    for (const [row, { x, y }] of seen) {
      const [px = 0, py = 0, pz = 0] = texels.positions.subarray(row * 3, row * 3 + 3);
      projectPoint(camera, px, py, pz, out);
      expect([x, y]).toEqual([out[0], out[1]]);
    }
  });

  it("does not see what lies behind another part", () => {
    const { texels, seen } = see(
      makeSurface([square(0, 1, [0, 0, 0.5, 1]), square(0.5, 0.5, [0.5, 0, 1, 1])]),
      [0, 0, 1],
    );
    for (const row of seen.keys()) {
      const [x = 0, y = 0, z = 0] = texels.positions.subarray(row * 3, row * 3 + 3);
      if (z === 0) expect(Math.max(Math.abs(x), Math.abs(y))).toBeGreaterThan(0.5);
    }
    expect([...seen.keys()].some((row) => texels.positions[row * 3 + 2] === 0)).toBe(true);
  });

  it("finds a view the better the straighter it looks, and useless beyond 82°", () => {
    const best = (degrees: number) => {
      const angle = (degrees * Math.PI) / 180;
      const { seen } = see(makeSurface([square()]), [Math.sin(angle), 0, Math.cos(angle)]);
      return Math.max(0, ...[...seen.values()].map(({ quality }) => quality));
    };
    expect(best(0)).toBeGreaterThan(0.97);
    expect(best(60)).toBeGreaterThan(0.4);
    expect(best(60)).toBeLessThan(0.65);
    // The camera is not infinitely far: the near edge is seen a little better than the middle.
    expect(best(89)).toBeLessThan(0.3);
    expect(best(100)).toBe(0);
  });
});
