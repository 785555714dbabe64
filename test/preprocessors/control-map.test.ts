import { describe, expect, it } from "vitest";
import { makeControlMap } from "../../core/src/preprocessors/control-map.ts";
import { normalizeDepth } from "../../core/src/preprocessors/depth-normalize.ts";
import type { FloatImage } from "../../core/src/tensor/image.ts";

const rgb = { kind: "normal", channels: 3, channel_order: "rgb", invert: false } as const;
const picture: FloatImage = { width: 2, height: 1, channels: 3, data: Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6) };
const grey: FloatImage = { width: 2, height: 1, channels: 1, data: Float32Array.of(0.25, 0.75) };
const rounded = (data: Float32Array) => [...data].map((value) => Number(value.toFixed(5)));

describe("makeControlMap", () => {
  it.each([
    ["RGB as planes", picture, rgb, [0.1, 0.4, 0.2, 0.5, 0.3, 0.6]],
    ["BGR as planes", picture, { ...rgb, channel_order: "bgr" }, [0.3, 0.6, 0.2, 0.5, 0.1, 0.4]],
    ["inverted", grey, { ...rgb, channels: 1, invert: true }, [0.75, 0.25]],
    ["grey repeated", grey, rgb, [0.25, 0.75, 0.25, 0.75, 0.25, 0.75]],
    ["RGB as its mean", picture, { ...rgb, channels: 1 }, [0.2, 0.5]],
  ] as const)("gives %s", (_, image, format, expected) => {
    const map = makeControlMap(image, "none", format, 2, 1);
    expect(map.dims).toEqual([1, format.channels, 1, 2]);
    expect(rounded(map.data)).toEqual(expected);
  });

  it("scales id colours without mixing them and other maps without overshoot", () => {
    const steps: FloatImage = { width: 2, height: 1, channels: 1, data: Float32Array.of(0, 1) };
    const ids = makeControlMap(steps, "none", { ...rgb, kind: "segmentation", channels: 1 }, 8, 1);
    expect([...ids.data]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    const depth = makeControlMap(steps, "none", { ...rgb, kind: "depth", channels: 1 }, 8, 1);
    for (let x = 1; x < 8; x++) expect(depth.data[x]).toBeGreaterThanOrEqual(depth.data[x - 1] ?? 1);
  });

  it("runs the preprocessor before it scales", () => {
    const map = makeControlMap(
      { ...grey, data: Float32Array.of(0.25, 0.5) },
      "depth_normalize",
      { ...rgb, channels: 1 },
      2,
      1,
    );
    expect([...map.data]).toEqual([0, 1]);
  });
});

describe("normalizeDepth", () => {
  it("stretches the foreground and leaves the background black", () => {
    const depth: FloatImage = { width: 4, height: 1, channels: 1, data: Float32Array.of(0, 0.25, 0.5, 0.75) };
    expect([...normalizeDepth(depth).data]).toEqual([0, 0, 0.5, 1]);
  });

  it("makes a single depth white and an empty map black", () => {
    expect([...normalizeDepth({ ...grey, data: Float32Array.of(0, 0.5) }).data]).toEqual([0, 1]);
    expect([...normalizeDepth({ ...grey, data: Float32Array.of(0, 0) }).data]).toEqual([0, 0]);
  });
});
