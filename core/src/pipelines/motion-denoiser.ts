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
 * Makes the denoiser: DDIM without noise (arXiv 2010.02502, eta 0) on predictions of x_0, guided against saying nothing,
 * x_0 = unsaid + guidance_scale · (said - unsaid); the counterpart of models/training/motion/model.py, `sample`.
 */
export function createMotionDenoiser(
  graph: GraphSession,
  config: MotionDiffusionConfig,
  width: number,
  signal: AbortSignal,
): MotionDenoiser {
  const { window_frames: window, conditions, noise_schedule, representation } = config;
  const { num_train_timesteps } = noise_schedule;
  const alphas =
    representation === "genga-141"
      ? cosineAlphas(num_train_timesteps)
      : computeAlphasCumprod({ ...DIFFUSERS_COSINE, num_train_timesteps });
  const size = window * width;

  const predict = async (job: DenoiseWindow, x: Float32Array, timestep: number, feeds: NamedTensors) => {
    const rows = job.guidance_scale === 1 ? 1 : 2;
    const sample = new Float32Array(rows * size);
    for (let row = 0; row < rows; row++) sample.set(x, row * size);
    const timesteps = new BigInt64Array(rows).fill(BigInt(timestep));
    await breathe(signal);
    const result = await graph.run(
      { ...feeds, sample: { dims: [rows, window, width], data: sample }, timestep: { dims: [rows], data: timesteps } },
      ["clean"],
    );
    const clean = floatsOf(result, "clean");
    if (rows === 1) return clean.slice();
    const guided = new Float32Array(size);
    for (let k = 0; k < size; k++) {
      const base = clean[size + k] ?? 0;
      guided[k] = base + job.guidance_scale * ((clean[k] ?? 0) - base);
    }
    return guided;
  };

  return {
    async denoise(job, onStep) {
      const { steps, start, generator, keptFrames, observed } = job;
      const timesteps = linspace(num_train_timesteps - 1, 0, steps + 1).map(roundHalfEven);
      const first = steps - stepsOf(steps, start === undefined ? undefined : job.variation);
      const noise = generator.randn(size);
      let x = noise;
      let clean = start ?? noise;
      if (start !== undefined) {
        const alpha = alphas[timesteps[first] ?? 0] ?? 1;
        x = start.map((value, k) => Math.sqrt(alpha) * value + Math.sqrt(1 - alpha) * (noise[k] ?? 0));
      }
      const feeds = constantFeeds(job, config, width);
      const kept = observed.subarray(0, conditions.length === 0 ? keptFrames * width : 0);
      for (let step = first; step < steps; step++) {
        const now = timesteps[step] ?? 0;
        clean = await predict(job, x, now, feeds);
        clean.set(kept);
        onStep(clean);
        const alpha = alphas[now] ?? 1;
        const later = alphas[timesteps[step + 1] ?? 0] ?? 1;
        const [a, b, c, d] = [Math.sqrt(alpha), Math.sqrt(1 - alpha), Math.sqrt(later), Math.sqrt(1 - later)];
        const next = new Float32Array(size);
        for (let k = 0; k < size; k++) {
          const value = clean[k] ?? 0;
          next[k] = c * value + d * (((x[k] ?? 0) - a * value) / b);
        }
        x = next;
      }
      return clean;
    },
  };
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

/** What the graph is fed with at every step; the second row says nothing. */
function constantFeeds(job: DenoiseWindow, config: MotionDiffusionConfig, width: number): NamedTensors {
  const { window_frames: window, conditions } = config;
  const rows = job.guidance_scale === 1 ? 1 : 2;
  const repeat = (values: Float32Array) => {
    const all = new Float32Array(rows * values.length);
    for (let row = 0; row < rows; row++) all.set(values, row * values.length);
    return all;
  };
  const text = repeat(job.text);
  if (rows === 2) text.set(job.unsaid, job.text.length);
  const valid = new Float32Array(window).fill(1, 0, job.frames);
  const feeds: NamedTensors = {
    text: { dims: [rows, job.text.length], data: text },
    valid: { dims: [rows, window], data: repeat(valid) },
  };
  if (conditions.length === 0) return feeds;
  return {
    ...feeds,
    observed: { dims: [rows, window, width], data: repeat(job.observed) },
    given: { dims: [rows, window, conditions.length], data: repeat(job.given) },
  };
}
