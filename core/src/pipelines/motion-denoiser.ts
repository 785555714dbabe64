import { cosineAlphas } from "../diffusion/cosine-alphas.ts";
import { computeAlphasCumprod } from "../diffusion/noise-schedule.ts";
import { linspace, roundHalfEven } from "../diffusion/timesteps.ts";
import type { TorchGenerator } from "../diffusion/torch-generator.ts";
import type { GraphSession, NamedTensors } from "../inference/session.ts";
import type { MotionDiffusionConfig } from "../models/motion-diffusion-config.ts";
import { breathe } from "./breathe.ts";
import { floatsOf } from "./floats-of.ts";

/** Numbers that normalise features. */
export interface FeatureStatistics {
  /** [width] */
  readonly mean: Float32Array;
  /** [width] */
  readonly deviation: Float32Array;
}

/** One window to denoise. */
export interface DenoiseWindow {
  /** Vector of what is said, [dim]. */
  readonly text: Float32Array;
  /** Vector of saying nothing, [dim]. */
  readonly unsaid: Float32Array;
  /** Frames that are real, from the start of the window. */
  readonly frames: number;
  /** Known features, normalised, [window_frames, width]. */
  readonly observed: Float32Array;
  /** Which of them count, [window_frames, conditions] of 0 and 1. */
  readonly given: Float32Array;
  /** Features of whole frames that must come out as they are, for graphs without conditions: the first so many rows of `observed`. */
  readonly keptFrames: number;
  /** Normalised features to vary, [window_frames, width]; absent = from noise alone. */
  readonly start?: Float32Array;
  readonly steps: number;
  readonly guidance_scale: number;
  /** Share of the noise schedule that `start` is taken back to. */
  readonly variation: number;
  readonly generator: TorchGenerator;
}

/** Denoises windows with the bundle's graph. */
export interface MotionDenoiser {
  /** Gives the clean features, normalised, [window_frames, width]; `onStep` gets each step's guess of them. */
  denoise(window: DenoiseWindow, onStep: (guess: Float32Array) => void): Promise<Float32Array>;
}

/** Gives how many steps run for a window: all from noise alone, else their share. */
export function stepsOf(steps: number, variation: number | undefined): number {
  return variation === undefined ? steps : Math.min(steps, Math.round(steps * variation));
}

/**
 * Makes the denoiser: DPM-Solver++(2M) (arXiv 2211.01095, algorithm 2) on predictions of x_0, which halves the steps that DDIM needs, and
 * guided against saying nothing, x_0 = unsaid + guidance_scale · (said - unsaid), in the steps up to the bundle's `guidance_end` (arXiv
 * 2404.07724): what is done is settled by then, and guiding on would double the time. The counterpart of models/training/motion/model.py,
 * `sample`.
 */
export function createMotionDenoiser(
  graph: GraphSession,
  config: MotionDiffusionConfig,
  width: number,
  signal: AbortSignal,
): MotionDenoiser {
  const { window_frames: window, conditions, noise_schedule, representation, guidance_end } = config;
  const { num_train_timesteps } = noise_schedule;
  const alphas =
    representation === "genga-141"
      ? cosineAlphas(num_train_timesteps)
      : computeAlphasCumprod({ ...DIFFUSERS_COSINE, num_train_timesteps });
  const alphaAt = (timestep: number | undefined) => alphas[timestep ?? 0] ?? 1;
  const size = window * width;

  /** Gives the clean features that the graph sees in each sample, guided where the feeds say so. */
  const predict = async (
    { guidance_scale }: DenoiseWindow,
    samples: readonly Float32Array[],
    timestep: number,
    { rows, feeds }: ConstantFeeds,
  ) => {
    const count = samples.length;
    const sample = new Float32Array(rows * size);
    for (let row = 0; row < rows; row++) sample.set(samples[row % count] ?? [], row * size);
    const timesteps = new BigInt64Array(rows).fill(BigInt(timestep));
    await breathe(signal);
    const result = await graph.run(
      { ...feeds, sample: { dims: [rows, window, width], data: sample }, timestep: { dims: [rows], data: timesteps } },
      ["clean"],
    );
    const clean = floatsOf(result, "clean");
    return samples.map((_, i) => {
      const said = clean.slice(i * size, (i + 1) * size);
      if (rows === count) return said;
      const unsaid = clean.subarray((count + i) * size, (count + i + 1) * size);
      for (let k = 0; k < size; k++) {
        const base = unsaid[k] ?? 0;
        said[k] = base + guidance_scale * ((said[k] ?? 0) - base);
      }
      return said;
    });
  };

  return {
    async denoise(job, onStep) {
      const { steps, start, variation, generator, keptFrames, observed, guidance_scale } = job;
      const timesteps = linspace(num_train_timesteps - 1, 0, steps + 1).map(roundHalfEven);
      const first = steps - stepsOf(steps, start === undefined ? undefined : variation);
      const noise = generator.randn(size);
      const kept = observed.subarray(0, conditions.length === 0 ? keptFrames * width : 0);
      const alpha = alphaAt(timesteps[first]);
      const samples =
        start === undefined
          ? [noise]
          : [
              start.map((value, k) => Math.sqrt(alpha) * value + Math.sqrt(1 - alpha) * (noise[k] ?? 0)),
              start.map((value) => Math.sqrt(alpha) * value),
            ];
      const plain = constantFeeds(job, config, width, samples.length, false);
      const guided = guidance_scale === 1 ? plain : constantFeeds(job, config, width, samples.length, true);
      let clean = start ?? noise;
      let before: Float32Array[] = [];
      for (let step = first; step < steps; step++) {
        const now = timesteps[step] ?? 0;
        const found = await predict(job, samples, now, step < guidance_end * steps ? guided : plain);
        for (const guess of found) guess.set(kept);
        clean = start === undefined ? (found[0] ?? noise) : withoutBias(start, found, variation);
        onStep(clean);
        const course = [timesteps[step - 1], now, timesteps[step + 1]].map(alphaAt);
        for (const [i, guess] of found.entries()) stepBack(samples[i] ?? noise, guess, before[i], course);
        before = found;
      }
      return clean;
    },
  };
}

