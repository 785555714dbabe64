import { createRequire } from "node:module";
import sharp, { type SharpOptions } from "sharp";
import type { RawImage } from "../tensor/image.ts";

/** The package is a CommonJS function whose types describe an ES module; hence require. Gives 64 characters, 0 or 1. */
const sharpPhash: (pixels: Uint8Array, options: SharpOptions) => Promise<string> = createRequire(import.meta.url)(
  "sharp-phash",
);

/** 64-bit perceptual hash, 16 hexadecimal digits. */
export type PerceptualHash = string;

/** Hash of a picture and of its mirror image: a mirrored picture has another hash. */
export interface PictureHashes {
  phash: PerceptualHash;
  phash_mirrored: PerceptualHash;
}

/** Pixels beyond which a file is not decoded to look it up: 100 megapixels. */
const MAX_PIXELS = 100_000_000;

/** Hashes finished pixels, for the log. */
export async function hashPicture(image: RawImage): Promise<PictureHashes> {
  const { width, height, channels } = image;
  const raw = { raw: { width, height, channels } };
  // Bring it to grey at a small size once; twice the full picture would cost tens of milliseconds at 4 megapixels.
  const grey = await sharp(image.data, raw)
    .removeAlpha()
    .greyscale()
    .resize(128, 128, { fit: "fill" })
    .raw()
    .toBuffer();
  const small = { raw: { width: 128, height: 128, channels: 1 as const } };
  const mirrored = await sharp(grey, small).flop().raw().toBuffer();
  return {
    phash: toHex(await sharpPhash(grey, small)),
    phash_mirrored: toHex(await sharpPhash(mirrored, small)),
  };
}

/** Hashes the picture in a file, or gives undefined if it holds none that can be decoded. */
export async function hashPictureFile(bytes: Uint8Array): Promise<PerceptualHash | undefined> {
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: "none" })
      .rotate()
      .removeAlpha()
      .greyscale()
      .resize(128, 128, { fit: "fill" })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const channels = info.channels === 1 ? 1 : 3;
    return toHex(await sharpPhash(data, { raw: { width: 128, height: 128, channels } }));
  } catch {
    return undefined; // no picture, a broken one, or a decompression bomb: then there is nothing to look up
  }
}

/** Number of bits in which two hashes differ, 0 to 64. */
export function hammingDistance(a: PerceptualHash, b: PerceptualHash): number {
  let bits = BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
  let count = 0;
  for (; bits !== 0n; bits &= bits - 1n) count++;
  return count;
}

function toHex(bits: string): PerceptualHash {
  return BigInt(`0b${bits}`).toString(16).padStart(16, "0");
}
