import { describe, expect, it } from "vitest";
import { matchColours } from "../../../core/src/mesh/texturing/match-colours.ts";

const SIZE = 64;
const PIXELS = SIZE * SIZE;
/** Left of column 24 something is painted; a picture of the whole view has fine stripes. */
const stripes = Float32Array.from({ length: PIXELS * 3 }, (_, at) => 0.45 + 0.1 * (Math.floor(at / 3) % 2));
const isOld = (pixel: number) => pixel % SIZE < 24;
function match(offset: number) {
  const look = {
    colour: stripes.map((value, at) => (isOld(Math.floor(at / 3)) ? value + offset : 0)),
    painted: Float32Array.from({ length: PIXELS }, (_, pixel) => (isOld(pixel) ? 1 : 0)),
    quality: new Float32Array(PIXELS).fill(0.6),
  };
  const opacity = Float32Array.from({ length: PIXELS }, (_, pixel) =>
    Math.min(1, Math.max(0, ((pixel % SIZE) - 14) / 10)),
  );
  const repaint = { mask: new Uint8Array(PIXELS).fill(1), opacity, start: new Float32Array(PIXELS * 3) };
  const shape = {
    normals: new Float32Array(0),
    facing: new Float32Array(PIXELS).fill(1),
    rim: new Float32Array(PIXELS).fill(20),
  };
  return matchColours(stripes, SIZE, repaint, look, shape);
}

describe("matchColours", () => {
  it("takes away a step to what was painted before, and keeps the detail", () => {
    const matched = match(0.12);
    for (let at = 0; at < PIXELS * 3; at += 1) {
      if (Math.floor(at / 3) % SIZE < 15) continue;
      expect(matched[at]).toBeCloseTo((stripes[at] as number) + 0.12, 2);
    }
  });

  it("moves no colour farther than a difference of light explains", () => {
    const matched = match(-0.45);
    const moved = Math.max(...matched.map((value, at) => Math.abs(value - (stripes[at] as number))));
    expect(moved).toBeLessThanOrEqual(0.3 + 1e-6);
  });

  it("leaves a picture alone that has nothing in common with the others", () => {
    const nothing = {
      colour: new Float32Array(PIXELS * 3),
      painted: new Float32Array(PIXELS),
      quality: new Float32Array(PIXELS),
    };
    const opacity = new Float32Array(PIXELS).fill(1);
    const repaint = { mask: new Uint8Array(PIXELS).fill(1), opacity, start: new Float32Array(PIXELS * 3) };
    const rim = new Float32Array(PIXELS).fill(20);
    expect(matchColours(stripes, SIZE, repaint, nothing, { normals: rim, facing: rim, rim })).toEqual(stripes);
  });
});
