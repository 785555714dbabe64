/** How a flow was trained. */
export interface FlowMatchConfig {
  readonly num_train_timesteps: number;
  /** Shift of sigmas towards noise, s sigma / (1 + (s - 1) sigma); 1 = none. */
  readonly shift: number;
  /**
   * How sigmas lie before the shift. `linspace`: from 1 to the first training timestep, both with steps. `trailing`: 1 - i / steps, the
   * last step being as long as the others; what TripoSG's RectifiedFlowScheduler does. Absent = linspace.
   */
  readonly spacing?: "linspace" | "trailing";
}

/** One run of Euler's method along a flow from noise to x_0. */
export interface FlowMatchEuler {
  /** Timestep that the network is given at each step, sigma × num_train_timesteps, noisiest first. */
  readonly timesteps: Float32Array;
  /** Share of noise before each step and, at the end, 0, [steps + 1]. */
  readonly sigmas: Float32Array;
  /** Overwrites `sample` with that of the next step; `velocity` = noise - x_0. */
  step(velocity: Float32Array, i: number, sample: Float32Array): void;
  /** Gives the x_0 that the velocity at step `i` means; used for previews. */
  predictOriginal(velocity: Float32Array, i: number, sample: Float32Array): Float32Array;
}

/**
 * Makes a scheduler of rectified flow, x_sigma = (1 - sigma) x_0 + sigma noise (arXiv 2209.03003); as diffusers'
 * FlowMatchEulerDiscreteScheduler without dynamic shifting. Like there, the least sigma of `linspace` is that of the first training
 * timestep, shifted already, and all are shifted once more; `trailing` is what it makes of given sigmas.
 */
export function createFlowMatchEuler(
  { num_train_timesteps, shift, spacing = "linspace" }: FlowMatchConfig,
  numInferenceSteps: number,
): FlowMatchEuler {
  const f = Math.fround;
  const shifted = (sigma: number) => (shift * sigma) / (1 + (shift - 1) * sigma);
  const first = num_train_timesteps * f(shifted(1));
  const last = num_train_timesteps * f(shifted(f(1 / num_train_timesteps)));
  const sigmas = new Float32Array(numInferenceSteps + 1);
  for (let i = 0; i < numInferenceSteps; i++) {
    if (spacing === "trailing") {
      sigmas[i] = shifted(1 - i / numInferenceSteps);
      continue;
    }
    // As numpy's linspace, in float64.
    const timestep = numInferenceSteps === 1 ? first : first + (i * (last - first)) / (numInferenceSteps - 1);
    sigmas[i] = shifted(timestep / num_train_timesteps);
  }
  const timesteps = sigmas.slice(0, -1).map((sigma) => sigma * num_train_timesteps);
  return {
    timesteps,
    sigmas,
    step(velocity, i, sample) {
      const dt = f((sigmas[i + 1] ?? 0) - (sigmas[i] ?? 0));
      for (let k = 0; k < sample.length; k++) sample[k] = (sample[k] ?? 0) + f(dt * (velocity[k] ?? 0));
    },
    predictOriginal(velocity, i, sample) {
      const sigma = sigmas[i] ?? 0;
      return sample.map((x, k) => x - sigma * (velocity[k] ?? 0));
    },
  };
}
