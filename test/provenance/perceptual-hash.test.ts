import { createRequire } from "node:module";
import sharp, { type SharpOptions } from "sharp";
import { describe, expect, it } from "vitest";
import { hammingDistance, hashPicture, hashPictureFile } from "../../core/src/provenance/perceptual-hash.ts";
import { MAX_PERCEPTUAL_DISTANCE } from "../../core/src/provenance/picture-index.ts";
import { makePicture } from "./support.ts";

/** The package is a CommonJS function whose types describe an ES module. */
const sharpPhash: (image: Buffer, options: SharpOptions) => Promise<string> = createRequire(import.meta.url)(
  "sharp-phash",
);

describe("perceptual hash", () => {
  it("is the hash of sharp-phash, bit for bit", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { data } = makePicture(seed, 32, 32, 1);
      const raw = { raw: { width: 32, height: 32, channels: 1 as const } };
      const png = await sharp(data, raw).resize(128, 128, { fit: "fill" }).png().toBuffer();
      const reference = BigInt(`0b${await sharpPhash(png, {})}`)
        .toString(16)
        .padStart(16, "0");
      expect(await hashPictureFile(png)).toBe(reference);
    }
  });

  it("finds copies near one of a picture's hashes, and different pictures far from all", async () => {
    const pictures = Array.from({ length: 12 }, (_, seed) => makePicture(seed, 400, 300));
    const hashes = await Promise.all(pictures.map(hashPicture));
    const all = hashes.map(({ phash, phash_mirrored, phash_crops }) => [phash, phash_mirrored, ...phash_crops]);
    const nearest = (of: string, to: string[]) => Math.min(...to.map((hash) => hammingDistance(of, hash)));
    for (const [index, { data, width, height, channels }] of pictures.entries()) {
      const picture = () => sharp(data, { raw: { width, height, channels: channels === 1 ? 1 : 3 } });
      const copies = {
        q50: picture().jpeg({ quality: 50 }),
        half: picture().resize(200, 150).png(),
        "90 % of the area": picture().extract({ left: 10, top: 8, width: 380, height: 284 }).png(),
        "90 % of each side": picture().extract({ left: 20, top: 15, width: 360, height: 270 }).png(),
        "a corner cut": picture().extract({ left: 0, top: 0, width: 380, height: 285 }).png(),
        mirrored: picture().flop().webp({ quality: 70 }),
        "half, cropped, q40": picture()
          .extract({ left: 10, top: 8, width: 380, height: 284 })
          .resize(190)
          .jpeg({ quality: 40 }),
      };
      for (const [name, copy] of Object.entries(copies)) {
        const hash = (await hashPictureFile(await copy.toBuffer())) ?? "";
        for (const [other, entries] of all.entries()) {
          const distance = nearest(hash, entries);
          if (other === index)
            expect([index, name, distance <= MAX_PERCEPTUAL_DISTANCE, distance]).toEqual([index, name, true, distance]);
          else expect([index, name, other, distance > MAX_PERCEPTUAL_DISTANCE]).toEqual([index, name, other, true]);
        }
      }
    }
  });

  it("gives nothing for what is no picture, or a decompression bomb", async () => {
    expect(await hashPictureFile(Buffer.from("no picture"))).toBeUndefined();
    expect(await hashPictureFile(new Uint8Array())).toBeUndefined();
    const bomb = await sharp({ create: { width: 12_000, height: 9000, channels: 3, background: "black" } })
      .png({ compressionLevel: 9 })
      .toBuffer();
    expect(await hashPictureFile(bomb)).toBeUndefined();
  });
});
