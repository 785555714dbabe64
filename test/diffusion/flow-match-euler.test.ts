import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createFlowMatchEuler } from "../../core/src/diffusion/flow-match-euler.ts";

interface Golden {
  shift: number;
  steps: number;
  sigmas: number[];
  timesteps: number[];
  start: number[];
  velocity: number[];
  /** After each step. */
  samples: number[][];
}

/** Written by test/golden/diffusion/make_flow_match.py with diffusers. */
const goldens: Golden[] = JSON.parse(
  readFileSync(new URL("../golden/diffusion/flow-match-euler.json", import.meta.url), "utf8"),
);

describe("createFlowMatchEuler", () => {
  it.each(goldens)("takes the steps of diffusers, shift $shift, $steps steps", (golden) => {
    const { shift, steps, sigmas, timesteps, start, velocity, samples } = golden;
    const scheduler = createFlowMatchEuler({ num_train_timesteps: 1000, shift }, steps);
    for (const [i, sigma] of scheduler.sigmas.entries()) expect(sigma).toBeCloseTo(sigmas[i] ?? Number.NaN, 6);
    expect(scheduler.sigmas).toHaveLength(sigmas.length);
    for (const [i, timestep] of scheduler.timesteps.entries())
      expect(timestep).toBeCloseTo(timesteps[i] ?? Number.NaN, 3);
    const sample = Float32Array.from(start);
    for (const [i, after] of samples.entries()) {
      scheduler.step(Float32Array.from(velocity), i, sample);
      for (const [k, value] of after.entries()) expect(sample[k]).toBeCloseTo(value, 5);
    }
  });

  it("ends at x_0 when the velocity is noise - x_0", () => {
    const scheduler = createFlowMatchEuler({ num_train_timesteps: 1000, shift: 2 }, 5);
    const [noise, clean] = [Float32Array.of(1, -2, 0.5), Float32Array.of(0.25, 0.5, -1)];
    const velocity = noise.map((value, k) => value - (clean[k] ?? 0));
    const sample = noise.slice();
    expect(scheduler.predictOriginal(velocity, 0, sample)).toEqual(clean);
    for (let i = 0; i < 5; i++) scheduler.step(velocity, i, sample);
    for (const [k, value] of sample.entries()) expect(value).toBeCloseTo(clean[k] ?? Number.NaN, 5);
  });
});
