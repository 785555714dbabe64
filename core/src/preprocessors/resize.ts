import type { FloatImage } from "../tensor/image.ts";

/**
 * How pixels are found at another size. `nearest`: exact values, for id colours. `linear`: widened when shrinking, never
 * beyond the values around, for control maps and masks. `lanczos`: sharp, may overshoot and is clamped to [0, 1], for pictures.
 */
export type ResizeKernel = "nearest" | "linear" | "lanczos";

const SUPPORT = { linear: 1, lanczos: 3 };

/**
 * Scales a picture; gives the picture itself when the size is the same already.
 *
 * `linear` and `lanczos` are Pillow's BILINEAR and LANCZOS (src/libImaging/Resample.c) without its rounding to 8 bits,
 * `nearest` is its NEAREST.
 */
export function resizeImage(image: FloatImage, width: number, height: number, kernel: ResizeKernel): FloatImage {
  if (image.width === width && image.height === height) return image;
  const { channels } = image;
  if (kernel === "nearest") {
    const data = new Float32Array(width * height * channels);
    for (let y = 0, target = 0; y < height; y++) {
      const row = Math.min(image.height - 1, Math.floor(((y + 0.5) * image.height) / height)) * image.width;
      for (let x = 0; x < width; x++) {
        const source = (row + Math.min(image.width - 1, Math.floor(((x + 0.5) * image.width) / width))) * channels;
        for (let channel = 0; channel < channels; channel++) data[target++] = image.data[source + channel] ?? 0;
      }
    }
    return { width, height, channels, data };
  }

  const columns = kernelWeights(image.width, width, kernel);
  const narrow = new Float32Array(width * image.height * channels);
  for (let y = 0; y < image.height; y++) {
    for (const [x, { first, weights }] of columns.entries()) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (const [k, weight] of weights.entries()) {
          sum += weight * (image.data[(y * image.width + first + k) * channels + channel] ?? 0);
        }
        narrow[(y * width + x) * channels + channel] = Math.min(1, Math.max(0, sum));
      }
    }
  }
  const rowLength = width * channels;
  const data = new Float32Array(height * rowLength);
  for (const [y, { first, weights }] of kernelWeights(image.height, height, kernel).entries()) {
    for (let k = 0; k < rowLength; k++) {
      let sum = 0;
      for (const [row, weight] of weights.entries()) sum += weight * (narrow[(first + row) * rowLength + k] ?? 0);
      data[y * rowLength + k] = Math.min(1, Math.max(0, sum));
    }
  }
  return { width, height, channels, data };
}

/** Weights of the source pixels for each target pixel; the kernel is stretched when shrinking. */
function kernelWeights(from: number, to: number, kernel: "linear" | "lanczos"): { first: number; weights: number[] }[] {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const support = SUPPORT[kernel] * stretch;
  const shape = kernel === "linear" ? triangle : lanczos3;
  return Array.from({ length: to }, (_, target) => {
    const centre = (target + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const weights = Array.from({ length: end - first }, (_, k) => shape((k + first - centre + 0.5) / stretch));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

function triangle(x: number): number {
  return Math.max(0, 1 - Math.abs(x));
}

function lanczos3(x: number): number {
  return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}
