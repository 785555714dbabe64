import type { FloatImage } from "../tensor/image.ts";

/**
 * Stretches a depth map to its whole range, one channel: the farthest foreground pixel becomes 0, the nearest 1.
 *
 * Near is white before and after; black pixels are background and stay black. A map of one single depth becomes white.
 */
export function normalizeDepth(image: FloatImage): FloatImage {
  const { width, height, channels } = image;
  const depth = new Float32Array(width * height);
  for (let i = 0; i < depth.length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += image.data[i * channels + channel] ?? 0;
    depth[i] = sum / channels;
  }
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  for (const value of depth) {
    if (value <= 0) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  const span = max - min;
  const data = depth.map((value) => (value <= 0 ? 0 : span > 0 ? (value - min) / span : 1));
  return { width, height, channels: 1, data };
}
