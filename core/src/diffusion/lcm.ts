import { CoreError } from "../protocol/errors.ts";
import { addNoiseVp } from "./ddim.ts";
import { computeAlphasCumprod, type NoiseScheduleConfig } from "./noise-schedule.ts";
import { predictOriginal } from "./predict-original.ts";
import { at, type Scheduler } from "./scheduler.ts";

/** Steps of the schedule that latent consistency models are distilled on. */
const ORIGINAL_STEPS = 50;
const TIMESTEP_SCALING = 10;
const SIGMA_DATA = 0.5;

/**
 * Makes a scheduler for latent consistency models (arXiv 2310.04378, algorithm 2); as diffusers' LCMScheduler.
 *
 * @throws CoreError INVALID_REQUEST for more than 50 steps
 */
export function createLcm(config: NoiseScheduleConfig, numInferenceSteps: number): Scheduler {
  if (numInferenceSteps > ORIGINAL_STEPS) {
    throw new CoreError(
      "INVALID_REQUEST",
      `num_inference_steps is ${numInferenceSteps}; the scheduler lcm takes 1 to ${ORIGINAL_STEPS}.`,
      { remedy: "Use 4 to 8 steps with lcm, or another scheduler." },
    );
  }
  const f = Math.fround;
  const alphasCumprod = computeAlphasCumprod(config);
  const skip = Math.floor(config.num_train_timesteps / ORIGINAL_STEPS);
  const timesteps = Array.from(
    { length: numInferenceSteps },
    (_, i) => (ORIGINAL_STEPS - Math.floor((i * ORIGINAL_STEPS) / numInferenceSteps)) * skip - 1,
  );
  const scalesAt = (i: number) => {
    const alpha = at(alphasCumprod, at(timesteps, i));
    return { alpha: f(Math.sqrt(alpha)), sigma: f(Math.sqrt(f(1 - alpha))) };
  };
  const original = (modelOutput: Float32Array, i: number, sample: Float32Array) => {
    const { alpha, sigma } = scalesAt(i);
    const target = new Float32Array(sample.length);
    predictOriginal(config.prediction_type, modelOutput, sample, alpha, sigma, target);
    if (config.clip_sample)
      for (let k = 0; k < target.length; k++) target[k] = Math.min(1, Math.max(-1, target[k] ?? 0));
    return target;
  };

  return {
    timesteps,
    initNoiseSigma: 1,
    scaleModelInput: (sample) => sample,
    predictOriginal: original,

    step(modelOutput, i, sample, generator) {
      const scaled = at(timesteps, i) * TIMESTEP_SCALING;
      const norm = f(scaled * scaled + SIGMA_DATA ** 2);
      const skipWeight = f(SIGMA_DATA ** 2 / norm);
      const outWeight = f(scaled / f(Math.sqrt(norm)));
      const x0 = original(modelOutput, i, sample);
      for (let k = 0; k < sample.length; k++)
        sample[k] = f(outWeight * (x0[k] ?? 0)) + f(skipWeight * (sample[k] ?? 0));
      if (i < timesteps.length - 1) {
        const { alpha, sigma } = scalesAt(i + 1);
        const noise = generator.randn(sample.length);
        for (let k = 0; k < sample.length; k++) sample[k] = alpha * (sample[k] ?? 0) + sigma * (noise[k] ?? 0);
      }
    },

    addNoise(clean, noise, i) {
      const { alpha, sigma } = scalesAt(i);
      return addNoiseVp(clean, noise, alpha, sigma);
    },
  };
}
