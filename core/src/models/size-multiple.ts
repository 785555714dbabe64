import type { ImageManifest } from "./image-manifest.ts";

/** Gives what width and height of a picture must be multiples of: the bundle's own multiple, and whole latent cells. */
export function sizeMultiple({ stable_diffusion }: Pick<ImageManifest, "stable_diffusion">): number {
  return leastCommonMultiple(stable_diffusion.size.multiple, stable_diffusion.vae_scale_factor);
}

function leastCommonMultiple(a: number, b: number): number {
  const divisor = (x: number, y: number): number => (y === 0 ? x : divisor(y, x % y));
  return (a * b) / divisor(a, b);
}
