import { computeTrainSigmas, type NoiseScheduleConfig } from "./noise-schedule.ts";
import { at } from "./scheduler.ts";
import { linspace, roundHalfEven } from "./timesteps.ts";

/** Gives the σ of each timestep, linear between training timesteps, and a last 0; float32. */
export function sigmasOfTimesteps(config: NoiseScheduleConfig, timesteps: readonly number[]): Float32Array {
  const train = computeTrainSigmas(config);
  const last = train.length - 1;
  const sigmas = timesteps.map((timestep) => {
    const low = Math.min(Math.max(Math.floor(timestep), 0), last);
    const high = Math.min(low + 1, last);
    const slope = at(train, high) - at(train, low);
    return slope * (Math.min(Math.max(timestep, 0), last) - low) + at(train, low);
  });
  return Float32Array.from([...sigmas, 0]);
}

/** Gives Karras' σ schedule (arXiv 2206.00364, eq. 5, ρ = 7) with a last 0, and the training timesteps nearest in log σ. */
export function karrasSigmas(
  config: NoiseScheduleConfig,
  numInferenceSteps: number,
): { sigmas: Float32Array; timesteps: number[] } {
  const train = computeTrainSigmas(config);
  const logTrain = train.map(Math.log);
  const rho = 7;
  const min = at(train, 0) ** (1 / rho);
  const max = at(train, train.length - 1) ** (1 / rho);
  const sigmas = linspace(0, 1, numInferenceSteps).map((ramp) => (max + ramp * (min - max)) ** rho);
  const timesteps = sigmas.map((sigma) => {
    const logSigma = Math.log(Math.max(sigma, 1e-10));
    let low = 0;
    while (low < train.length - 2 && at(logTrain, low + 1) <= logSigma) low++;
    const weight = (at(logTrain, low) - logSigma) / (at(logTrain, low) - at(logTrain, low + 1));
    const clipped = Math.min(1, Math.max(0, weight));
    const timestep = (1 - clipped) * low + clipped * (low + 1);
    // The cosine schedule crowds its sigmas at the end; diffusers keeps fractions there and cuts them when it stores int64.
    return config.beta_schedule === "squaredcos_cap_v2" ? Math.trunc(timestep) : roundHalfEven(timestep);
  });
  return { sigmas: Float32Array.from([...sigmas, 0]), timesteps };
}

/** Gives the variance-preserving pair of a σ: sample = alpha · x_0 + sigma · noise; float32. */
export function alphaSigma(sigma: number): { alpha: number; sigma: number } {
  const f = Math.fround;
  const alpha = f(1 / f(Math.sqrt(f(f(sigma * sigma) + 1))));
  return { alpha, sigma: f(sigma * alpha) };
}
