import { frameCount, type Motion } from "./motion.ts";
import { makeContinuous, normalize } from "./quaternion.ts";
import { JOINT_COUNT } from "./skeleton.ts";

/** Gives the weights of a Gaussian, [2 · radius + 1], that sum to 1. */
export function gaussian(sigma: number): Float64Array {
  const radius = Math.max(1, Math.ceil(sigma * 3));
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * Gives columns [frames, size] smoothed along the frames.
 *
 * Beyond the ends the course goes on as its own point reflection, so that ends keep their place and slope.
 *
 * @param sigma of the Gaussian, frames; 0 changes nothing
 * @param cyclic whether the last frame is followed by the first
 */
export function smoothColumns(values: ArrayLike<number>, size: number, sigma: number, cyclic = false): Float64Array {
  const frames = values.length / size;
  if (sigma <= 0 || frames < 3) return Float64Array.from(values);
  const weights = gaussian(sigma);
  const radius = (weights.length - 1) / 2;
  const last = frames - 1;
  const result = new Float64Array(values.length);
  for (let frame = 0; frame < frames; frame++) {
    for (let offset = -radius; offset <= radius; offset++) {
      const weight = weights[offset + radius] ?? 0;
      const at = frame + offset;
      if (cyclic) {
        const from = (((at % frames) + frames) % frames) * size;
        for (let k = 0; k < size; k++) add(result, frame * size + k, weight * (values[from + k] ?? 0));
      } else if (at < 0 || at > last) {
        const end = at < 0 ? 0 : last;
        const inner = Math.min(last, Math.max(0, 2 * end - at));
        for (let k = 0; k < size; k++) {
          const value = 2 * (values[end * size + k] ?? 0) - (values[inner * size + k] ?? 0);
          add(result, frame * size + k, weight * value);
        }
      } else {
        for (let k = 0; k < size; k++) add(result, frame * size + k, weight * (values[at * size + k] ?? 0));
      }
    }
  }
  return result;
}

/** Options of {@link smoothMotion}. */
export interface SmoothOptions {
  /** Deviation of the Gaussian, seconds. */
  sigma_s: number;
  /** Whether the last frame is followed by the first; the way over the ground is then left as it is. */
  cyclic?: boolean;
}

/** Gives the motion without the tremor that denoising leaves; contacts stay. */
export function smoothMotion(motion: Motion, { sigma_s, cyclic = false }: SmoothOptions): Motion {
  const sigma = sigma_s * motion.fps;
  if (sigma < 0.2 || frameCount(motion) < 3) return motion;
  const rotations = Float32Array.from(smoothColumns(motion.rotations, JOINT_COUNT * 4, sigma));
  for (let i = 0; i < rotations.length; i += 4) normalize(rotations, i);
  makeContinuous(rotations, JOINT_COUNT);
  if (cyclic) return { ...motion, rotations };
  return { ...motion, rotations, root: Float32Array.from(smoothColumns(motion.root, 3, sigma)) };
}

function add(values: Float64Array, index: number, amount: number): void {
  values[index] = (values[index] ?? 0) + amount;
}
