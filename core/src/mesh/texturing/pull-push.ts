/**
 * Fills the holes of a picture smoothly: it is halved again and again, each pixel the weighted mean of four, and then where a weight is
 * missing filled from the smaller picture (Gortler et al., The Lumigraph, 1996, §3.4.1).
 *
 * @param values [size × size, channels]
 * @param weights how sure each pixel is, 0 = hole, at least 1 = sure, [size × size]
 * @param smoothLevels so many of the largest pictures are taken from the smaller ones even where they are sure: lets only what is
 *   wider than 2^levels pixels through
 * @returns [size × size, channels]; zeros if nothing is sure
 */
export function pullPush(
  values: Float32Array,
  weights: Float32Array,
  size: number,
  channels: number,
  smoothLevels = 0,
): Float32Array {
  const levels: { size: number; values: Float32Array; weights: Float32Array }[] = [{ size, values, weights }];
  for (let level = levels[0]; level !== undefined && level.size > 1; level = levels.at(-1)) {
    levels.push(halve(level, channels));
  }
  let filled: Float32Array = new Float32Array(channels);
  for (let index = levels.length - 1; index >= 0; index -= 1) {
    const level = levels[index] as (typeof levels)[number];
    const above = levels[index + 1];
    filled = spread(
      level,
      above === undefined ? undefined : { size: above.size, values: filled },
      channels,
      index < smoothLevels,
    );
  }
  return filled;
}

function halve(
  { size, values, weights }: { size: number; values: Float32Array; weights: Float32Array },
  channels: number,
) {
  const half = Math.ceil(size / 2);
  const smaller = new Float32Array(half * half * channels);
  const sure = new Float32Array(half * half);
  for (let y = 0; y < half; y += 1) {
    for (let x = 0; x < half; x += 1) {
      const to = y * half + x;
      let sum = 0;
      for (let corner = 0; corner < 4; corner += 1) {
        const [fx, fy] = [x * 2 + (corner & 1), y * 2 + (corner >> 1)];
        if (fx >= size || fy >= size) continue;
        const from = fy * size + fx;
        const weight = Math.min(1, weights[from] as number);
        sum += weight;
        for (let k = 0; k < channels; k += 1) {
          smaller[to * channels + k] =
            (smaller[to * channels + k] as number) + weight * (values[from * channels + k] as number);
        }
      }
      if (sum > 0) {
        for (let k = 0; k < channels; k += 1) {
          smaller[to * channels + k] = (smaller[to * channels + k] as number) / sum;
        }
      }
      sure[to] = sum;
    }
  }
  return { size: half, values: smaller, weights: sure };
}

/** Gives a level with its holes, or all of it, filled from the picture of half its size, read bilinearly. */
function spread(
  { size, values, weights }: { size: number; values: Float32Array; weights: Float32Array },
  below: { size: number; values: Float32Array } | undefined,
  channels: number,
  isSmooth: boolean,
): Float32Array {
  const made = new Float32Array(size * size * channels);
  const half = below?.size ?? 1;
  const smaller = below?.values ?? new Float32Array(channels);
  for (let y = 0; y < size; y += 1) {
    const v = (y - 0.5) / 2;
    const top = Math.max(Math.floor(v), 0);
    const bottom = Math.min(Math.floor(v) + 1, half - 1);
    const fy = v - Math.floor(v);
    for (let x = 0; x < size; x += 1) {
      const u = (x - 0.5) / 2;
      const left = Math.max(Math.floor(u), 0);
      const right = Math.min(Math.floor(u) + 1, half - 1);
      const fx = u - Math.floor(u);
      const pixel = y * size + x;
      const sure = isSmooth ? 0 : Math.min(1, weights[pixel] as number);
      for (let k = 0; k < channels; k += 1) {
        const own = sure === 0 ? 0 : sure * (values[pixel * channels + k] as number);
        const filled =
          (1 - fy) *
            ((1 - fx) * (smaller[(top * half + left) * channels + k] as number) +
              fx * (smaller[(top * half + right) * channels + k] as number)) +
          fy *
            ((1 - fx) * (smaller[(bottom * half + left) * channels + k] as number) +
              fx * (smaller[(bottom * half + right) * channels + k] as number));
        made[pixel * channels + k] = own + (1 - sure) * filled;
      }
    }
  }
  return made;
}
