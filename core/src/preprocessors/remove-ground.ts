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
  const [red = 0, green = 0, blue = 0] = ground;
  const difference = (pixel: number) => {
    const at = pixel * 3;
    const [r = 0, g = 0, b = 0] = [colours[at], colours[at + 1], colours[at + 2]];
    return Math.max(Math.abs(r - red), Math.abs(g - green), Math.abs(b - blue));
  };
  const plain = border.filter((pixel) => difference(pixel) < GROUND);
  if (plain.length < PLAIN_BORDER * border.length) return undefined;

  const count = width * height;
  const alpha = new Float32Array(count).fill(1);
  const seen = new Uint8Array(count);
  const open = new Uint32Array(count);
  let waiting = 0;
  const reach = (pixel: number) => {
    if (seen[pixel] !== 0) return;
    seen[pixel] = 1;
    open[waiting++] = pixel;
  };
  for (const pixel of border) reach(pixel);
  while (waiting > 0) {
    const pixel = open[--waiting] ?? 0;
    const share = Math.min(1, Math.max(0, (difference(pixel) - GROUND) / (THING - GROUND)));
    if (share === 1) continue;
    alpha[pixel] = share;
    const x = pixel % width;
    if (x > 0) reach(pixel - 1);
    if (x < width - 1) reach(pixel + 1);
    if (pixel >= width) reach(pixel - width);
    if (pixel < count - width) reach(pixel + width);
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
