import { addNoiseVp } from "./ddim.ts";
import type { SpacedNoiseSchedule } from "./noise-schedule.ts";
import { predictOriginal } from "./predict-original.ts";
import { at, type Scheduler } from "./scheduler.ts";
import { alphaSigma, sigmasOfTimesteps } from "./sigmas.ts";
import { multistepTimesteps } from "./timesteps.ts";

const f = Math.fround;

/**
 * Makes a UniPC scheduler of order 2 with B(h) = e^h - 1 (arXiv 2302.04867, algorithms 5 to 8).
 *
 * The same numbers as diffusers' UniPCMultistepScheduler with its defaults: bh2, x_0 prediction, order 1 for the first and
 * the last predictor step, corrector from the second step on.
 */
export function createUnipc(config: SpacedNoiseSchedule, numInferenceSteps: number): Scheduler {
  const timesteps = multistepTimesteps(config, numInferenceSteps);
  const sigmas = sigmasOfTimesteps(config, timesteps);
  const original = (modelOutput: Float32Array, i: number, sample: Float32Array) => {
    const { alpha, sigma } = alphaSigma(at(sigmas, i));
    return predictOriginal(config.prediction_type, modelOutput, sample, alpha, sigma, new Float32Array(sample.length));
  };
  // x_0 of the last two steps, newest first; the sample that the last predictor started from, and the predictor's order.
  let m0: Float32Array | undefined;
  let m1: Float32Array | undefined;
  let lastSample: Float32Array | undefined;
  let lastOrder = 1;

  return {
    timesteps,
    initNoiseSigma: 1,
    scaleModelInput: (sample) => sample,
    predictOriginal: original,

    step(modelOutput, i, sample) {
      const x0 = original(modelOutput, i, sample);
      if (m0 !== undefined && lastSample !== undefined) {
        correct(sample, { x0, m0, m1: lastOrder === 2 ? m1 : undefined, lastSample, sigmas, i });
      }
      m1 = m0;
      m0 = x0;
      const order = Math.min(2, timesteps.length - i, m1 === undefined ? 1 : 2);
      lastOrder = order;
      lastSample ??= new Float32Array(sample.length);
      lastSample.set(sample);
      predict(sample, { m0, m1: order === 2 ? m1 : undefined, sigmas, i });
    },

    addNoise(clean, noise, i) {
      const { alpha, sigma } = alphaSigma(at(sigmas, i));
      return addNoiseVp(clean, noise, alpha, sigma);
    },
  };
}

/** Constants of one step of size h = λ_to - λ_from. */
function stepConstants(sigmas: Float32Array, from: number, to: number) {
  const source = alphaSigma(at(sigmas, from));
  const target = alphaSigma(at(sigmas, to));
  const h = f(lambdaOf(sigmas, to) - lambdaOf(sigmas, from));
  const phi1 = f(Math.expm1(-h));
  return { h, phi1, keep: f(target.sigma / source.sigma), pull: f(target.alpha * phi1), alpha: target.alpha };
}

function lambdaOf(sigmas: Float32Array, index: number): number {
  const { alpha, sigma } = alphaSigma(at(sigmas, index));
  return f(f(Math.log(alpha)) - f(Math.log(sigma)));
}

/** UniP: overwrites the sample of step i with a prediction for step i + 1. */
function predict(
  sample: Float32Array,
  { m0, m1, sigmas, i }: { m0: Float32Array; m1: Float32Array | undefined; sigmas: Float32Array; i: number },
): void {
  const { h, keep, pull } = stepConstants(sigmas, i, i + 1);
  // For bh2, B(h) and φ_1(h) are the same number, so that alpha · B(h) is `pull` again.
  const rk = m1 === undefined ? 1 : f(f(lambdaOf(sigmas, i - 1) - lambdaOf(sigmas, i)) / h);
  for (let k = 0; k < sample.length; k++) {
    const m = m0[k] ?? 0;
    const residual = m1 === undefined ? 0 : 0.5 * f(f((m1[k] ?? 0) - m) / rk);
    sample[k] = keep * (sample[k] ?? 0) - pull * m - pull * residual;
  }
}

/** UniC: overwrites the predicted sample of step i, now that the model's output there is known. */
function correct(
  sample: Float32Array,
  state: {
    x0: Float32Array;
    m0: Float32Array;
    m1: Float32Array | undefined;
    lastSample: Float32Array;
    sigmas: Float32Array;
    i: number;
  },
): void {
  const { x0, m0, m1, lastSample, sigmas, i } = state;
  const { h, phi1, keep, pull } = stepConstants(sigmas, i - 1, i);
  const rk = m1 === undefined ? 1 : f(f(lambdaOf(sigmas, i - 2) - lambdaOf(sigmas, i - 1)) / h);
  const [rho0, rho1] = m1 === undefined ? [0, 0.5] : correctorWeights(-h, phi1, rk);
  for (let k = 0; k < sample.length; k++) {
    const m = m0[k] ?? 0;
    const history = m1 === undefined ? 0 : rho0 * f(f((m1[k] ?? 0) - m) / rk);
    sample[k] = keep * (lastSample[k] ?? 0) - pull * m - pull * (history + rho1 * ((x0[k] ?? 0) - m));
  }
}

/** Solves [[1, 1], [rk, 1]] ρ = b in float32 with partial pivoting, as LAPACK's sgesv does. */
function correctorWeights(hh: number, phi1: number, rk: number): [number, number] {
  const phi2 = f(f(phi1 / hh) - 1);
  const b0 = f(phi2 / phi1);
  const b1 = f(f(f(f(phi2 / hh) - 0.5) * 2) / phi1);
  const [a, c, first, second] = Math.abs(rk) > 1 ? [rk, 1, b1, b0] : [1, rk, b0, b1];
  const factor = f(c / a);
  const rho1 = f(f(second - f(factor * first)) / f(1 - factor));
  return [f(f(first - rho1) / a), rho1];
}
