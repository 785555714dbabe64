import { describe, expect, it } from "vitest";
import { box } from "../../core/src/mesh/kit/box.ts";
import { sphere } from "../../core/src/mesh/kit/lathe.ts";
import { coloured } from "../../core/src/mesh/kit/materials.ts";
import { ModelBuilder } from "../../core/src/mesh/kit/model-builder.ts";
import { move } from "../../core/src/mesh/kit/solid.ts";
import { rasterize } from "../../core/src/mesh/rasterize.ts";

const FRONT = { position: [0, 1, 5], target: [0, 1, 0], fovDegrees: 53.13010235415598 } as const;
const SIZE = { width: 200, height: 200 } as const;

describe("rasterize", () => {
  it("sees a box as large and as far away as it is", () => {
    const builder = new ModelBuilder();
    builder.add("box", coloured("red", "paint"), box(2, 2, 2));
    const { depth, normals, parts, colour } = rasterize(builder.finish("box"), FRONT, SIZE);
    // The front stands 4 m away, where the picture is 4 m wide: half of each side is covered.
    expect(parts.reduce((sum, value) => sum + value, 0)).toBe(100 * 100);
    const middle = 100 * 200 + 100;
    expect(depth[middle]).toBeCloseTo(4, 5);
    expect(depth[0]).toBe(Number.POSITIVE_INFINITY);
    expect(Array.from(normals.subarray(middle * 3, middle * 3 + 3))).toEqual([0, 0, 1]);
    const [red, green, blue] = colour.data.subarray(middle * 3, middle * 3 + 3);
    expect(red).toBeGreaterThan(2 * (green as number));
    expect(red).toBeGreaterThan(2 * (blue as number));
    expect(Array.from(colour.data.subarray(0, 3))).toEqual([236, 238, 241]);
  });

  it("gives a ball the depth and normals of a ball", () => {
    const builder = new ModelBuilder();
    builder.add("ball", coloured("blue", "paint"), sphere(1, { segments: 96, rings: 48 }), 60);
    const { depth, normals } = rasterize(builder.finish("ball"), FRONT, SIZE);
    for (const [x, y] of [
      [100, 100],
      [120, 90],
      [80, 130],
      [100, 70],
    ] as const) {
      const pixel = y * 200 + x;
      const [dx, dy] = [(x + 0.5 - 100) / 200, -(y + 0.5 - 100) / 200];
      // The ray (dx, dy, -1) t from (0, 0, 5) meets the unit ball about the origin.
      const a = dx * dx + dy * dy + 1;
      const t = (5 - Math.sqrt(25 - a * 24)) / a;
      expect(depth[pixel]).toBeCloseTo(t, 2);
      [dx * t, dy * t, 5 - t].forEach((value, k) => {
        expect(normals[pixel * 3 + k]).toBeCloseTo(value, 1);
      });
    }
  });

  it("draws the nearer part, whatever their order", () => {
    const pictures = [0, 1].map((first) => {
      const builder = new ModelBuilder();
      const near = () => builder.add("near", coloured("green", "paint"), move(box(1, 2, 0.2), 0, 0, 1));
      const far = () => builder.add("far", coloured("red", "paint"), move(box(2, 2, 0.2), 0, 0, -1));
      for (const add of first === 0 ? [near, far] : [far, near]) add();
      return rasterize(builder.finish("two"), FRONT, SIZE).colour.data;
    });
    expect(Buffer.from(pictures[0] as Uint8Array).equals(Buffer.from(pictures[1] as Uint8Array))).toBe(true);
    const middle = (100 * 200 + 100) * 3;
    expect(pictures[0]?.[middle + 1]).toBeGreaterThan(pictures[0]?.[middle] as number);
  });
});
