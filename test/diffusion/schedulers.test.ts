import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createScheduler } from "../../core/src/diffusion/create-scheduler.ts";
import { TorchGenerator } from "../../core/src/diffusion/torch-generator.ts";
import { type Scheduler, SchedulerSchema } from "../../core/src/protocol/image.ts";
import { noiseSchedule } from "./noise-schedule-of.ts";

interface Case {
  scheduler: Scheduler;
  config: Record<string, unknown>;
  steps: number;
  begin: number;
  eta: number;
  timesteps: number[];
  start: number[];
  end: number[];
}
const golden: { cases: Case[] } = JSON.parse(
  readFileSync(new URL("../golden/diffusion/schedulers.json", import.meta.url), "utf8"),
);

/** Runs a case as make_golden.py does. */
function run({ scheduler: name, config, steps, begin, eta, start }: Case): { start: Float32Array; end: Float32Array } {
  const scheduler = createScheduler(name, noiseSchedule(config), { numInferenceSteps: steps, eta });
  const generator = new TorchGenerator(7);
  const noise = generator.randn(32);
  const sample =
    begin === 0
      ? noise.map((value) => value * scheduler.initNoiseSigma)
      : scheduler.addNoise(new TorchGenerator(8).randn(32), noise, begin);
  const first = sample.slice();
  expect(first).toHaveLength(start.length);
  for (let i = begin; i < scheduler.timesteps.length; i++) {
    const scaled = scheduler.scaleModelInput(sample, i);
    const output = new TorchGenerator(1000 + i - begin).randn(32).map((value, k) => value + 0.25 * (scaled[k] ?? 0));
    scheduler.step(output, i, sample, generator);
  }
  return { start: first, end: sample };
}

const distance = (actual: Float32Array, expected: number[]) =>
  Math.max(...expected.map((value, k) => Math.abs(value - (actual[k] ?? Number.NaN))));
const largest = (values: number[]) => Math.max(1, ...values.map(Math.abs));

describe.each(SchedulerSchema.options)("%s against diffusers", (name) => {
  const cases = golden.cases.filter((entry) => entry.scheduler === name);

  it("has golden cases", () => expect(cases.length).toBeGreaterThan(8));

  it.each(cases)(
    "$config.prediction_type $config.beta_schedule $config.timestep_spacing $steps steps from $begin",
    (entry) => {
      const scheduler = createScheduler(name, noiseSchedule(entry.config), { numInferenceSteps: entry.steps });
      expect(scheduler.timesteps.map((t) => Number(t.toPrecision(9)))).toEqual(entry.timesteps);
      const { start, end } = run(entry);
      expect(distance(start, entry.start)).toBeLessThanOrEqual(2e-7 * largest(entry.start));
      expect(distance(end, entry.end)).toBeLessThanOrEqual(2e-6 * largest(entry.end));
    },
  );
});

describe.each(SchedulerSchema.options)("every scheduler: %s", (name) => {
  const schedule = noiseSchedule({ timestep_spacing: "leading" });
  const make = (numInferenceSteps = 12) => createScheduler(name, schedule, { numInferenceSteps });

  it("gives as many timesteps as asked for, noisiest first", () => {
    for (const count of [1, 2, 7, 20, 50]) {
      const { timesteps } = make(count);
      expect(timesteps).toHaveLength(count);
      // Karras' sigmas lie so close at the end that their rounded timesteps may meet.
      const least = name === "dpmpp_2m_karras" ? 0 : 1;
      for (let i = 1; i < count; i++)
        expect((timesteps[i - 1] ?? 0) - (timesteps[i] ?? 0)).toBeGreaterThanOrEqual(least);
    }
  });

  it("finds the clean sample when the model knows the noise", () => {
    const scheduler = make();
    const generator = new TorchGenerator(11);
    const clean = generator.randn(48);
    const sample = scheduler.addNoise(clean, generator.randn(48), 0);
    for (let i = 0; i < scheduler.timesteps.length; i++) {
      // The exact noise of the present sample: what addNoise would have to add to the clean one.
      const zero = scheduler.addNoise(new Float32Array(48), new Float32Array(48).fill(1), i);
      const signal = scheduler.addNoise(new Float32Array(48).fill(1), new Float32Array(48), i);
      const noise = sample.map((x, k) => (x - (signal[k] ?? 0) * (clean[k] ?? 0)) / (zero[k] ?? 1));
      const predicted = scheduler.predictOriginal(noise, i, sample);
      expect(Math.max(...predicted.map((x, k) => Math.abs(x - (clean[k] ?? 0))))).toBeLessThan(1e-4);
      scheduler.step(noise, i, sample, generator);
    }
    // DDIM's last step stops at the first training timestep (set_alpha_to_one false), LCM's at its boundary condition.
    expect(Math.max(...sample.map((x, k) => Math.abs(x - (clean[k] ?? 0))))).toBeLessThan(
      name === "ddim" ? 0.15 : 1e-4,
    );
  });

  it("scales a sample before the first step to about unit variance", () => {
    const scheduler = make();
    const sample = new TorchGenerator(5).randn(4096).map((x) => x * scheduler.initNoiseSigma);
    const scaled = scheduler.scaleModelInput(sample, 0);
    const variance = scaled.reduce((sum, x) => sum + x * x, 0) / scaled.length;
    expect(variance).toBeGreaterThan(0.9);
    expect(variance).toBeLessThan(1.1);
  });

  it("neither keeps nor changes the model's output", () => {
    const scheduler = make();
    const generator = new TorchGenerator(1);
    const output = generator.randn(32);
    const before = output.slice();
    const sample = generator.randn(32);
    for (let i = 0; i < scheduler.timesteps.length; i++) scheduler.step(output, i, sample, generator);
    expect(output).toEqual(before);
  });

  it("refuses more steps than the noise schedule has, unless its sigmas are spaced between two ends", () => {
    if (name === "dpmpp_2m_karras") expect(make(1000).timesteps).toHaveLength(1000);
    else expect(() => make(1000)).toThrow(/num_inference_steps is 1000/);
  });
});
