import type { FloatImage } from "../tensor/image.ts";

/**
 * How pixels are found at another size. `nearest`: exact values, for id colours. `linear`: widened when shrinking, never
 * beyond the values around, for control maps and masks. `cubic`, `lanczos`: sharp, may overshoot and are clamped to [0, 1], for
 * pictures; `cubic` where a model was trained with it.
 */
export type ResizeKernel = "nearest" | "linear" | "cubic" | "lanczos";

const SUPPORT = { linear: 1, cubic: 2, lanczos: 3 };
const SHAPE = { linear: triangle, cubic, lanczos: lanczos3 };

/**
 * Scales a picture; gives the picture itself when the size is the same already.
 *
 * `linear`, `cubic` and `lanczos` are Pillow's BILINEAR, BICUBIC and LANCZOS (src/libImaging/Resample.c) without its rounding to
 * 8 bits, `nearest` is its NEAREST.
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

  // Rows first, then columns; each pass is clamped, as Pillow's passes are.
  const narrow = new Float32Array(width * image.height * channels);
  const columns = kernelWeights(image.width, width, kernel);
  for (let y = 0; y < image.height; y++) {
    const source = y * image.width * channels;
    const target = y * width * channels;
    for (let x = 0; x < width; x++) {
      const first = source + (columns.first[x] ?? 0) * channels;
      for (let channel = 0; channel < channels; channel++) {
        narrow[target + x * channels + channel] = weightedSum(image.data, first + channel, channels, columns, x);
      }
    }
  }
  const length = width * channels;
  const data = new Float32Array(height * length);
  const rows = kernelWeights(image.height, height, kernel);
  for (let y = 0; y < height; y++) {
    const first = (rows.first[y] ?? 0) * length;
    for (let k = 0; k < length; k++) data[y * length + k] = weightedSum(narrow, first + k, length, rows, y);
  }
  return { width, height, channels, data };
}

/** Weights of the source pixels for each target pixel: `taps` of them from `first` on, the rest zeros. */
interface KernelWeights {
  readonly first: Int32Array;
  readonly weights: Float64Array;
  readonly taps: number;
}

function weightedSum(
  data: Float32Array,
  start: number,
  step: number,
  { weights, taps }: KernelWeights,
  target: number,
): number {
  let sum = 0;
  for (let tap = 0; tap < taps; tap++) {
    const weight = weights[target * taps + tap] ?? 0;
    if (weight !== 0) sum += weight * (data[start + tap * step] ?? 0);
  }
  return Math.min(1, Math.max(0, sum));
}

/** The kernel is stretched when shrinking, so that every source pixel counts. */
function kernelWeights(from: number, to: number, kernel: keyof typeof SUPPORT): KernelWeights {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const support = SUPPORT[kernel] * stretch;
  const shape = SHAPE[kernel];
  const taps = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const weights = new Float64Array(to * taps);
  for (let target = 0; target < to; target++) {
    const centre = (target + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(from, Math.trunc(centre + support + 0.5)) - start;
    first[target] = start;
    const own = Array.from({ length: count }, (_, tap) => shape((tap + start - centre + 0.5) / stretch));
    const sum = own.reduce((total, weight) => total + weight, 0);
    weights.set(
      own.map((weight) => weight / sum),
      target * taps,
    );
  }
  return { first, weights, taps };
}

function triangle(x: number): number {
  return Math.max(0, 1 - Math.abs(x));
}

/** Keys 1981 with a = -1/2. */
function cubic(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}

function lanczos3(x: number): number {
  return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}
