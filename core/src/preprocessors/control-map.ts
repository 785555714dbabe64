import type { Control, ControlKind } from "../protocol/image.ts";
import type { FloatImage } from "../tensor/image.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { detectCannyEdges } from "./canny.ts";
import { normalizeDepth } from "./depth-normalize.ts";
import { type ResizeKernel, resizeImage } from "./resize.ts";

/** What a graph expects of a control map; from bundle.json. */
export interface ControlMapFormat {
  readonly kind: ControlKind;
  readonly channels: number;
  readonly channel_order: "rgb" | "bgr";
  readonly invert: boolean;
}

/**
 * Makes the input of a ControlNet from a control picture: preprocessed, scaled, channels as the graph wants them.
 *
 * Preprocessors see the picture at its own size. `segmentation` is scaled by nearest neighbour, so that its id colours stay
 * exact; every other kind by a linear filter, since an overshoot would be a false depth or a second line beside a line.
 * Grey is repeated over the channels; RGB becomes grey as its mean.
 *
 * @returns [1, channels, height, width] in [0, 1]
 */
export function makeControlMap(
  image: FloatImage,
  preprocessor: Control["preprocessor"],
  format: ControlMapFormat,
  width: number,
  height: number,
): Tensor {
  const processed =
    preprocessor === "canny"
      ? detectCannyEdges(image)
      : preprocessor === "depth_normalize"
        ? normalizeDepth(image)
        : image;
  const kernel: ResizeKernel = format.kind === "segmentation" ? "nearest" : "linear";
  const scaled = resizeImage(processed, width, height, kernel);

  const plane = width * height;
  const data = new Float32Array(format.channels * plane);
  for (let channel = 0; channel < format.channels; channel++) {
    const source = format.channel_order === "bgr" ? format.channels - 1 - channel : channel;
    for (let i = 0; i < plane; i++) {
      const value =
        format.channels === 1
          ? meanAt(scaled, i)
          : (scaled.data[i * scaled.channels + (source % scaled.channels)] ?? 0);
      data[channel * plane + i] = format.invert ? 1 - value : value;
    }
  }
  return { dims: [1, format.channels, height, width], data };
}

function meanAt(image: FloatImage, pixel: number): number {
  if (image.channels === 1) return image.data[pixel] ?? 0;
  const at = pixel * 3;
  return ((image.data[at] ?? 0) + (image.data[at + 1] ?? 0) + (image.data[at + 2] ?? 0)) / 3;
}
