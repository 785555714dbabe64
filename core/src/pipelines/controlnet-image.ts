import { createScheduler } from "../diffusion/create-scheduler.ts";
import type { Scheduler } from "../diffusion/scheduler.ts";
import { TorchGenerator } from "../diffusion/torch-generator.ts";
import type { ImageBundle } from "../models/bundle.ts";
import { resizeImage } from "../preprocessors/resize.ts";
import type { FloatImage } from "../tensor/image.ts";
import { elementCount } from "../tensor/tensor.ts";
import { breathe } from "./breathe.ts";
import { encodePrompts, type PromptEmbedding } from "./encode-prompts.ts";
import type { ResolvedImageParams } from "./image-params.ts";
import { compositeKept, type InpaintMask, keepCells, makeInpaintMask } from "./inpaint.ts";
import { InputImages } from "./input-images.ts";
import { decodeLatents, type EncodedPicture, encodePicture, sampleLatents } from "./latent-codec.ts";
import { makePreview } from "./make-preview.ts";
import { createNoisePredictor, type NoisePredictor, type NoisePredictorOptions } from "./noise-predictor.ts";
import type { GeneratedImage, PipelineContext } from "./pipeline.ts";
import { prepareControls } from "./prepare-controls.ts";
import { blendWeights, readRegionMasks, regionIds } from "./prepare-regions.ts";
import type { PromptShare } from "./prompt-batch.ts";

/** Shares of the progress bar: reading and encoding, and of each picture its decoding. */
const ENCODE_SHARE = 0.04;
const DECODE_SHARE = 0.06;

/** The start picture of img2img and inpainting. */
interface Start {
  readonly image: FloatImage;
  readonly encoded: EncodedPicture;
  readonly mask?: InpaintMask;
}

/**
 * Makes the pictures of a request: text-to-image, img2img or inpainting, with any number of controls and regions.
 *
 * The numbers are diffusers' (StableDiffusionPipeline, …Img2Img…, …Inpaint… with a 4-channel UNet, and their ControlNet kin);
 * picture i starts from seed + i, as with a list of generators there. Between two graphs the signal is heard.
 *
 * @param params as {@link resolveImageParams} gave them
 * @throws CoreError ASSET_UNREADABLE, INFERENCE_FAILED, OUT_OF_MEMORY, BUNDLE_INVALID; the signal's reason when aborted
 */
export async function generateImages(
  params: ResolvedImageParams,
  context: PipelineContext<ImageBundle>,
): Promise<GeneratedImage[]> {
  const { bundle, sessions, signal, onProgress } = context;
  const steps = stepsToRun(params);
  const count = params.num_images_per_prompt;
  const total_steps = steps * count;
  const report = (stage: string, progress: number, step: number) => onProgress({ stage, progress, step, total_steps });
  report("encode", 0, 0);

  const { latent_channels, vae_scale_factor } = bundle.manifest.stable_diffusion;
  const dims = [1, latent_channels, params.height / vae_scale_factor, params.width / vae_scale_factor];
  const images = new InputImages((sha256) => context.readAsset(sha256));
  const predictNoise = await preparePredictor(params, context, images, dims);
  const start =
    params.init_image === undefined ? undefined : await prepareStart(params, params.init_image, context, images);

  const generated: GeneratedImage[] = [];
  for (let index = 0; index < count; index++) {
    const seed = (params.seed + index) >>> 0;
    const shareOfPicture = (1 - ENCODE_SHARE) / count;
    const before = ENCODE_SHARE + index * shareOfPicture;
    const latents = await denoise({ params, context, dims, seed, start, predictNoise, steps, index }, (done) =>
      report("denoise", before + (shareOfPicture * (1 - DECODE_SHARE) * done) / steps, index * steps + done),
    );
    await breathe(signal);
    report("decode", before + shareOfPicture * (1 - DECODE_SHARE), (index + 1) * steps);
    const decoded = await decodeLatents(latents, dims, sessions, bundle);
    const image = start?.mask === undefined ? decoded : compositeKept(decoded, start.image, start.mask);
    generated.push({ image, seed });
    report("decode", before + shareOfPicture, (index + 1) * steps);
    await breathe(signal);
  }
  return generated;
}

/** Number of steps that run: a share of them when there is a start picture. */
function stepsToRun({ num_inference_steps, strength, init_image }: ResolvedImageParams): number {
  return init_image === undefined
    ? num_inference_steps
    : Math.min(Math.trunc(num_inference_steps * strength), num_inference_steps);
}

