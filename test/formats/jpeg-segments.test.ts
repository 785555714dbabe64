import fc from "fast-check";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { embedMetadata } from "../../core/src/formats/embed-metadata.ts";
import { APP1, insertJpegSegments, MAX_SEGMENT_BYTES, readJpegSegments } from "../../core/src/formats/jpeg-segments.ts";
import { METADATA } from "./metadata.ts";

let jpeg: Uint8Array;
beforeAll(async () => {
  const bare = await sharp({ create: { width: 24, height: 16, channels: 3, background: "#4080c0" } })
    .jpeg()
    .toBuffer();
  // libvips writes none; JFIF 1.02 wants this one at the very start.
  const jfif = Buffer.from("ffe000104a46494600010200000100010000", "hex");
  jpeg = Buffer.concat([bare.subarray(0, 2), jfif, bare.subarray(2)]);
});
const markersOf = (bytes: Uint8Array) => readJpegSegments(bytes).segments.map(({ marker }) => marker);
const scanOf = (bytes: Uint8Array) => Buffer.from(bytes.subarray(readJpegSegments(bytes).imageOffset));
const CUT = "(cut; the signed record has all of it)";

describe("JPEG segments", () => {
  it("go in behind APP0, which must come first; others and the scan keep their bytes", async () => {
    const comment = { marker: 0xfe, data: Buffer.from("made by hand") };
    const source = insertJpegSegments(jpeg, [comment]);
    const out = embedMetadata(source, "image/jpeg", METADATA);
    const markers = markersOf(source);
    expect(markers[0]).toBe(0xe0);
    expect(markersOf(out)).toEqual([0xe0, APP1, APP1, ...markers.slice(1)]);
    expect(readJpegSegments(out).segments.slice(3)).toEqual(readJpegSegments(source).segments.slice(1));
    expect(scanOf(out).equals(scanOf(jpeg))).toBe(true);
    expect(await sharp(out).raw().toBuffer()).toEqual(await sharp(jpeg).raw().toBuffer());
  });

  it("come first where there is no APP0", () => {
    const { segments, imageOffset } = readJpegSegments(jpeg);
    const bare = Buffer.concat([
      jpeg.subarray(0, 2),
      ...segments
        .filter(({ marker }) => marker !== 0xe0)
        .flatMap(({ marker, data }) => [
          Uint8Array.of(0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255),
          data,
        ]),
      jpeg.subarray(imageOffset),
    ]);
    expect(markersOf(embedMetadata(bare, "image/jpeg", METADATA)).slice(0, 2)).toEqual([APP1, APP1]);
  });

  it("a prompt beyond 64 kB ends in a note, in Exif and in XMP, whatever its characters", async () => {
    for (const unit of ["a word ", '<&"> ', "原画 🎨 "]) {
      const long = unit.repeat(Math.ceil(100_000 / unit.length));
      const out = embedMetadata(jpeg, "image/jpeg", {
        ...METADATA,
        parameters: long,
        xmp: { ...METADATA.xmp, ai_prompt: long },
      });
      const [, exif, xmp] = readJpegSegments(out).segments;
      for (const segment of [exif, xmp]) {
        expect(segment?.data.length).toBeLessThanOrEqual(MAX_SEGMENT_BYTES);
        expect(segment?.data.length).toBeGreaterThan(20_000);
      }
      const { exif: read, xmp: packet } = await sharp(out).metadata();
      const comment = Buffer.from(read ?? []);
      expect(comment.includes(Buffer.from(CUT, "utf16le").swap16())).toBe(true);
      const words = packet?.toString("utf8") ?? "";
      expect(words).toContain(CUT);
      expect(words.endsWith('<?xpacket end="r"?>')).toBe(true);
      expect([unit, words.includes("\ufffd")]).toEqual([unit, false]);
      const text = Buffer.from(comment.subarray(comment.indexOf("UNICODE\0") + 8))
        .swap16()
        .toString("utf16le");
      expect([unit, Buffer.from(text).includes("\ufffd")]).toEqual([unit, false]);
    }
  });

  it("of the largest size fit, and one byte more does not", () => {
    const fits = insertJpegSegments(jpeg, [{ marker: APP1, data: new Uint8Array(MAX_SEGMENT_BYTES) }]);
    expect(readJpegSegments(fits).segments[1]?.data.length).toBe(MAX_SEGMENT_BYTES);
    expect(() => insertJpegSegments(jpeg, [{ marker: APP1, data: new Uint8Array(MAX_SEGMENT_BYTES + 1) }])).toThrow(
      RangeError,
    );
  });

  it("fill bytes between segments are stepped over", () => {
    const filled = Buffer.concat([jpeg.subarray(0, 2), Uint8Array.of(0xff, 0xff, 0xff), jpeg.subarray(2)]);
    expect(markersOf(filled)).toEqual(markersOf(jpeg));
  });

  it("attack: lengths of 0 and 1, which would not move on, and beyond the end", () => {
    for (const length of [0, 1, 0xffff]) {
      const broken = Uint8Array.from(jpeg);
      new DataView(broken.buffer).setUint16(4, length);
      expect([length, outcome(() => readJpegSegments(broken))]).toEqual([length, "RangeError"]);
    }
    for (const bytes of [new Uint8Array(), jpeg.subarray(0, 2), jpeg.subarray(0, 30), Buffer.from("GIF89a")]) {
      expect(() => readJpegSegments(bytes)).toThrow(RangeError);
    }
  });

  it("of any bytes end in segments or a RangeError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
        const found = outcome(() => readJpegSegments(Buffer.concat([jpeg.subarray(0, 2), tail])));
        expect(["done", "RangeError"]).toContain(found);
      }),
    );
  });
});

function outcome(task: () => unknown): string {
  try {
    task();
    return "done";
  } catch (error) {
    return error instanceof Error ? error.name : "no error";
  }
}
