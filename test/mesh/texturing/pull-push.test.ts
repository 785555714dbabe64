import { describe, expect, it } from "vitest";
import { pullPush } from "../../../core/src/mesh/texturing/pull-push.ts";

describe("pullPush", () => {
  it("keeps what is sure and fills holes between what is around them", () => {
    const size = 33;
    const values = Float32Array.from({ length: size * size }, (_, at) => (at % size) / size);
    const weights = Float32Array.from(values, (_, at) => (at % size < 5 || at % size > 27 ? 1 : 0));
    const filled = pullPush(values, weights, size, 1);
    for (const [at, weight] of weights.entries()) if (weight === 1) expect(filled[at]).toBeCloseTo(values[at] ?? 0, 6);
    const middle = filled[16 * size + 16] as number;
    expect(middle).toBeGreaterThan(0.2);
    expect(middle).toBeLessThan(0.8);
    expect(Math.min(...filled)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...filled)).toBeLessThanOrEqual(1);
  });

  it("spreads a single value over all, and gives zeros of nothing", () => {
    const weights = new Float32Array(64 * 2);
    const values = new Float32Array(128);
    expect([...pullPush(values, new Float32Array(64), 8, 2)].every((value) => value === 0)).toBe(true);
    values[20] = 0.5;
    values[21] = 0.25;
    weights[10] = 1;
    const filled = pullPush(values, weights.subarray(0, 64), 8, 2);
    for (let at = 0; at < 128; at += 2) {
      expect(filled[at]).toBeCloseTo(0.5, 6);
      expect(filled[at + 1]).toBeCloseTo(0.25, 6);
    }
  });

  it("lets only what is coarse through when told to smooth", () => {
    const size = 32;
    const checks = Float32Array.from({ length: size * size }, (_, at) =>
      (at + Math.floor(at / size)) % 2 === 0 ? 1 : 0,
    );
    const smooth = pullPush(checks, new Float32Array(size * size).fill(1), size, 1, 2);
    for (const value of smooth) expect(value).toBeCloseTo(0.5, 6);
  });
});
