import type { SpacedNoiseSchedule } from "./noise-schedule.ts";
import { at, type Scheduler } from "./scheduler.ts";
import { sigmasOfTimesteps } from "./sigmas.ts";
import { spacedTimesteps } from "./timesteps.ts";

/** Makes an Euler scheduler (arXiv 2206.00364, algorithm 2 without churn); as diffusers' EulerDiscreteScheduler. */
export function createEuler(config: SpacedNoiseSchedule, numInferenceSteps: number): Scheduler {
  return createEulerFamily(config, numInferenceSteps, false);
}

/**
 * Makes an ancestral Euler scheduler, which adds fresh noise after each step but the last; as diffusers'
 * EulerAncestralDiscreteScheduler (k-diffusion sampling.py, sample_euler_ancestral).
 */
export function createEulerAncestral(config: SpacedNoiseSchedule, numInferenceSteps: number): Scheduler {
  return createEulerFamily(config, numInferenceSteps, true);
}

function createEulerFamily(config: SpacedNoiseSchedule, numInferenceSteps: number, ancestral: boolean): Scheduler {
  const f = Math.fround;
  const timesteps = spacedTimesteps(config, numInferenceSteps).map(f);
  const sigmas = sigmasOfTimesteps(config, timesteps);
  const maxSigma = Math.max(...sigmas);

  /** x_0 of a sample = x_0 + σ · noise, for one element. */
  const originalOf = (output: number, x: number, sigma: number): number => {
    switch (config.prediction_type) {
      case "epsilon":
        return f(x - f(sigma * output));
      case "v_prediction":
        return f(f(output * f(-sigma / f(Math.sqrt(f(f(sigma * sigma) + 1))))) + f(x / f(f(sigma * sigma) + 1)));
      case "sample":
        return output;
    }
  };

  return {
    timesteps,
    initNoiseSigma: config.timestep_spacing === "leading" ? f(Math.sqrt(f(f(maxSigma * maxSigma) + 1))) : maxSigma,

    scaleModelInput(sample, i) {
      const sigma = at(sigmas, i);
      const scale = f(Math.sqrt(f(f(sigma * sigma) + 1)));
      return sample.map((x) => x / scale);
    },

    predictOriginal(modelOutput, i, sample) {
      const sigma = at(sigmas, i);
      return sample.map((x, k) => originalOf(modelOutput[k] ?? 0, x, sigma));
    },

    step(modelOutput, i, sample, generator) {
      const sigma = at(sigmas, i);
      const next = at(sigmas, i + 1);
      const { down, up } = ancestral ? ancestralStep(sigma, next) : { down: next, up: 0 };
      const dt = f(down - sigma);
      for (let k = 0; k < sample.length; k++) {
        const x = sample[k] ?? 0;
        // Rounded where torch rounds: with σ in the thousands (zero terminal SNR) the steps cancel, and what is left of the
        // first samples is their rounding.
        const derivative = f(f(x - originalOf(modelOutput[k] ?? 0, x, sigma)) / sigma);
        sample[k] = x + f(derivative * dt);
      }
      if (up > 0) {
        const noise = generator.randn(sample.length);
        for (let k = 0; k < sample.length; k++) sample[k] = (sample[k] ?? 0) + (noise[k] ?? 0) * up;
      }
    },

    addNoise(original, noise, i) {
      const sigma = at(sigmas, i);
      return original.map((value, k) => value + (noise[k] ?? 0) * sigma);
    },
  };
}

/** Splits a step from σ to σ_next into a deterministic part down and fresh noise of deviation up. */
function ancestralStep(sigma: number, next: number): { down: number; up: number } {
  const f = Math.fround;
  const from2 = f(sigma * sigma);
  const to2 = f(next * next);
  const up = f(Math.sqrt(f(f(to2 * f(from2 - to2)) / from2)));
  return { down: f(Math.sqrt(f(to2 - f(up * up)))), up };
}
