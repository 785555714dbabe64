import { describe, expect, it } from "vitest";
import { removePlainGround } from "../../core/src/preprocessors/remove-ground.ts";
import type { CutoutImage } from "../../core/src/tensor/image.ts";

/** An opaque picture whose colours are those of a function. */
function draw(width: number, height: number, colourAt: (x: number, y: number) => readonly number[]): CutoutImage {
  const colours = new Float32Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) colours.set(colourAt(x, y), (y * width + x) * 3);
  }
  return { width, height, colours, alpha: new Float32Array(width * height).fill(1) };
}

const WHITE = [1, 1, 1];
const RED = [0.8, 0.1, 0.1];
const centre = (x: number, y: number) => Math.hypot(x - 15.5, y - 11.5);

describe("removePlainGround", () => {
  it("takes away the ground and keeps what is enclosed by the thing, though it has the ground's colour", () => {
    // A ring: red between 5 and 9 pixels from the middle.
    const ring = draw(32, 24, (x, y) => (centre(x, y) > 5 && centre(x, y) < 9 ? RED : WHITE));
    const found = removePlainGround(ring);
    for (let y = 0; y < 24; y++) {
      for (let x = 0; x < 32; x++) {
        expect(found?.alpha[y * 32 + x], `${x}, ${y}`).toBe(centre(x, y) < 9 ? 1 : 0);
      }
    }
    expect(Array.from(found?.colours.subarray((12 * 32 + 9) * 3, (12 * 32 + 9) * 3 + 3) ?? [])).toEqual(
      Array.from(Float32Array.from(RED)),
    );
  });

  it("makes the soft edge half transparent, in the thing's own colour", () => {
    const edge = 0.1;
    const mixed = WHITE.map((ground, k) => ground + edge * ((RED[k] ?? 0) - ground));
    const soft = draw(32, 24, (x) => (x < 12 || x > 20 ? WHITE : x === 12 || x === 20 ? mixed : RED));
    const row = draw(32, 24, (x, y) => (y < 3 || y > 20 ? WHITE : Array.from(soft.colours.slice(x * 3, x * 3 + 3))));
    const found = removePlainGround(row);
    const at = 12 * 32 + 12;
    // 0.09 off the ground lies two thirds of the way from 0.03 to 0.12.
    expect(found?.alpha[at]).toBeCloseTo(2 / 3, 5);
    const [alpha = 0] = [found?.alpha[at]];
    const back = Array.from(found?.colours.subarray(at * 3, at * 3 + 3) ?? [], (v) => alpha * v + (1 - alpha));
    for (const [k, value] of back.entries()) expect(value).toBeCloseTo(mixed[k] ?? 9, 5);
  });

  it("bears noise of a photographed backdrop", () => {
    const noisy = draw(32, 24, (x, y) =>
      (centre(x, y) < 7 ? RED : [0.5, 0.5, 0.5]).map((v) => v + 0.02 * Math.sin(x * 12.9 + y * 78.2)),
    );
    const alpha = removePlainGround(noisy)?.alpha ?? [];
    expect(
      Array.from(alpha).every((value, i) => (centre(i % 32, Math.floor(i / 32)) < 7 ? value === 1 : value === 0)),
    ).toBe(true);
  });

  it("gives up on a landscape and on an empty page", () => {
    expect(removePlainGround(draw(32, 24, (x, y) => [x / 32, y / 24, 0.5]))).toBeUndefined();
    expect(removePlainGround(draw(32, 24, () => WHITE))).toBeUndefined();
  });
});
