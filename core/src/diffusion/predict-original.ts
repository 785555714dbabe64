import type { NoiseScheduleConfig } from "./noise-schedule.ts";

/**
 * Turns a denoiser's output into the clean sample x_0 of a variance-preserving sample = alpha · x_0 + sigma · noise.
 *
 * epsilon: arXiv 2006.11239, eq. 15; v: arXiv 2202.00512, appendix D.
 *
 * @param target written to; may be `modelOutput` or `sample`
 */
export function predictOriginal(
  predictionType: NoiseScheduleConfig["prediction_type"],
  modelOutput: Float32Array,
  sample: Float32Array,
  alpha: number,
  sigma: number,
  target: Float32Array,
): Float32Array {
  switch (predictionType) {
    case "epsilon":
      for (let k = 0; k < target.length; k++) {
        target[k] = ((sample[k] ?? 0) - sigma * (modelOutput[k] ?? 0)) / alpha;
      }
      return target;
    case "v_prediction":
      for (let k = 0; k < target.length; k++) {
        target[k] = alpha * (sample[k] ?? 0) - sigma * (modelOutput[k] ?? 0);
      }
      return target;
    case "sample":
      target.set(modelOutput);
      return target;
  }
}
