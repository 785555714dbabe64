import { deflateSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { crc32 } from "../../core/src/formats/crc32.ts";
import { embedMetadata } from "../../core/src/formats/embed-metadata.ts";
import {
  insertPngChunks,
  pngTextChunk,
  readPngChunks,
  readPngTexts,
  writePngChunks,
} from "../../core/src/formats/png-chunks.ts";
import { METADATA } from "./metadata.ts";

let png: Uint8Array;
beforeAll(async () => {
  png = await sharp({ create: { width: 24, height: 16, channels: 3, background: "#4080c0" } })
    .png()
    .toBuffer();
});
const typesOf = (bytes: Uint8Array) => readPngChunks(bytes).map(({ type }) => type);
const pixelsOf = (bytes: Uint8Array) => sharp(bytes).raw().toBuffer();
const text = (value: string) => Buffer.from(value, "latin1");

describe("CRC-32", () => {
  it.each([
    ["", 0x00000000],
    ["a", 0xe8b7be43],
    ["abc", 0x352441c2],
    ["123456789", 0xcbf43926], // the check value of the CRC catalogue, CRC-32/ISO-HDLC
    ["The quick brown fox jumps over the lazy dog", 0x414fa339],
    ["IEND", 0xae426082], // as at the end of every PNG
  ])("of %j", (value, expected) => {
    expect(crc32(text(value))).toBe(expected);
  });

  it("is what libpng wrote into each chunk", () => {
    const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
    let offset = 8;
    for (const { type, data } of readPngChunks(png)) {
      expect([type, view.getUint32(offset + 8 + data.length)]).toEqual([
        type,
        crc32(Buffer.concat([text(type), data])),
      ]);
      offset += 12 + data.length;
    }
    expect(offset).toBe(png.length);
  });
});

describe("PNG chunks", () => {
  it("are written back to the same bytes", () => {
    expect(Buffer.compare(Buffer.from(writePngChunks(readPngChunks(png))), Buffer.from(png))).toBe(0);
  });

  it("go in behind IHDR; all others keep order and content, unknown and ComfyUI's ones too", async () => {
    const chunks = readPngChunks(png);
    const comfy = [
      pngTextChunk("prompt", '{"3":{"class_type":"KSampler"}}'),
      pngTextChunk("workflow", '{"nodes":["原画"]}'),
    ];
    const unknown = { type: "geNg", data: Uint8Array.of(0, 255, 10, 13) };
    const source = writePngChunks([...chunks.slice(0, -1), ...comfy, unknown, ...chunks.slice(-1)]);
    const out = embedMetadata(source, "image/png", METADATA);
    expect(typesOf(out)).toEqual(["IHDR", "tEXt", "iTXt", "iTXt", ...typesOf(source).slice(1)]);
    expect(readPngChunks(out).slice(4)).toEqual(readPngChunks(source).slice(1));
    const texts = readPngTexts(out);
    expect(texts.get("prompt")).toBe('{"3":{"class_type":"KSampler"}}');
    expect(texts.get("workflow")).toBe('{"nodes":["原画"]}');
    expect(texts.get("parameters")).toBe(METADATA.parameters);
    expect(await pixelsOf(out)).toEqual(await pixelsOf(png));
  });

  it("hold Latin-1 as tEXt and all else as iTXt, which Python's rule for PNG texts reads back", () => {
    for (const [value, type] of [
      ["plain é ÿ\n", "tEXt"],
      ["emoji 🎨", "iTXt"],
      ["C1 \u0085", "iTXt"],
      ["NUL \0 inside", "iTXt"],
    ] as const) {
      const chunk = pngTextChunk("parameters", value);
      expect([value, chunk.type]).toEqual([value, type]);
      expect(readPngTexts(insertPngChunks(png, [chunk])).get("parameters")).toBe(value);
    }
  });

  it("are read compressed too: zTXt and iTXt", () => {
    const zipped = deflateSync(Buffer.from("été 原", "utf8"));
    const latin = deflateSync(text("\xe9t\xe9"));
    const source = insertPngChunks(png, [
      { type: "zTXt", data: Buffer.concat([text("old\0\0"), latin]) },
      { type: "iTXt", data: Buffer.concat([text("new\0\x01\0fr\0titre\0"), zipped]) },
    ]);
    const texts = readPngTexts(source);
    expect([texts.get("old"), texts.get("new")]).toEqual(["été", "été 原"]);
  });

  it("attack: a text that inflates to 64 MB is not inflated", () => {
    const bomb = deflateSync(Buffer.alloc(64 << 20));
    expect(bomb.length).toBeLessThan(100_000);
    const source = insertPngChunks(png, [{ type: "zTXt", data: Buffer.concat([text("bomb\0\0"), bomb]) }]);
    expect(() => readPngTexts(source)).toThrow(RangeError);
  });

  it("with a wrong CRC stay readable as chunks, and libpng refuses the critical ones", async () => {
    const broken = Uint8Array.from(png);
    const at = Buffer.from(broken).indexOf("IHDR") + 4 + 13;
    broken[at] = (broken[at] ?? 0) ^ 1;
    expect(typesOf(broken)).toEqual(typesOf(png));
    await expect(pixelsOf(broken)).rejects.toThrow();
  });

  it("attack: lengths that lead out of the file, or around 2^32", () => {
    for (const length of [png.length, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff]) {
      const broken = Uint8Array.from(png);
      new DataView(broken.buffer).setUint32(8, length);
      expect(() => readPngChunks(broken)).toThrow(RangeError);
    }
  });

  it("need a whole PNG from IHDR to IEND to insert into", () => {
    const chunks = readPngChunks(png);
    for (const bytes of [
      new Uint8Array(),
      text("\x89PNG"),
      png.subarray(0, 8),
      png.subarray(0, png.length - 4),
      writePngChunks(chunks.slice(1)),
      writePngChunks(chunks.slice(0, -1)),
      Buffer.concat([text("x"), png]),
    ]) {
      expect(() => insertPngChunks(bytes, [])).toThrow(RangeError);
    }
  });

  it("what stands behind IEND is not kept: it is no part of the picture", () => {
    expect(typesOf(insertPngChunks(Buffer.concat([png, text("<script>")]), [])).at(-1)).toBe("IEND");
    expect(Buffer.from(insertPngChunks(Buffer.concat([png, text("<script>")]), [])).includes("<script>")).toBe(false);
  });

  it("of any bytes end in chunks or a RangeError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
        const bytes = Buffer.concat([png.subarray(0, 8), tail]);
        try {
          for (const { data } of readPngChunks(bytes)) expect(data.length).toBeLessThanOrEqual(tail.length);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});
