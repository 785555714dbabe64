import { describe, expect, it } from "vitest";
import { fillUnpainted } from "../../../core/src/mesh/texturing/fill-unpainted.ts";
import { emptyPaint, layColour } from "../../../core/src/mesh/texturing/paint.ts";

describe("fillUnpainted", () => {
  it("takes the colours of what is near in space", () => {
    const count = 101;
    const positions = Float32Array.from({ length: count * 3 }, (_, at) =>
      at % 3 === 0 ? Math.floor(at / 3) / 100 : 0,
    );
    const paint = emptyPaint({ triangle: new Uint32Array(count) });
    for (let row = 0; row < 30; row += 1) layColour(paint, row, 0, 0.5, 1, [1, 0, 0]);
    for (let row = 70; row < count; row += 1) layColour(paint, row, 1, 0.9, 1, [0, 0, 1]);
    expect(fillUnpainted({ positions }, paint)).toBe(40);
    const red = (row: number) => (paint.sum[row * 3] as number) / (paint.weight[row] as number);
    expect(red(32)).toBeGreaterThan(0.95);
    expect(red(67)).toBeLessThan(0.05);
    expect(red(10)).toBeCloseTo(1, 6);
    for (let row = 0; row < count; row += 1) {
      const sum = [0, 1, 2].reduce((total, k) => total + (paint.sum[row * 3 + k] as number), 0);
      expect(sum / (paint.weight[row] as number)).toBeCloseTo(1, 5);
    }
  });

  it("fills nothing where nothing is painted", () => {
    const paint = emptyPaint({ triangle: new Uint32Array(3) });
    expect(fillUnpainted({ positions: new Float32Array(9) }, paint)).toBe(0);
    expect([...paint.weight]).toEqual([0, 0, 0]);
  });
});
