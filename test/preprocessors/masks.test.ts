import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstOfCell, maskOfColor, maskOfPicture, meanByCell } from "../../core/src/preprocessors/masks.ts";
import type { FloatImage } from "../../core/src/tensor/image.ts";

const hex = (color: readonly number[]) => `#${color.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;

const byte = fc.integer({ min: 0, max: 255 });
const color = fc.tuple(byte, byte, byte);
/** A segmentation map of up to 6 ids at any size, and the id of each pixel. */
const segmentation = fc
  .record({
    width: fc.integer({ min: 1, max: 12 }),
    height: fc.integer({ min: 1, max: 12 }),
    palette: fc.uniqueArray(color, { minLength: 1, maxLength: 6, selector: hex }),
    picks: fc.infiniteStream(fc.nat()),
  })
  .map(({ width, height, palette, picks }) => {
    const ids = Array.from({ length: width * height }, () => (picks.next().value ?? 0) % palette.length);
    const data = Float32Array.from(ids.flatMap((id) => palette[id] ?? []).map((value) => value / 255));
    const image: FloatImage = { width, height, channels: 3, data };
    return { image, ids, palette };
  });

describe("maskOfColor", () => {
  it("finds every pixel of an id and none of another", () => {
    fc.assert(
      fc.property(segmentation, ({ image, ids, palette }) => {
        for (const [id, idColor] of palette.entries()) {
          const mask = maskOfColor(image, hex(idColor), image.width, image.height);
          expect([...mask]).toEqual(ids.map((pixel) => (pixel === id ? 1 : 0)));
        }
      }),
    );
  });

  it("splits the picture at any size: each pixel belongs to one id", () => {
    const size = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(segmentation, size, size, ({ image, palette }, width, height) => {
        const masks = palette.map((idColor) => maskOfColor(image, hex(idColor), width, height));
        for (let i = 0; i < width * height; i++) expect(masks.reduce((sum, mask) => sum + (mask[i] ?? 0), 0)).toBe(1);
      }),
    );
  });

  it("takes no neighbouring colour", () => {
    const image: FloatImage = {
      width: 2,
      height: 1,
      channels: 3,
      data: Float32Array.of(16, 32, 48, 16, 32, 49).map((v) => v / 255),
    };
    expect([...maskOfColor(image, "#102030", 2, 1)]).toEqual([1, 0]);
    expect([...maskOfColor(image, "#102031", 2, 1)]).toEqual([0, 1]);
  });
});

describe("meanByCell", () => {
  it("keeps the covered area", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 4, 8),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(),
        (factor, w, h, seed) => {
          const mask = Float32Array.from({ length: w * h * factor * factor }, (_, i) =>
            (i * 7919 + seed) % 5 < 2 ? 1 : 0,
          );
          const cells = meanByCell(mask, w * factor, h * factor, factor);
          expect(cells).toHaveLength(w * h);
          const area = cells.reduce((sum, value) => sum + value, 0) * factor * factor;
          expect(area).toBeCloseTo(
            mask.reduce((sum, value) => sum + value, 0),
            3,
          );
        },
      ),
    );
  });

  it("gives a cell that is half inside a half", () => {
    expect([...meanByCell(Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0), 4, 2, 2)]).toEqual([0.5, 0]);
  });
});

describe("firstOfCell", () => {
  it("takes the upper left pixel, as torch's nearest interpolation does", () => {
    expect([...firstOfCell(Float32Array.of(1, 0, 0, 1, 0, 0, 1, 1), 4, 2, 2)]).toEqual([1, 0]);
  });
});

describe("maskOfPicture", () => {
  it("reads white as inside and RGB by its mean", () => {
    const rgb: FloatImage = { width: 2, height: 1, channels: 3, data: Float32Array.of(1, 1, 1, 0.3, 0, 0) };
    const mask = maskOfPicture(rgb, 2, 1);
    expect(mask[0]).toBe(1);
    expect(mask[1]).toBeCloseTo(0.1, 6);
  });
});
