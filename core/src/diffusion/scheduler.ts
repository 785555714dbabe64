import type { TorchGenerator } from "./torch-generator.ts";

/**
 * One run of a denoising scheduler.
 *
 * A scheduler is made for one picture and one run: solvers of higher order remember earlier steps. `i` is the index into
 * `timesteps`; img2img starts at a later one and goes on without gaps. Samples are latents, any shape, float32.
 */
export interface Scheduler {
  /** Timestep that the denoiser is given at each step, noisiest first. */
  readonly timesteps: readonly number[];
  /** Factor of standard normal noise that makes the first sample. */
  readonly initNoiseSigma: number;
  /** Gives what the denoiser is to see at step `i`; `sample` itself where nothing is to be scaled. */
  scaleModelInput(sample: Float32Array, i: number): Float32Array;
  /** Gives the clean sample that the denoiser's output at step `i` means; used for previews. */
  predictOriginal(modelOutput: Float32Array, i: number, sample: Float32Array): Float32Array;
  /** Overwrites `sample` with that of the next step. `modelOutput` is not kept. */
  step(modelOutput: Float32Array, i: number, sample: Float32Array, generator: TorchGenerator): void;
  /** Gives `original` as noisy as a sample before step `i` is. */
  addNoise(original: Float32Array, noise: Float32Array, i: number): Float32Array;
}

/** Gives an entry that the caller knows to be there; a wrong index is a fault of the core's own. */
export function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`Index ${index} is outside of ${values.length} values.`);
  return value;
}
