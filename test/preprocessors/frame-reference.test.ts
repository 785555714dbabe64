import { describe, expect, it } from "vitest";
import { frameReference, type ReferenceFrame } from "../../core/src/preprocessors/frame-reference.ts";
import type { CutoutImage } from "../../core/src/tensor/image.ts";

const FRAME: ReferenceFrame = { size: 40, background: [0.5, 0.5, 0.5], foreground_ratio: 0.8, resample: "linear" };

/** A red box of some pixels within a transparent green picture of 100 × 60. */
function box(left: number, top: number, width: number, height: number, opacity = 1): CutoutImage {
  const colours = new Float32Array(100 * 60 * 3);
  const alpha = new Float32Array(100 * 60);
  for (let pixel = 0; pixel < alpha.length; pixel++) {
    const [x, y] = [pixel % 100, Math.floor(pixel / 100)];
    const inside = x >= left && x < left + width && y >= top && y < top + height;
    colours.set(inside ? [1, 0, 0] : [0, 1, 0], pixel * 3);
    alpha[pixel] = inside ? opacity : 0;
  }
  return { width: 100, height: 60, colours, alpha };
}

const pixelAt = (image: { data: Float32Array } | undefined, x: number, y: number) =>
  Array.from(image?.data.subarray((y * 40 + x) * 3, (y * 40 + x) * 3 + 3) ?? []);

describe("frameReference", () => {
  it("puts the thing into the middle, its longer side at the share of the square", () => {
    // 32 wide of side 40: scaled by 1; 16 high: rows 12 to 27.
    const framed = frameReference(box(61, 5, 32, 16), FRAME);
    expect([framed?.width, framed?.height]).toEqual([40, 40]);
    for (let y = 0; y < 40; y++) {
      for (let x = 0; x < 40; x++) {
        const inside = x >= 4 && x < 36 && y >= 12 && y < 28;
        expect(pixelAt(framed, x, y), `${x}, ${y}`).toEqual(inside ? [1, 0, 0] : [0.5, 0.5, 0.5]);
      }
    }
  });

  it("scales large and small things alike", () => {
    const large = frameReference(box(2, 2, 50, 50), FRAME);
    const small = frameReference(box(70, 20, 20, 20), FRAME);
    for (const at of [4, 20, 35]) expect(pixelAt(large, at, 20)[0]).toBeGreaterThan(0.7);
    expect(pixelAt(large, 20, 20)).toEqual(pixelAt(small, 20, 20));
    expect(pixelAt(large, 1, 20)).toEqual([0.5, 0.5, 0.5]);
    expect(pixelAt(small, 1, 20)).toEqual([0.5, 0.5, 0.5]);
  });

  it("mixes half transparent pixels with the background and passes over dust", () => {
    expect(pixelAt(frameReference(box(10, 10, 20, 20, 0.5), FRAME), 20, 20)).toEqual([0.75, 0.25, 0.25]);
    const dusty = box(10, 10, 20, 20);
    dusty.alpha[59 * 100 + 99] = 0.02;
    expect(frameReference(dusty, FRAME)?.data).toEqual(frameReference(box(10, 10, 20, 20), FRAME)?.data);
  });

  it("takes an opaque picture as it is, filled up to a square with the background", () => {
    const opaque = box(0, 0, 100, 60);
    const framed = frameReference({ ...opaque, alpha: opaque.alpha.fill(1) }, FRAME);
    // 100 × 60 in a square of 100: 8 rows of 40 above and below.
    expect(pixelAt(framed, 20, 6)).toEqual([0.5, 0.5, 0.5]);
    expect(pixelAt(framed, 0, 20)).toEqual([1, 0, 0]);
    expect(pixelAt(framed, 39, 20)).toEqual([1, 0, 0]);
  });

  it("has nothing to show of an invisible picture", () => {
    expect(frameReference(box(0, 0, 0, 0), FRAME)).toBeUndefined();
  });
});
