import { expect, test } from "vitest";
import { fromHalf, toHalf } from "../../core/src/tensor/float16.ts";

test("every float16 number survives the way to float32 and back", () => {
  const halves = Uint16Array.from({ length: 0x10000 }, (_, index) => index).filter((half) => (half & 0x7fff) <= 0x7c00);
  expect(toHalf(fromHalf(halves))).toEqual(halves);
});

test("not-a-number stays not-a-number", () => {
  expect(fromHalf(toHalf(Float32Array.of(Number.NaN)))[0]).toBeNaN();
});

// Values of IEEE 754-2019, table 3.5, and ties that round to even.
test.each([
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [65519, 0x7bff],
  [65520, 0x7c00],
  [Number.POSITIVE_INFINITY, 0x7c00],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [1.5 * 2 ** -24, 0x0002],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [0.1, 0x2e66],
])("%d becomes 0x%s", (value, half) => {
  expect(toHalf(Float32Array.of(value))[0]).toBe(half);
});
