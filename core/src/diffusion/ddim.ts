import { computeAlphasCumprod, type SpacedNoiseSchedule } from "./noise-schedule.ts";
import { predictOriginal } from "./predict-original.ts";
import { at, type Scheduler } from "./scheduler.ts";
import { roundHalfEven, spacedTimesteps } from "./timesteps.ts";

/**
 * Makes a DDIM scheduler (arXiv 2010.02502, eq. 12 and 16); the same numbers as diffusers' DDIMScheduler.
 *
 * @param eta 0 is deterministic, 1 as noisy as DDPM
 */
export function createDdim(config: SpacedNoiseSchedule, numInferenceSteps: number, eta: number): Scheduler {
  const f = Math.fround;
  const alphasCumprod = computeAlphasCumprod(config);
  const finalAlphaCumprod = config.set_alpha_to_one ? 1 : at(alphasCumprod, 0);
  const timesteps = spacedTimesteps(config, numInferenceSteps).map(roundHalfEven);
  const stride = Math.floor(config.num_train_timesteps / numInferenceSteps);
  const alphaAt = (i: number) => at(alphasCumprod, at(timesteps, i));
  const original = (modelOutput: Float32Array, i: number, sample: Float32Array) => {
    const alpha = alphaAt(i);
    const target = new Float32Array(sample.length);
    predictOriginal(
      config.prediction_type,
      modelOutput,
      sample,
      f(Math.sqrt(alpha)),
      f(Math.sqrt(f(1 - alpha))),
      target,
    );
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
      const alpha = alphaAt(i);
      const beta = f(1 - alpha);
      const previous = at(timesteps, i) - stride;
      const alphaPrevious = previous >= 0 ? at(alphasCumprod, previous) : finalAlphaCumprod;
      const variance = f(f(f(1 - alphaPrevious) / beta) * f(1 - f(alpha / alphaPrevious)));
      const sigma = eta > 0 ? f(eta * f(Math.sqrt(variance))) : 0;
      const direction = f(Math.sqrt(f(f(1 - alphaPrevious) - f(sigma * sigma))));
      const sqrtAlpha = f(Math.sqrt(alpha));
      const sqrtBeta = f(Math.sqrt(beta));
      const sqrtAlphaPrevious = f(Math.sqrt(alphaPrevious));

      const x0 = original(modelOutput, i, sample);
      for (let k = 0; k < sample.length; k++) {
        const x = sample[k] ?? 0;
        const output = modelOutput[k] ?? 0;
        // The noise follows from the output itself, not from the clipped x_0, as diffusers has it by default.
        const noise =
          config.prediction_type === "epsilon"
            ? output
            : config.prediction_type === "v_prediction"
              ? sqrtAlpha * output + sqrtBeta * x
              : (x - sqrtAlpha * output) / sqrtBeta;
        sample[k] = sqrtAlphaPrevious * (x0[k] ?? 0) + direction * noise;
      }
      if (eta > 0) {
        const noise = generator.randn(sample.length);
        for (let k = 0; k < sample.length; k++) sample[k] = (sample[k] ?? 0) + sigma * (noise[k] ?? 0);
      }
    },

    addNoise: (clean, noise, i) => addNoiseVp(clean, noise, f(Math.sqrt(alphaAt(i))), f(Math.sqrt(f(1 - alphaAt(i))))),
  };
}

/** Gives alpha · clean + sigma · noise. */
export function addNoiseVp(clean: Float32Array, noise: Float32Array, alpha: number, sigma: number): Float32Array {
  return clean.map((value, k) => alpha * value + sigma * (noise[k] ?? 0));
}