/** Encodes the prompts, reads the control maps and regions, and loads the networks that every step needs. */
async function preparePredictor(
  params: ResolvedImageParams,
  { bundle, sessions, signal }: PipelineContext<ImageBundle>,
  images: InputImages,
  dims: readonly number[],
): Promise<NoisePredictor> {
  const { control_encoder, vae_scale_factor } = bundle.manifest.stable_diffusion;
  const { prompt, negative_prompt, regions, width, height, guidance_scale } = params;
  const guided = guidance_scale > 1;
  const { clip_skip: clipSkip } = params;
  // diffusers leaves no layer out for the negative prompt, whatever clip_skip says.
  const negatives = guided ? [{ text: negative_prompt, clipSkip: 0 }] : [];
  const texts = [prompt, ...regions.map((region) => region.prompt)].map((text) => ({ text, clipSkip }));
  const embeddings = await encodePrompts([...texts, ...negatives], await sessions.session("text_encoder"), bundle);
  const negative = guided ? embeddings.pop() : undefined;
  const [main, ...phrases] = embeddings;
  if (main === undefined) throw new Error("the prompt was encoded");
  await breathe(signal);

  const controls = await prepareControls(params, bundle, sessions, images);
  const masks = await readRegionMasks(params, images);
  const options: NoisePredictorOptions = {
    bundle,
    sessions,
    prompts: [{ embedding: main }],
    guidanceScale: guidance_scale,
    controls,
    dims,
    signal,
    ...(negative === undefined ? {} : { negative }),
  };
  await breathe(signal);
  if (control_encoder !== undefined) {
    const ids = regionIds(masks, regions, width * height);
    return createNoisePredictor({ ...options, regions: { ids, phrases, width, height } });
  }
  if (regions.length === 0) return createNoisePredictor(options);
  const shares = blendWeights(masks, regions, width, height, vae_scale_factor);
  return createNoisePredictor({ ...options, prompts: sharePrompts([main, ...phrases], shares) });
}

/** Pairs prompts with their shares; those that count nowhere are left out. */
function sharePrompts(
  embeddings: readonly PromptEmbedding[],
  shares: readonly (Float32Array | undefined)[],
): PromptShare[] {
  return embeddings.flatMap((embedding, i) => {
    const share = shares[i];
    return share === undefined ? [] : [{ embedding, share }];
  });
}

async function prepareStart(
  params: ResolvedImageParams,
  init_image: string,
  { bundle, sessions, signal }: PipelineContext<ImageBundle>,
  images: InputImages,
): Promise<Start> {
  const { width, height, mask_image } = params;
  const image = resizeImage(await images.read(init_image, "init_image", "picture"), width, height, "lanczos");
  await breathe(signal);
  const encoded = await encodePicture(image, sessions, bundle);
  if (mask_image === undefined) return { image, encoded };
  const { vae_scale_factor } = bundle.manifest.stable_diffusion;
  const mask = makeInpaintMask(await images.read(mask_image, "mask_image"), width, height, vae_scale_factor);
  return { image, encoded, mask };
}

interface DenoiseJob {
  params: ResolvedImageParams;
  context: PipelineContext<ImageBundle>;
  dims: readonly number[];
  seed: number;
  start: Start | undefined;
  predictNoise: NoisePredictor;
  steps: number;
  /** Which picture of the request. */
  index: number;
}

/** Gives the finished latents of one picture, [1, channels, height, width] as the UNet sees them. */
async function denoise(job: DenoiseJob, onStep: (done: number) => void): Promise<Float32Array> {
  const { params, context, dims, seed, start, predictNoise, steps, index } = job;
  const { bundle, sessions, signal } = context;
  const { noise_schedule } = bundle.manifest.stable_diffusion;
  const scheduler = createScheduler(params.scheduler, noise_schedule, {
    numInferenceSteps: params.num_inference_steps,
    eta: params.eta,
  });
  const generator = new TorchGenerator(seed);
  const first = scheduler.timesteps.length - steps;
  const { latents, noise, kept } = firstLatents(job, scheduler, generator, first);
  const { every_steps, max_size } = params.preview;

  for (let step = 0; step < steps; step++) {
    await breathe(signal);
    const i = first + step;
    const scaled = scheduler.scaleModelInput(latents, i);
    const output = await predictNoise(scaled, scheduler.timesteps[i] ?? 0, step, steps);
    const last = step === steps - 1;
    if (every_steps > 0 && (step + 1) % every_steps === 0 && !last) {
      const original = scheduler.predictOriginal(output, i, latents);
      const image = await makePreview(original, dims, max_size, sessions, bundle);
      context.onPreview({ image, output_index: index, step: step + 1 });
    }
    scheduler.step(output, i, latents, generator);
    if (kept !== undefined && start?.mask !== undefined) {
      keepCells(latents, last ? kept : scheduler.addNoise(kept, noise, i + 1), start.mask.cells);
    }
    onStep(step + 1);
  }
  return latents;
}

/**
 * Gives what the first step starts from. Noise is drawn in diffusers' order, since samplers go on drawing from the same generator:
 * the VAE's sample, the noise, and for inpainting the sample of the masked picture, which a 4-channel UNet never sees.
 */
function firstLatents(
  { params, context, dims, start }: DenoiseJob,
  scheduler: Scheduler,
  generator: TorchGenerator,
  first: number,
): { latents: Float32Array; noise: Float32Array; kept?: Float32Array } {
  const size = elementCount(dims);
  const fromNoise = (noise: Float32Array) => noise.map((value) => value * scheduler.initNoiseSigma);
  if (start === undefined) {
    const noise = generator.randn(size);
    return { latents: fromNoise(noise), noise };
  }
  const kept = sampleLatents(start.encoded, context.bundle, generator);
  const noise = generator.randn(size);
  if (start.mask === undefined) return { latents: scheduler.addNoise(kept, noise, first), noise };
  if (start.encoded.std !== undefined) generator.randn(size);
  // Inpainting at full strength starts from pure noise; img2img keeps the little signal of the first timestep.
  const latents = params.strength === 1 ? fromNoise(noise) : scheduler.addNoise(kept, noise, first);
  return { latents, noise, kept };
}
