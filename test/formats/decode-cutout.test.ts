import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeCutout } from "../../core/src/formats/decode-cutout.ts";

const options = { max_pixels: 1024 };
const png = (data: Uint8Array, width: number, height: number, channels: 1 | 2 | 3 | 4) =>
  sharp(data, { raw: { width, height, channels } }).png().toBuffer();

describe("decodeCutout", () => {
  it("keeps the colour below transparency and the transparency by itself", async () => {
    const pixels = Uint8Array.of(255, 0, 51, 255, 102, 204, 0, 51, 255, 255, 255, 0);
    const { width, height, colours, alpha } = await decodeCutout(await png(pixels, 3, 1, 4), options);
    expect([width, height]).toEqual([3, 1]);
    expect(Array.from(colours, (value) => Math.round(value * 255))).toEqual([255, 0, 51, 102, 204, 0, 255, 255, 255]);
    expect(Array.from(alpha, (value) => Math.round(value * 255))).toEqual([255, 51, 0]);
  });

  it("gives grey files three equal channels, with and without transparency", async () => {
    const grey = await decodeCutout(await png(Uint8Array.of(0, 51), 2, 1, 1), options);
    expect(Array.from(grey.colours, (value) => Math.round(value * 255))).toEqual([0, 0, 0, 51, 51, 51]);
    expect(Array.from(grey.alpha)).toEqual([1, 1]);
    const { colours, alpha } = await decodeCutout(await png(Uint8Array.of(204, 255, 51, 0), 2, 1, 2), options);
    expect(Array.from(colours, (value) => Math.round(value * 255))).toEqual([204, 204, 204, 51, 51, 51]);
    expect(Array.from(alpha)).toEqual([1, 0]);
  });

  it("takes a photograph for opaque and refuses what is no picture", async () => {
    const jpeg = await sharp({ create: { width: 8, height: 4, channels: 3, background: "#336699" } })
      .jpeg()
      .toBuffer();
    const { alpha, colours } = await decodeCutout(jpeg, options);
    expect(alpha.every((value) => value === 1)).toBe(true);
    expect(colours[2]).toBeCloseTo(0.6, 1);
    await expect(decodeCutout(Uint8Array.of(1, 2, 3), options)).rejects.toMatchObject({ code: "ASSET_UNREADABLE" });
  });
});
