import { addNoiseVp } from "./ddim.ts";
import type { SpacedNoiseSchedule } from "./noise-schedule.ts";
import { predictOriginal } from "./predict-original.ts";
import { at, type Scheduler } from "./scheduler.ts";
import { alphaSigma, karrasSigmas, sigmasOfTimesteps } from "./sigmas.ts";
import { multistepTimesteps } from "./timesteps.ts";

/**
 * Makes a DPM-Solver++(2M) scheduler (arXiv 2211.01095, algorithm 2, midpoint), optionally over Karras' sigmas.
 *
 * The same numbers as diffusers' DPMSolverMultistepScheduler with its defaults: order 1 for the first and the last step.
 */
export function createDpmpp2m(config: SpacedNoiseSchedule, numInferenceSteps: number, karras: boolean): Scheduler {
  const f = Math.fround;
  const { sigmas, timesteps } = karras
    ? karrasSigmas(config, numInferenceSteps)
    : uniformSigmas(config, numInferenceSteps);
  const lambdaOf = (sigma: number) => {
    const pair = alphaSigma(sigma);
    return f(f(Math.log(pair.alpha)) - f(Math.log(pair.sigma)));
  };
  const original = (modelOutput: Float32Array, i: number, sample: Float32Array) => {
    const { alpha, sigma } = alphaSigma(at(sigmas, i));
    return predictOriginal(config.prediction_type, modelOutput, sample, alpha, sigma, new Float32Array(sample.length));
  };
  let previousOriginal: Float32Array | undefined;

  return {
    timesteps,
    initNoiseSigma: 1,
    scaleModelInput: (sample) => sample,
    predictOriginal: original,

    step(modelOutput, i, sample) {
      const x0 = original(modelOutput, i, sample);
      const target = alphaSigma(at(sigmas, i + 1));
      const source = alphaSigma(at(sigmas, i));
      const lambda = lambdaOf(at(sigmas, i));
      const h = f(lambdaOf(at(sigmas, i + 1)) - lambda);
      const keep = f(target.sigma / source.sigma);
      const pull = f(target.alpha * f(f(Math.exp(-h)) - 1));
      const last = i === timesteps.length - 1;

      if (previousOriginal === undefined || last) {
        for (let k = 0; k < sample.length; k++) sample[k] = keep * (sample[k] ?? 0) - pull * (x0[k] ?? 0);
      } else {
        const r0 = f(f(lambda - lambdaOf(at(sigmas, i - 1))) / h);
        const inverse = f(1 / r0);
        const half = f(0.5 * pull);
        for (let k = 0; k < sample.length; k++) {
          const m0 = x0[k] ?? 0;
          const d1 = inverse * (m0 - (previousOriginal[k] ?? 0));
          sample[k] = keep * (sample[k] ?? 0) - pull * m0 - half * d1;
        }
      }
      previousOriginal = x0;
    },

    addNoise(clean, noise, i) {
      const { alpha, sigma } = alphaSigma(at(sigmas, i));
      return addNoiseVp(clean, noise, alpha, sigma);
    },
  };
}

function uniformSigmas(config: SpacedNoiseSchedule, count: number): { sigmas: Float32Array; timesteps: number[] } {
  const timesteps = multistepTimesteps(config, count);
  return { sigmas: sigmasOfTimesteps(config, timesteps), timesteps };
}
