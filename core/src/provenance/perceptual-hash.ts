import type { Sharp } from "sharp";
import type { RawImage } from "../tensor/image.ts";

/** 64-bit perceptual hash, 16 hexadecimal digits. */
export type PerceptualHash = string;

/** Hashes under which a picture is found again. */
export interface PictureHashes {
  phash: PerceptualHash;
  /** Of the picture mirrored left to right, which has another hash. */
  phash_mirrored: PerceptualHash;
  /** Of the picture without its borders: a crop moves 6 to 12 bits of the hash, so what a crop leaves is hashed beforehand. */
  phash_crops: PerceptualHash[];
}

/** Pixels beyond which a file is not decoded to look it up: 100 megapixels. */
const MAX_PIXELS = 100_000_000;
/** Side of the grey picture from which all hashes are taken. */
const GREY = 128;
/** Side of the picture that is transformed, and of the block of frequencies that is kept. */
const SAMPLE = 32;
const LOW = 8;
/** Crops that are hashed beforehand: [left, top, side], as shares of the picture. */
const CROPS = [
  [0.025, 0.025, 0.95],
  [0.05, 0.05, 0.9],
  [0, 0, 0.95],
  [0.05, 0, 0.95],
  [0, 0.05, 0.95],
  [0.05, 0.05, 0.95],
] as const;

/** cos((2k + 1) n π / 2N) for n = 1 … 8, row by row: the DCT-II without its scale, which a comparison with the mean does not need. */
const COSINES = Float64Array.from({ length: LOW * SAMPLE }, (_, index) => {
  const n = Math.floor(index / SAMPLE) + 1;
  return Math.cos(((2 * (index % SAMPLE) + 1) * n * Math.PI) / (2 * SAMPLE));
});

/** Hashes finished pixels, for the log. */
export async function hashPicture(image: RawImage): Promise<PictureHashes> {
  const { width, height, channels } = image;
  // Loaded at first use: a core at rest does without it.
  const { default: sharp } = await import("sharp");
  const grey = await sharp(image.data, { raw: { width, height, channels }, limitInputPixels: false })
    .removeAlpha()
    .greyscale()
    .resize(GREY, GREY, { fit: "fill" })
    .raw()
    .toBuffer();
  return await hashesOf(grey);
}

/** Hashes the picture in a file for the log, or gives undefined if it holds none that can be decoded. */
export async function hashPictureFileForLog(bytes: Uint8Array): Promise<PictureHashes | undefined> {
  const grey = await greyOf(bytes);
  return grey === undefined ? undefined : await hashesOf(grey);
}

async function hashesOf(grey: Buffer): Promise<PictureHashes> {
  const { default: sharp } = await import("sharp");
  const small = () => sharp(grey, { raw: { width: GREY, height: GREY, channels: 1 } });
  const crops = CROPS.map(([left, top, side]) =>
    hashGrey(
      small().extract({
        left: Math.round(left * GREY),
        top: Math.round(top * GREY),
        width: Math.round(side * GREY),
        height: Math.round(side * GREY),
      }),
    ),
  );
  return {
    phash: await hashGrey(small()),
    phash_mirrored: await hashGrey(small().flop()),
    phash_crops: await Promise.all(crops),
  };
}

/** Hashes the picture in a file, or gives undefined if it holds none that can be decoded. */
export async function hashPictureFile(bytes: Uint8Array): Promise<PerceptualHash | undefined> {
  const grey = await greyOf(bytes);
  if (grey === undefined) return undefined;
  const { default: sharp } = await import("sharp");
  return await hashGrey(sharp(grey, { raw: { width: GREY, height: GREY, channels: 1 } }));
}

async function greyOf(bytes: Uint8Array): Promise<Buffer | undefined> {
  const { default: sharp } = await import("sharp");
  try {
    const grey = sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: "none" }).rotate().removeAlpha().greyscale();
    return await grey.resize(GREY, GREY, { fit: "fill" }).raw().toBuffer();
  } catch {
    return undefined; // no picture, a broken one, or a decompression bomb: then there is nothing to look up
  }
}

/**
 * The hash of sharp-phash 2.2.0, bit for bit (its package takes 1 million steps on the event loop for each picture, this 10 000):
 * 32 × 32 grey, DCT-II, the 8 × 8 lowest frequencies without the constant one, 1 where above their mean.
 */
async function hashGrey(picture: Sharp): Promise<PerceptualHash> {
  const data = await picture.resize(SAMPLE, SAMPLE, { fit: "fill" }).toColourspace("b-w").raw().toBuffer();
  const rows = new Float64Array(LOW * SAMPLE);
  for (let n = 0; n < LOW; n++) {
    for (let y = 0; y < SAMPLE; y++) {
      let sum = 0;
      for (let x = 0; x < SAMPLE; x++) sum += (COSINES[n * SAMPLE + x] ?? 0) * (data[y * SAMPLE + x] ?? 0);
      rows[n * SAMPLE + y] = sum;
    }
  }
  const low = new Float64Array(LOW * LOW);
  for (let n = 0; n < LOW; n++) {
    for (let m = 0; m < LOW; m++) {
      let sum = 0;
      for (let y = 0; y < SAMPLE; y++) sum += (COSINES[m * SAMPLE + y] ?? 0) * (rows[n * SAMPLE + y] ?? 0);
      low[n * LOW + m] = sum;
    }
  }
  const mean = low.reduce((sum, value) => sum + value, 0) / low.length;
  return [...low]
    .map((value) => (value > mean ? "1" : "0"))
    .join("")
    .replace(/.{4}/g, (bits) => Number.parseInt(bits, 2).toString(16));
}

/** Number of bits in which two hashes differ, 0 to 64. */
export function hammingDistance(a: PerceptualHash, b: PerceptualHash): number {
  let bits = BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
  let count = 0;
  for (; bits !== 0n; bits &= bits - 1n) count++;
  return count;
}
