import type { CutoutImage } from "../tensor/image.ts";

/** Largest difference of a channel from the ground's colour: below the first it is ground, above the second it is the thing. */
const GROUND = 0.03;
const THING = 0.12;
/** Share of the border's pixels that must be ground. */
const PLAIN_BORDER = 0.9;

/**
 * Makes a plain ground transparent: what has the border's colour and hangs together with the border. The soft edge between ground and
 * thing becomes as opaque as it differs from the ground, and loses the ground's share of its colour.
 *
 * @param image opaque everywhere
 * @returns undefined if the border is not of one colour, or if there is nothing but ground
 */
export function removePlainGround(image: CutoutImage): CutoutImage | undefined {
  const { width, height, colours } = image;
  const border = borderPixels(width, height);
  const ground = [0, 1, 2].map((channel) => median(border.map((pixel) => colours[pixel * 3 + channel] ?? 0)));
  const difference = (pixel: number) =>
    Math.max(...ground.map((value, channel) => Math.abs((colours[pixel * 3 + channel] ?? 0) - value)));
  const plain = border.filter((pixel) => difference(pixel) < GROUND);
  if (plain.length < PLAIN_BORDER * border.length) return undefined;

  const alpha = new Float32Array(width * height).fill(1);
  const seen = new Uint8Array(width * height);
  const open = [...border];
  for (const pixel of open) seen[pixel] = 1;
  for (let pixel = open.pop(); pixel !== undefined; pixel = open.pop()) {
    const share = Math.min(1, Math.max(0, (difference(pixel) - GROUND) / (THING - GROUND)));
    if (share === 1) continue;
    alpha[pixel] = share;
    const x = pixel % width;
    const beside = [x > 0 ? pixel - 1 : -1, x < width - 1 ? pixel + 1 : -1, pixel - width, pixel + width];
    for (const next of beside) {
      if (next < 0 || next >= seen.length || seen[next] === 1) continue;
      seen[next] = 1;
      open.push(next);
    }
  }
  if (!alpha.includes(1)) return undefined;
  return { width, height, colours: withoutGround(colours, alpha, ground), alpha };
}

function borderPixels(width: number, height: number): number[] {
  const pixels: number[] = [];
  for (let x = 0; x < width; x++) pixels.push(x, (height - 1) * width + x);
  for (let y = 1; y < height - 1; y++) pixels.push(y * width, y * width + width - 1);
  return pixels;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Takes the ground out of pixels that mix it with the thing: colour = alpha · thing + (1 - alpha) · ground. */
function withoutGround(colours: Float32Array, alpha: Float32Array, ground: readonly number[]): Float32Array {
  return colours.map((value, k) => {
    const share = alpha[Math.floor(k / 3)] ?? 1;
    if (share === 1 || share === 0) return value;
    return Math.min(1, Math.max(0, (value - (1 - share) * (ground[k % 3] ?? 0)) / share));
  });
}
