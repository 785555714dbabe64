import { createFlowMatchEuler } from "../diffusion/flow-match-euler.ts";
import { TorchGenerator } from "../diffusion/torch-generator.ts";
import type { MeshBundle } from "../models/bundle.ts";
import { CoreError } from "../protocol/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { floatsOf } from "./floats-of.ts";
import type { MeshContext } from "./mesh-context.ts";
import type { PipelineContext } from "./pipeline.ts";

/** Options of {@link denoiseMesh}. */
export interface DenoiseMeshOptions {
  readonly seed: number;
  readonly num_inference_steps: number;
  readonly guidance_scale: number;
  /** Called after each step with how many are done and a function that gives the clean latent that it guesses. */
  onStep(done: number, guess: () => Tensor): Promise<void>;
}

/**
 * Makes a latent, [1, tokens, channels]: by flow matching from the seed's noise (torch's randn), guided against saying nothing,
 * velocity = unsaid + guidance_scale (said - unsaid); or, by a bundle of one pass, from the context alone.
 *
 * @throws CoreError BUNDLE_INVALID, INFERENCE_FAILED, OUT_OF_MEMORY
 */
export async function denoiseMesh(
  context: MeshContext,
  { bundle, sessions }: Pick<PipelineContext<MeshBundle>, "bundle" | "sessions">,
  options: DenoiseMeshOptions,
): Promise<Tensor> {
  const { sampler, latent } = bundle.manifest.mesh_diffusion;
  if (sampler === undefined || latent === undefined) throw notGenerating(bundle);
  const dims = [1, latent.tokens, latent.channels];
  if (sampler.type === "one_pass") {
    const graph = await sessions.session("backbone");
    const made = floatsOf(await graph.run({ context: context.said }, ["latent"]), "latent");
    return { dims, data: checked(made, "backbone") };
  }
  const graph = await sessions.session("denoiser");
  const { num_inference_steps: steps, guidance_scale, seed, onStep } = options;
  const scheduler = createFlowMatchEuler(sampler, steps);
  const size = latent.tokens * latent.channels;
  const sample = new TorchGenerator(seed).randn(size);
  // At 1 guidance cancels out, so half of the work does, too.
  const rows = guidance_scale === 1 ? 1 : 2;
  const [, n = 0, dim = 0] = context.said.dims;
  const contexts = new Float32Array(rows * n * dim);
  contexts.set(context.said.data);
  if (rows === 2) contexts.set(context.unsaid.data, n * dim);
  for (let i = 0; i < steps; i++) {
    const samples = new Float32Array(rows * size);
    for (let row = 0; row < rows; row++) samples.set(sample, row * size);
    const result = await graph.run(
      {
        sample: { dims: [rows, latent.tokens, latent.channels], data: samples },
        timestep: { dims: [rows], data: new Float32Array(rows).fill(scheduler.timesteps[i] ?? 0) },
        context: { dims: [rows, n, dim], data: contexts },
      },
      ["velocity"],
    );
    const found = floatsOf(result, "velocity");
    const velocity = found.slice(0, size);
    if (rows === 2) {
      for (let k = 0; k < size; k++) {
        const unsaid = found[size + k] ?? 0;
        velocity[k] = unsaid + guidance_scale * ((velocity[k] ?? 0) - unsaid);
      }
    }
    const before = sample.slice();
    scheduler.step(velocity, i, sample);
    await onStep(i + 1, () => ({ dims, data: scheduler.predictOriginal(velocity, i, before) }));
  }
  return { dims, data: checked(sample, "denoiser") };
}

function checked(values: Float32Array, component: string): Float32Array {
  if (values.every(Number.isFinite)) return values;
  throw new CoreError("INFERENCE_FAILED", `The ${component} gave numbers that are not finite.`, {
    remedy: "Lower the guidance scale or try another seed; if it stays so, export the bundle again in float32.",
  });
}

function notGenerating(bundle: MeshBundle): CoreError {
  return new CoreError("BUNDLE_INVALID", `Bundle "${bundle.manifest.id}" has no sampler; it cannot generate.`, {
    remedy: "Choose another source, or another bundle.",
  });
}
