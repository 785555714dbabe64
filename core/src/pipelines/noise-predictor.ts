import type { BundleSessions } from "../inference/session.ts";
import { componentOf, type ImageBundle } from "../models/bundle.ts";
import { CoreError } from "../protocol/errors.ts";
import { elementCount } from "../tensor/tensor.ts";
import { breathe } from "./breathe.ts";
import { ControlFeatures, type NativeRegions } from "./control-features.ts";
import type { PromptEmbedding } from "./encode-prompts.ts";
import { floatsOf } from "./floats-of.ts";
import { type PreparedControl, takesPart } from "./prepare-controls.ts";
import { PromptBatch, type PromptShare } from "./prompt-batch.ts";

/** Options of {@link createNoisePredictor}. */
export interface NoisePredictorOptions {
  bundle: ImageBundle;
  sessions: BundleSessions;
  /** What the picture must not show; absent = no classifier-free guidance. */
  negative?: PromptEmbedding;
  prompts: readonly PromptShare[];
  guidanceScale: number;
  controls: readonly PreparedControl[];
  /** For a bundle that takes maps and phrases natively. */
  regions?: NativeRegions;
  /** [1, channels, height, width] of the latents. */
  dims: readonly number[];
  signal: AbortSignal;
}

/** Gives the UNet's output for a scaled sample, guidance and regions included. */
export type NoisePredictor = (
  sample: Float32Array,
  timestep: number,
  step: number,
  steps: number,
) => Promise<Float32Array>;

/** Rows of one UNet run: two, as classifier-free guidance needs; more would need more memory than the bundle says. */
const ROWS = 2;

/**
 * Makes the function that predicts the noise at each step.
 *
 * Its rows are the negative prompt, the prompt, and one for each region; they run two at a time, each with every ControlNet that
 * is in range, whose residuals are summed. Predictions of prompts are blended by their shares (MultiDiffusion), then guided:
 * ε = ε_negative + guidance_scale · (ε_prompts - ε_negative).
 */
export async function createNoisePredictor(options: NoisePredictorOptions): Promise<NoisePredictor> {
  const { bundle, sessions, negative, prompts, guidanceScale, controls, regions, dims, signal } = options;
  const unet = await sessions.session("unet");
  const rows: PromptShare[] = [...(negative === undefined ? [] : [{ embedding: negative }]), ...prompts];
  checkTokens(bundle, rows);
  const features =
    regions === undefined ? undefined : new ControlFeatures(bundle, await sessions.session("control_encoder"), regions);
  const batches = Array.from({ length: Math.ceil(rows.length / ROWS) }, (_, i) => {
    const members = rows.slice(i * ROWS, (i + 1) * ROWS);
    return new PromptBatch(members, bundle, controls, dims, i === 0 && negative !== undefined);
  });
  const size = elementCount(dims);
  const guided = new Float32Array(size);
  const blended = new Float32Array(size);

  return async (sample, timestep, step, steps) => {
    const active = controls.filter(({ control }) => takesPart(control, step, steps));
    let unconditional: Float32Array | undefined;
    blended.fill(0);
    for (const batch of batches) {
      batch.setSample(sample, timestep);
      const residuals = await batch.residuals(active, signal);
      const maps = features === undefined ? {} : await features.of(batch, active);
      await breathe(signal);
      const output = floatsOf(await unet.run({ ...batch.feeds, ...residuals, ...maps }, ["noise_pred"]), "noise_pred");
      for (const [row, { share }] of batch.rows.entries()) {
        const prediction = output.subarray(row * size, (row + 1) * size);
        if (batch.startsNegative && row === 0) unconditional = prediction;
        else addShare(blended, prediction, share);
      }
    }
    if (unconditional === undefined) return blended;
    for (let k = 0; k < size; k++) {
      const base = unconditional[k] ?? 0;
      guided[k] = base + Math.fround(guidanceScale * Math.fround((blended[k] ?? 0) - base));
    }
    return guided;
  };
}

/** Adds a prediction, [channels, cells], weighted by the share of each cell. */
function addShare(target: Float32Array, prediction: Float32Array, share: Float32Array | undefined): void {
  if (share === undefined) {
    target.set(prediction);
    return;
  }
  for (let k = 0; k < target.length; k++) {
    target[k] = (target[k] ?? 0) + (share[k % share.length] ?? 0) * (prediction[k] ?? 0);
  }
}

function checkTokens(bundle: ImageBundle, rows: readonly PromptShare[]): void {
  const axis = componentOf(bundle, "unet").inputs.find(({ name }) => name === "encoder_hidden_states")?.shape[1];
  const tokens = rows[0]?.embedding.tokens ?? 0;
  if (typeof axis !== "number" || axis === tokens) return;
  throw new CoreError(
    "INVALID_REQUEST",
    `A prompt of the request has more tokens than the bundle "${bundle.manifest.id}" takes: ${tokens} with start and end; expected at most ${axis}.`,
    { remedy: "Shorten the prompt, the negative prompt or the region prompts." },
  );
}
