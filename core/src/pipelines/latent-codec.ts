import type { TorchGenerator } from "../diffusion/torch-generator.ts";
import type { BundleSessions } from "../inference/session.ts";
import type { ImageBundle } from "../models/bundle.ts";
import type { FloatImage, RawImage } from "../tensor/image.ts";
import { floatsOf } from "./floats-of.ts";

/** Mean and deviation that the VAE gives for a picture. */
export interface EncodedPicture {
  readonly mean: Float32Array;
  /** Absent for a VAE that gives latents without a deviation. */
  readonly std?: Float32Array;
}

/** Runs the VAE's encoder on an RGB picture of the request's size. */
export async function encodePicture(
  image: FloatImage,
  sessions: BundleSessions,
  bundle: ImageBundle,
): Promise<EncodedPicture> {
  const session = await sessions.session("vae_encoder");
  const { width, height } = image;
  const names = bundle.manifest.components.vae_encoder?.outputs.map(({ name }) => name) ?? [];
  const data = toPlanes(image);
  const outputs = await session.run({ image: { dims: [1, 3, height, width], data } });
  const mean = floatsOf(outputs, "latent_mean");
  return names.includes("latent_std") ? { mean, std: floatsOf(outputs, "latent_std") } : { mean };
}

/** Draws latents, scaled as the UNet sees them, from what the VAE gave. */
export function sampleLatents(
  { mean, std }: EncodedPicture,
  bundle: ImageBundle,
  generator: TorchGenerator,
): Float32Array {
  const { scaling_factor, shift_factor } = bundle.manifest.stable_diffusion;
  const noise = std === undefined ? undefined : generator.randn(mean.length);
  return mean.map((value, k) => {
    const drawn = noise === undefined ? value : Math.fround(value + Math.fround((std?.[k] ?? 0) * (noise[k] ?? 0)));
    return scaling_factor * (drawn - shift_factor);
  });
}

/** Decodes latents of one picture, [1, channels, height, width] as the UNet sees them. */
export async function decodeLatents(
  latents: Float32Array,
  dims: readonly number[],
  sessions: BundleSessions,
  bundle: ImageBundle,
): Promise<RawImage> {
  const { scaling_factor, shift_factor, vae_scale_factor } = bundle.manifest.stable_diffusion;
  const session = await sessions.session("vae_decoder");
  const unscaled = latents.map((value) => value / scaling_factor + shift_factor);
  const outputs = await session.run({ latents: { dims, data: unscaled } });
  const [, , height = 0, width = 0] = dims;
  return toRawImage(floatsOf(outputs, "image"), width * vae_scale_factor, height * vae_scale_factor);
}

/** Turns planes in [-1, 1] into 8-bit pixels. */
export function toRawImage(planes: Float32Array, width: number, height: number): RawImage {
  const size = width * height;
  const data = new Uint8Array(size * 3);
  for (let i = 0; i < size; i++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = (planes[channel * size + i] ?? 0) * 0.5 + 0.5;
      data[i * 3 + channel] = Math.round(Math.min(1, Math.max(0, value)) * 255);
    }
  }
  return { width, height, channels: 3, data };
}

/** Turns an RGB or grey picture in [0, 1] into planes in [-1, 1]. */
function toPlanes({ width, height, channels, data }: FloatImage): Float32Array {
  const size = width * height;
  const planes = new Float32Array(3 * size);
  for (let channel = 0; channel < 3; channel++) {
    const source = channels === 1 ? 0 : channel;
    for (let i = 0; i < size; i++) planes[channel * size + i] = 2 * (data[i * channels + source] ?? 0) - 1;
  }
  return planes;
}
