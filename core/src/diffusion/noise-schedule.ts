/** Noise schedule that a denoiser was trained with; names and meanings of diffusers' scheduler configs. */
export interface NoiseScheduleConfig {
  readonly num_train_timesteps: number;
  readonly beta_start: number;
  readonly beta_end: number;
  readonly beta_schedule: "linear" | "scaled_linear" | "squaredcos_cap_v2";
  readonly prediction_type: "epsilon" | "v_prediction" | "sample";
  /** Absent = as the scheduler does by itself. */
  readonly timestep_spacing?: "leading" | "trailing" | "linspace" | undefined;
  readonly steps_offset: number;
  readonly set_alpha_to_one: boolean;
  readonly clip_sample: boolean;
  readonly rescale_betas_zero_snr: boolean;
}

/** A noise schedule whose timesteps are spread in a known way. */
export type SpacedNoiseSchedule = NoiseScheduleConfig & {
  readonly timestep_spacing: "leading" | "trailing" | "linspace";
};

/**
 * Gives ᾱ_t for each training timestep, in float32 and rounded at the same places as torch, so that the sigmas of every
 * scheduler are diffusers' to the bit.
 *
 * With `rescale_betas_zero_snr` the last one is 0 (arXiv 2305.08891, algorithm 1).
 */
export function computeAlphasCumprod(config: NoiseScheduleConfig): Float32Array {
  const betas = computeBetas(config);
  if (!config.rescale_betas_zero_snr) return cumulativeProduct(betas.map((beta) => 1 - beta));

  const sqrt = cumulativeProduct(betas.map((beta) => 1 - beta)).map(Math.sqrt);
  const first = sqrt[0] ?? 1;
  const last = sqrt[sqrt.length - 1] ?? 0;
  const scale = Math.fround(first / Math.fround(first - last));
  const alphasBar = sqrt.map((value) => {
    const shifted = Math.fround(Math.fround(value - last) * scale);
    return shifted * shifted;
  });
  // diffusers goes from ᾱ back to β and from there to α again; both roundings are kept.
  const rescaled = alphasBar.map((value, i) => 1 - Math.fround(i === 0 ? value : value / (alphasBar[i - 1] ?? 1)));
  return cumulativeProduct(rescaled.map((beta) => 1 - beta));
}

/**
 * Gives σ_t = sqrt((1 - ᾱ_t) / ᾱ_t) for each training timestep, float32.
 *
 * A last ᾱ of 0 is taken as 2^-24, as diffusers does, so that the first sigma stays finite.
 */
export function computeTrainSigmas(config: NoiseScheduleConfig): Float32Array {
  const alphasCumprod = computeAlphasCumprod(config);
  if (config.rescale_betas_zero_snr) alphasCumprod[alphasCumprod.length - 1] = 2 ** -24;
  return alphasCumprod.map((alpha) => Math.sqrt(Math.fround(Math.fround(1 - alpha) / alpha)));
}

function computeBetas(config: NoiseScheduleConfig): Float32Array {
  const { num_train_timesteps: count, beta_start, beta_end } = config;
  switch (config.beta_schedule) {
    case "linear":
      return linspaceFloat32(beta_start, beta_end, count);
    case "scaled_linear":
      return linspaceFloat32(Math.sqrt(beta_start), Math.sqrt(beta_end), count).map((root) => root * root);
    case "squaredcos_cap_v2": {
      const alphaBar = (t: number) => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2;
      return Float32Array.from({ length: count }, (_, i) =>
        Math.min(1 - alphaBar((i + 1) / count) / alphaBar(i / count), 0.999),
      );
    }
  }
}

/** torch.linspace in float32: counted from both ends, multiply and add fused (one rounding). */
function linspaceFloat32(start: number, end: number, count: number): Float32Array {
  const first = Math.fround(start);
  const last = Math.fround(end);
  const step = Math.fround(Math.fround(last - first) / (count - 1));
  const halfway = Math.floor(count / 2);
  return Float32Array.from({ length: count }, (_, i) =>
    i < halfway ? first + step * i : last - step * (count - 1 - i),
  );
}

/** torch.cumprod of float32 on the CPU: accumulated in float64, each result rounded. */
function cumulativeProduct(factors: Float32Array): Float32Array {
  let product = 1;
  return factors.map((factor) => {
    product *= factor;
    return product;
  });
}
