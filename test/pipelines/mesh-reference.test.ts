import { describe, expect, it } from "vitest";
import { prepareReference } from "../../core/src/pipelines/mesh-reference.ts";
import type { CutoutImage } from "../../core/src/tensor/image.ts";

const CONFIG = {
  size: 8,
  mean: [0.5, 0.4, 0.3] as [number, number, number],
  std: [0.2, 0.25, 0.5] as [number, number, number],
  background: [1, 1, 1] as [number, number, number],
  foreground_ratio: 1,
  resample: "linear" as const,
};

function flat(colour: readonly number[], alpha: (pixel: number) => number): CutoutImage {
  return {
    width: 8,
    height: 8,
    colours: Float32Array.from({ length: 192 }, (_, k) => colour[k % 3] ?? 0),
    alpha: Float32Array.from({ length: 64 }, (_, pixel) => alpha(pixel)),
  };
}

describe("prepareReference", () => {
  it("takes the mean from each channel and divides by the deviation, channels first", () => {
    const { pixel_values, warnings } = prepareReference(
      flat([0.7, 0.4, 0.8], () => 0.999),
      CONFIG,
    );
    expect(pixel_values.dims).toEqual([1, 3, 8, 8]);
    expect(pixel_values.data[0]).toBeCloseTo(1, 1);
    expect(pixel_values.data[64]).toBeCloseTo(0, 1);
    expect(pixel_values.data[128 + 63]).toBeCloseTo(1, 1);
    expect(warnings).toEqual([]);
  });

  it("cuts a thing out of a plain ground by itself", () => {
    const image = flat([0, 0, 1], () => 1);
    for (const pixel of [27, 28, 35, 36]) image.colours.set([1, 0, 0], pixel * 3);
    const { pixel_values, warnings } = prepareReference(image, CONFIG);
    expect(warnings).toEqual([]);
    // The square of 2 × 2 fills the picture: nothing of the blue ground is left.
    expect(Array.from(pixel_values.data.subarray(0, 64)).every((red) => Math.abs(red - 2.5) < 1e-5)).toBe(true);
    expect(Array.from(pixel_values.data.subarray(128)).every((blue) => Math.abs(blue + 0.6) < 1e-5)).toBe(true);
  });

  it("says when it could not tell the thing from the ground", () => {
    const image = flat([0, 0, 0], () => 1);
    for (let pixel = 0; pixel < 64; pixel++)
      image.colours.set([(pixel % 8) / 8, Math.floor(pixel / 8) / 8, 0.5], pixel * 3);
    expect(prepareReference(image, CONFIG).warnings).toEqual([expect.stringContaining("Cut the thing out")]);
  });

  it("refuses a picture with nothing in it", () => {
    expect(() =>
      prepareReference(
        flat([0, 0, 0], () => 0),
        CONFIG,
      ),
    ).toThrow("params.image: the picture of 8 × 8 pixels is transparent everywhere");
  });
});
