import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TorchGenerator } from "../../core/src/diffusion/torch-generator.ts";

interface Golden {
  cases: { seed: number; calls: { count: number; values: number[]; sha256: string }[] }[];
}
const golden: Golden = JSON.parse(readFileSync(new URL("../golden/diffusion/randn.json", import.meta.url), "utf8"));

describe("TorchGenerator", () => {
  it.each(golden.cases)("draws torch.randn's numbers for seed $seed, call after call", ({ seed, calls }) => {
    const generator = new TorchGenerator(seed);
    for (const { count, values, sha256 } of calls) {
      const drawn = generator.randn(count);
      expect(drawn).toHaveLength(count);
      const shown = count <= 40 ? [...drawn] : [...drawn.subarray(0, 20), ...drawn.subarray(count - 20)];
      const worst = Math.max(...shown.map((value, k) => Math.abs(value - (values[k] ?? Number.NaN))));
      expect(worst).toBeLessThanOrEqual(1e-6);
      // The hash sees every bit of a long call, not only its ends.
      expect(createHash("sha256").update(new Uint8Array(drawn.buffer)).digest("hex")).toBe(sha256);
    }
  });

  it("gives the first outputs of the reference MT19937 for seed 5489", () => {
    // mt19937ar.c by Matsumoto and Nishimura; the C++ standard fixes the 10000th output (26.6.5 [rand.predef]).
    const generator = new TorchGenerator(5489);
    let last = 0;
    for (let i = 0; i < 10_000; i++) last = generator.random();
    expect(last).toBe(4123659995);
  });

  it("gives the same numbers for the same seed and others for another one", () => {
    expect(new TorchGenerator(3).randn(64)).toEqual(new TorchGenerator(3).randn(64));
    expect(new TorchGenerator(3).randn(64)).not.toEqual(new TorchGenerator(4).randn(64));
  });
});
