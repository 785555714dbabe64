import { describe, expect, it } from "vitest";
import { resizeImage } from "../../core/src/preprocessors/resize.ts";
import { goldenPicture } from "./golden-picture.ts";

describe("resizeImage", () => {
  it.each([
    ["nearest", 0],
    ["linear", 1.5 / 255],
    ["cubic", 1.5 / 255],
    ["lanczos", 1.5 / 255],
  ] as const)("%s equals Pillow, but for its rounding to 8 bits in between", async (kernel, tolerance) => {
    const picture = await goldenPicture("picture-0");
    for (const [width, height] of [
      [48, 32],
      [200, 96],
      [120, 40],
    ] as const) {
      const scaled = resizeImage(picture, width, height, kernel);
      const expected = await goldenPicture(`${kernel}-${width}x${height}`);
      const worst = scaled.data.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (expected.data[i] ?? 9))),
        0,
      );
      expect(worst).toBeLessThanOrEqual(tolerance);
    }
  });

  it("gives the same picture for the same size", async () => {
    const picture = await goldenPicture("picture-0");
    expect(resizeImage(picture, picture.width, picture.height, "lanczos")).toBe(picture);
  });

  it.each(["nearest", "linear", "cubic", "lanczos"] as const)("%s keeps a flat colour and the range", (kernel) => {
    const flat = { width: 5, height: 7, channels: 3, data: new Float32Array(105).fill(0.25) } as const;
    for (const value of resizeImage(flat, 13, 3, kernel).data) expect(value).toBeCloseTo(0.25, 6);
    const checks = { width: 4, height: 1, channels: 1, data: Float32Array.of(0, 1, 0, 1) } as const;
    for (const value of resizeImage(checks, 9, 3, kernel).data) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
    }
  });
});
