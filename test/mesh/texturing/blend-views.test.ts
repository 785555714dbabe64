import { describe, expect, it } from "vitest";
import { drawView } from "../../../core/src/mesh/texturing/draw-view.ts";
import { finishTexture } from "../../../core/src/mesh/texturing/finish-texture.ts";
import { layView } from "../../../core/src/mesh/texturing/lay-view.ts";
import { lookAtPaint } from "../../../core/src/mesh/texturing/look-at-paint.ts";
import { matchColours } from "../../../core/src/mesh/texturing/match-colours.ts";
import { measureSeams } from "../../../core/src/mesh/texturing/measure-seams.ts";
import { emptyPaint } from "../../../core/src/mesh/texturing/paint.ts";
import { findPaintTexels } from "../../../core/src/mesh/texturing/paint-texels.ts";
import { repaintMask } from "../../../core/src/mesh/texturing/repaint-mask.ts";
import { aimCamera } from "../../../core/src/mesh/texturing/view-camera.ts";
import { measureView } from "../../../core/src/mesh/texturing/view-shape.ts";
import { makeSurface } from "./surfaces.ts";

const SIZE = 192;
const STRIPS = 24;
/** Half a pipe that stands upright and bulges towards +Z, its texture unrolled. */
const pipe = makeSurface(
  Array.from({ length: STRIPS }, (_, index) => {
    const corner = (step: number) => {
      const angle = ((step / STRIPS - 0.5) * Math.PI) as number;
      return [Math.sin(angle), Math.cos(angle)] as const;
    };
    const [[x, z], [x2, z2]] = [corner(index), corner(index + 1)];
    return {
      from: [x, -1, z] as const,
      across: [x2 - x, 0, z2 - z] as const,
      up: [0, 2, 0] as const,
      uv: [index / STRIPS, 0, (index + 1) / STRIPS, 1] as const,
    };
  }),
);

/** Paints the pipe from the left and the right; the right picture is lighter and redder by `offset`. */
function paintPipe(offset: number, isMatched: boolean) {
  const texels = findPaintTexels(pipe, 128);
  const paint = emptyPaint(texels);
  for (const [index, side] of [-1, 1].entries()) {
    const camera = aimCamera(pipe, [side * 0.7, 0.1, 0.7], SIZE);
    const buffer = drawView(pipe, camera);
    const shape = measureView(pipe, camera, buffer);
    const look = lookAtPaint(pipe, texels, paint, buffer);
    const repaint = repaintMask(camera, buffer, shape, look);
    const raw = new Float32Array(SIZE * SIZE * 3).fill(0.4);
    if (index === 1) for (let at = 0; at < raw.length; at += 1) raw[at] = 0.4 + (at % 3 === 0 ? 1.5 : 1) * offset;
    const picture = isMatched ? matchColours(raw, SIZE, repaint, look, shape) : raw;
    layView(pipe, texels, paint, index, { camera, buffer, shape, picture, opacity: repaint.opacity });
  }
  return { texels, paint };
}

describe("views laid on a surface", () => {
  it("meet without a step that an eye could see, though their light differs", () => {
    const { texels, paint } = paintPipe(0.1, true);
    const { pairs, p95 } = measureSeams(texels, paint);
    expect(pairs).toBeGreaterThan(60);
    // ΔE of 2.3 is a just noticeable difference.
    expect(p95).toBeLessThan(1);
  });

  it("would step without matching, even where they are mixed", () => {
    const { texels, paint } = paintPipe(0.1, false);
    expect(measureSeams(texels, paint).p95).toBeGreaterThan(1.5);
  });

  it("keep what the first view sees well, and paint the rest", () => {
    const { texels, paint } = paintPipe(0, true);
    const views = [...paint.view];
    const columnOf = (row: number) => (texels.covered[row] as number) % 128;
    for (const [row, view] of views.entries()) {
      if (columnOf(row) > 4 && columnOf(row) < 48) expect(view).toBe(0);
      if (columnOf(row) > 90 && columnOf(row) < 123) expect(view).toBe(1);
    }
  });

  it("give a texture without holes", () => {
    const { texels, paint } = paintPipe(0, true);
    const { data, width, channels } = finishTexture(texels, paint, 0);
    expect([width, channels]).toEqual([128, 3]);
    // 0.4 of 255 everywhere, whatever the weights were.
    const painted = texels.covered.filter((_, row) => (paint.weight[row] as number) > 0);
    for (const texel of painted) expect(Math.abs((data[texel * 3] as number) - 102)).toBeLessThanOrEqual(1);
    expect(painted.length / texels.covered.length).toBeGreaterThan(0.93);
  });
});
