import type { BundleSessions } from "../inference/session.ts";
import type { ImageBundle } from "../models/bundle.ts";
import { resizeImage } from "../preprocessors/resize.ts";
import type { RawImage } from "../tensor/image.ts";
import { floatsOf } from "./floats-of.ts";
import { toRawImage } from "./latent-codec.ts";

/**
 * RGB in [-1, 1] of each of the four latent channels of Stable Diffusion 1.x, by linear regression; ComfyUI,
 * comfy/latent_formats.py, SD15.latent_rgb_factors.
 */
const SD15_RGB = [
  [0.3512, 0.2297, 0.3227],
  [0.325, 0.4974, 0.235],
  [-0.2829, 0.1762, 0.2721],
  [-0.212, -0.2616, -0.7177],
];

/**
 * Gives a small picture of latents, [1, channels, height, width] as the UNet sees them.
 *
 * With the bundle's taesd_decoder, else one pixel per latent cell from a linear map.
 *
 * @param maxSize longest side, pixels
 */
export async function makePreview(
  latents: Float32Array,
  dims: readonly number[],
  maxSize: number,
  sessions: BundleSessions,
  bundle: ImageBundle,
): Promise<RawImage> {
  const [, channels = 0, height = 0, width = 0] = dims;
  const { components, stable_diffusion } = bundle.manifest;
  if (components.taesd_decoder === undefined) return shrink(linearPreview(latents, channels, width, height), maxSize);
  const session = await sessions.session("taesd_decoder");
  const outputs = await session.run({ latents: { dims, data: latents } });
  const factor = stable_diffusion.vae_scale_factor;
  return shrink(toRawImage(floatsOf(outputs, "image"), width * factor, height * factor), maxSize);
}

function linearPreview(latents: Float32Array, channels: number, width: number, height: number): RawImage {
  const size = width * height;
  if (channels === 3) return toRawImage(latents, width, height);
  const planes = new Float32Array(3 * size);
  for (let channel = 0; channel < channels; channel++) {
    for (let target = 0; target < 3; target++) {
      const factor = channels === 4 ? (SD15_RGB[channel]?.[target] ?? 0) : 1 / channels;
      for (let i = 0; i < size; i++) {
        planes[target * size + i] = (planes[target * size + i] ?? 0) + factor * (latents[channel * size + i] ?? 0);
      }
    }
  }
  return toRawImage(planes, width, height);
}

function shrink(image: RawImage, maxSize: number): RawImage {
  const scale = maxSize / Math.max(image.width, image.height);
  if (scale >= 1) return image;
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const floats = {
    width: image.width,
    height: image.height,
    channels: 3,
    data: Float32Array.from(image.data, (v) => v / 255),
  } as const;
  const { data } = resizeImage(floats, width, height, "linear");
  return { width, height, channels: 3, data: Uint8Array.from(data, (value) => Math.round(value * 255)) };
}
