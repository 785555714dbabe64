import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../core/src/formats/decode-image.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";

const options = { max_pixels: 1024 * 1024 };
const raw = (data: Uint8Array | Uint16Array, width: number, height: number, channels: 1 | 2 | 3 | 4) =>
  sharp(data, { raw: { width, height, channels } });

/** What decodeImage throws. */
async function refusal(bytes: Uint8Array, max_pixels = options.max_pixels): Promise<CoreError> {
  const error: unknown = await decodeImage(bytes, { max_pixels }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CoreError)) throw new Error(`expected a CoreError, met ${String(error)}`);
  return error;
}

/** A PNG of 8-bit grey that announces a size and holds hardly anything. */
function bomb(width: number, height: number): Uint8Array {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.alloc(1000))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

describe("decodeImage", () => {
  it("keeps all 16 bits of a grey PNG", async () => {
    const values = Uint16Array.of(0, 1, 255, 256, 32767, 65535);
    const png = await raw(values, 3, 2, 1).toColourspace("grey16").png().toBuffer();
    const image = await decodeImage(png, options);
    expect([image.width, image.height, image.channels]).toEqual([3, 2, 1]);
    expect([...image.data].map((value) => Math.round(value * 65535))).toEqual([...values]);
  });

  it("keeps all 16 bits of an RGB PNG", async () => {
    const values = Uint16Array.from({ length: 12 }, (_, i) => i * 5001 + 3);
    const image = await decodeImage(await raw(values, 2, 2, 3).toColourspace("rgb16").png().toBuffer(), options);
    expect(image.channels).toBe(3);
    expect([...image.data].map((value) => Math.round(value * 65535))).toEqual([...values]);
  });

  it("gives the exact bytes of an 8-bit PNG, palette and lossless WebP", async () => {
    const values = Uint8Array.of(10, 20, 30, 255, 0, 1, 7, 77, 177, 0, 0, 0);
    const files = [
      await raw(values, 2, 2, 3).png().toBuffer(),
      await raw(values, 2, 2, 3).png({ palette: true, dither: 0 }).toBuffer(),
      await raw(values, 2, 2, 3).webp({ lossless: true }).toBuffer(),
    ];
    for (const file of files) {
      expect([...(await decodeImage(file, options)).data].map((value) => value * 255)).toEqual(
        [...values].map((v) => Math.fround(v / 255) * 255),
      );
    }
  });

  it("keeps the numbers of a data file that carries a colour profile", async () => {
    const values = Uint8Array.of(200, 40, 90);
    const tagged = await raw(values, 1, 1, 3).withIccProfile("p3", { attach: true }).png().toBuffer();
    const stored = await sharp(tagged, { ignoreIcc: true }).raw().toBuffer();
    expect([...(await decodeImage(tagged, options)).data].map((v) => Math.round(v * 255))).toEqual([...stored]);
    const picture = await decodeImage(tagged, { ...options, meaning: "picture" });
    expect([...picture.data].every((v, i) => Math.abs(v * 255 - (values[i] ?? 0)) <= 2)).toBe(true);
    expect([...stored]).not.toEqual([...values]);
  });

  it("lays transparency over black", async () => {
    const image = await decodeImage(
      await raw(Uint8Array.of(255, 100, 50, 51, 9, 9, 9, 0), 2, 1, 4)
        .png()
        .toBuffer(),
      options,
    );
    expect([...image.data].map((value) => Math.round(value * 255))).toEqual([51, 20, 10, 0, 0, 0]);
  });

  it("turns a JPEG upright by its EXIF orientation", async () => {
    const values = new Uint8Array(16 * 8 * 3).map((_, i) => (i % 48 < 24 ? 255 : 0));
    const jpeg = await raw(values, 16, 8, 3).withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toBuffer();
    const image = await decodeImage(jpeg, options);
    expect([image.width, image.height]).toEqual([8, 16]);
    // Turned a quarter to the right: the bright left half is on top.
    expect(image.data[0]).toBeGreaterThan(0.9);
    expect(image.data[image.data.length - 1]).toBeLessThan(0.1);
  });

  it.each(["png", "jpeg", "webp"] as const)("refuses a %s file that was cut off", async (format) => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251);
    const whole = await raw(noise, 64, 64, 3).toFormat(format).toBuffer();
    await expect(decodeImage(whole, options)).resolves.toMatchObject({ width: 64, height: 64 });
    const error = await refusal(whole.subarray(0, Math.floor(whole.length * 0.6)));
    expect(error.code).toBe("ASSET_UNREADABLE");
    expect(error.message).toMatch(/damaged|no picture/);
  });

  it.each([
    ["an empty file", new Uint8Array(0)],
    ["text", Buffer.from("not a picture")],
    ["a PNG signature alone", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)],
    ["SVG", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
  ])("refuses %s", async (_, bytes) => {
    const error = await refusal(bytes);
    expect(error.code).toBe("ASSET_UNREADABLE");
    expect(error.message).toContain("PNG, JPEG or WebP");
  });

  it("refuses a decompression bomb by its header, in no time", async () => {
    const started = performance.now();
    const error = await refusal(bomb(60_000, 60_000));
    expect(performance.now() - started).toBeLessThan(500);
    expect(error.message).toContain("60000 × 60000");
    expect(error.data).toEqual({ width: 60_000, height: 60_000, max_pixels: options.max_pixels });
  });
});