/**
 * Gives the reference with what the noise made of it. What the network makes of the reference without any noise is its own error (it
 * leaves out what it has not learned: small steps, quick hands) and is taken away, fully at little variation and not at all at 1, where
 * nothing of the reference is left.
 */
function withoutBias(start: Float32Array, found: readonly Float32Array[], variation: number): Float32Array {
  const [varied, plain] = found;
  const share = 1 - variation ** 3;
  return start.map((value, k) => (varied?.[k] ?? 0) + share * (value - (plain?.[k] ?? 0)));
}

/**
 * Overwrites a sample with that of the next step, from the clean features that were seen in it now and, if there was one, in the step before.
 *
 * @param course ᾱ of the step before, of this one and of the next
 */
function stepBack(
  sample: Float32Array,
  clean: Float32Array,
  before: Float32Array | undefined,
  [earlier = 1, alpha = 1, later = 1]: readonly number[],
): void {
  const [last, now, next] = [earlier, alpha, later].map(halfLogSnr) as [number, number, number];
  const h = next - now;
  const keep = Math.sqrt((1 - later) / (1 - alpha));
  const pull = -Math.sqrt(later) * Math.expm1(-h);
  // How far the course of the clean features is taken on: half a step, by what it changed over the last one.
  const ahead = before === undefined ? 0 : (0.5 * h) / (now - last);
  for (let k = 0; k < sample.length; k++) {
    const value = clean[k] ?? 0;
    const change = before === undefined ? 0 : value - (before[k] ?? 0);
    sample[k] = keep * (sample[k] ?? 0) + pull * (value + ahead * change);
  }
}

/** λ of arXiv 2211.01095: log(√ᾱ / √(1 - ᾱ)). */
function halfLogSnr(alpha: number): number {
  return 0.5 * Math.log(alpha / (1 - alpha));
}

/** diffusers' squaredcos_cap_v2: betas of the cosine course, each at most 0.999. */
const DIFFUSERS_COSINE = {
  beta_start: 0,
  beta_end: 0,
  beta_schedule: "squaredcos_cap_v2",
  prediction_type: "sample",
  steps_offset: 0,
  set_alpha_to_one: true,
  clip_sample: false,
  rescale_betas_zero_snr: false,
} as const;

/** What the graph is fed with at every step, for so many rows. */
interface ConstantFeeds {
  readonly rows: number;
  readonly feeds: NamedTensors;
}

/** Makes the feeds that do not change from step to step; guided, the second half of the rows says nothing. */
function constantFeeds(
  job: DenoiseWindow,
  config: MotionDiffusionConfig,
  width: number,
  samples: number,
  guided: boolean,
): ConstantFeeds {
  const { window_frames: window, conditions } = config;
  const rows = guided ? 2 * samples : samples;
  const repeat = (values: Float32Array) => {
    const all = new Float32Array(rows * values.length);
    for (let row = 0; row < rows; row++) all.set(values, row * values.length);
    return all;
  };
  const text = repeat(job.text);
  for (let row = samples; row < rows; row++) text.set(job.unsaid, row * job.text.length);
  const valid = new Float32Array(window).fill(1, 0, job.frames);
  const feeds: NamedTensors = {
    text: { dims: [rows, job.text.length], data: text },
    valid: { dims: [rows, window], data: repeat(valid) },
  };
  if (conditions.length === 0) return { rows, feeds };
  return {
    rows,
    feeds: {
      ...feeds,
      observed: { dims: [rows, window, width], data: repeat(job.observed) },
      given: { dims: [rows, window, conditions.length], data: repeat(job.given) },
    },
  };
}
