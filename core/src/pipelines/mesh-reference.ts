import type { MeshDiffusionConfig } from "../models/mesh-diffusion-config.ts";
import { frameReference } from "../preprocessors/frame-reference.ts";
import { removePlainGround } from "../preprocessors/remove-ground.ts";
import { CoreError } from "../protocol/errors.ts";
import type { CutoutImage, FloatImage } from "../tensor/image.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A reference picture as a bundle's image encoder takes it. */
export interface MeshReference {
  /** [1, 3, size, size], normalised. */
  readonly pixel_values: Tensor;
  /** What could not be done with the picture, in words. */
  readonly warnings: readonly string[];
}

/**
 * Prepares a reference picture: what is transparent, or a plain ground, makes room for the bundle's background, and the thing is put
 * into the middle at the size that the bundle was trained with. Any other picture is taken as it is, with a warning.
 *
 * @throws CoreError ASSET_UNREADABLE for a picture with nothing in it
 */
export function prepareReference(image: CutoutImage, config: NonNullable<MeshDiffusionConfig["image"]>): MeshReference {
  const opaque = image.alpha.every((value) => value === 1);
  const cutout = opaque ? removePlainGround(image) : image;
  const framed = frameReference(cutout ?? image, config);
  if (framed === undefined) {
    throw new CoreError(
      "ASSET_UNREADABLE",
      `params.image: the picture of ${image.width} × ${image.height} pixels is transparent everywhere; expected a thing on a transparent or plain ground.`,
      { remedy: "Send a picture that shows the thing." },
    );
  }
  const warnings =
    cutout === undefined
      ? [
          "The reference picture has neither transparency nor a plain ground; all of it was taken for the thing. Cut the thing out for a better mesh.",
        ]
      : [];
  return { pixel_values: normalise(framed, config), warnings };
}

/** Gives (value - mean) / std, channels first. */
function normalise(
  { width, height, data }: FloatImage,
  { mean, std }: NonNullable<MeshDiffusionConfig["image"]>,
): Tensor {
  const plane = width * height;
  const values = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < plane; pixel++) {
      values[channel * plane + pixel] = ((data[pixel * 3 + channel] ?? 0) - (mean[channel] ?? 0)) / (std[channel] ?? 1);
    }
  }
  return { dims: [1, 3, height, width], data: values };
}
