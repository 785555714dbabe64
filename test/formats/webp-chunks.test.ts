import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { embedMetadata } from "../../core/src/formats/embed-metadata.ts";
import { insertWebpMetadata, readWebpChunks } from "../../core/src/formats/webp-chunks.ts";
import { METADATA } from "./metadata.ts";

const picture = (channels: 3 | 4, width = 25, height = 17) =>
  sharp({ create: { width, height, channels, background: { r: 64, g: 128, b: 192, alpha: 0.5 } } });
const typesOf = (bytes: Uint8Array) => readWebpChunks(bytes).map(({ type }) => type);

/** Width, height and flags of the extended header (RFC 9649 §2.7). */
function headerOf(bytes: Uint8Array) {
  const [first] = readWebpChunks(bytes);
  const data = Buffer.from(first?.data ?? []);
  return { type: first?.type, flags: data[0], width: data.readUIntLE(4, 3) + 1, height: data.readUIntLE(7, 3) + 1 };
}

describe("WebP chunks", () => {
  it.each([
    ["VP8, lossy", 3, { quality: 80 }, ["VP8X", "VP8 ", "EXIF", "XMP "], 0x0c],
    ["VP8L, lossless", 3, { lossless: true }, ["VP8X", "VP8L", "EXIF", "XMP "], 0x0c],
    ["VP8L with alpha", 4, { lossless: true }, ["VP8X", "VP8L", "EXIF", "XMP "], 0x1c],
    ["VP8X with alpha beside VP8", 4, { quality: 80 }, ["VP8X", "ALPH", "VP8 ", "EXIF", "XMP "], 0x1c],
  ] as const)(
    "of %s: the header tells size, alpha and metadata, the pixels stay",
    async (_, channels, options, types, flags) => {
      const source = await picture(channels).webp(options).toBuffer();
      const out = embedMetadata(source, "image/webp", METADATA);
      expect(typesOf(out)).toEqual(types);
      expect(headerOf(out)).toEqual({ type: "VP8X", flags, width: 25, height: 17 });
      expect(Buffer.from(out).readUInt32LE(4)).toBe(out.length - 8);
      const metadata = await sharp(out).metadata();
      expect([metadata.width, metadata.height, metadata.hasAlpha]).toEqual([25, 17, channels === 4]);
      expect(metadata.xmp?.toString("utf8")).toContain("AISystemUsed");
      expect(await sharp(out).raw().toBuffer()).toEqual(await sharp(source).raw().toBuffer());
    },
  );

  it("replace metadata that is there, and keep unknown chunks before them", async () => {
    const first = embedMetadata(await picture(3).webp().toBuffer(), "image/webp", METADATA);
    const unknown = Buffer.concat([Buffer.from("GNGA"), Buffer.from([3, 0, 0, 0, 1, 2, 3, 0])]);
    const source = Buffer.concat([first, unknown]);
    source.writeUInt32LE(source.length - 8, 4);
    const out = insertWebpMetadata(source, { xmp: Buffer.from("<x/>") });
    expect(typesOf(out).filter((type) => type === "XMP ")).toHaveLength(1);
    expect(readWebpChunks(out).find(({ type }) => type === "GNGA")?.data).toEqual(Buffer.of(1, 2, 3));
    expect(
      readWebpChunks(out)
        .find(({ type }) => type === "XMP ")
        ?.data.toString(),
    ).toBe("<x/>");
    expect(typesOf(out)).toContain("EXIF");
  });

  it("attack: lengths that lead out of the file, or around 2^32", async () => {
    const webp = await picture(3).webp().toBuffer();
    for (const length of [webp.length, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff]) {
      for (const at of [4, 16]) {
        const broken = Uint8Array.from(webp);
        new DataView(broken.buffer).setUint32(at, length, true);
        expect(() => readWebpChunks(broken)).toThrow(RangeError);
      }
    }
    const empty = Buffer.from("RIFF\x04\0\0\0WEBP", "latin1");
    expect(() => insertWebpMetadata(empty, {})).toThrow(RangeError);
    for (const bytes of [new Uint8Array(), Buffer.from("RIFF"), Buffer.from("RIFF\x04\0\0\0WAVE", "latin1")]) {
      expect(() => readWebpChunks(bytes)).toThrow(RangeError);
    }
  });

  it("of any bytes end in chunks or a RangeError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (tail) => {
        const bytes = Buffer.concat([Buffer.from("RIFF\0\0\0\0WEBP", "latin1"), tail]);
        bytes.writeUInt32LE(bytes.length - 8, 4);
        try {
          insertWebpMetadata(bytes, { xmp: tail });
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});
