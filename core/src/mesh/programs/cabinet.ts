import { box } from "../kit/box.ts";
import { sphere } from "../kit/lathe.ts";
import { COLOURS, coloured, surface, WOODS } from "../kit/materials.ts";
import { atCorners, move, type Solid } from "../kit/solid.ts";
import { count, defineProgram, metres, oneOf } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Cabinet or chest of drawers on short legs: doors or drawers with knobs. */
export const cabinet = defineProgram({
  category: "cabinet",
  size: [0.7, 2],
  parameters: {
    width: metres(0.7, 1.3),
    height: metres(0.7, 1.9),
    depth: metres(0.38, 0.55),
    front: oneOf("doors", "drawers", "both"),
    columns: count(1, 2),
    drawers: count(2, 5),
    wood: oneOf(...WOODS),
    paint: oneOf("none", ...COLOUR_NAMES),
    knobs: oneOf("brass", "steel", "iron"),
  },
  build(p, builder) {
    const body = p.paint === "none" ? surface(p.wood) : coloured(p.paint, "paint");
    const wood = surface(p.wood);
    const leg = 0.12;
    builder.add("body", body, move(box(p.width, p.height - leg - 0.03, p.depth, 0.006), 0, leg, 0));
    builder.add("top", wood, move(box(p.width + 0.04, 0.032, p.depth + 0.03, 0.008), 0, p.height - 0.031, 0.005));
    const x = p.width / 2 - 0.035;
    builder.add("legs", wood, atCorners(box(0.05, leg + 0.004, 0.05, 0.006), x, p.depth / 2 - 0.035));
    const face = p.depth / 2 - 0.004;
    const fronts: Solid[] = [];
    const knobs: Solid[] = [];
    const knob = sphere(0.017, { segments: 14, rings: 8 });
    const knobAt = (kx: number, ky: number) => knobs.push(move(knob, kx, ky - 0.017, face + 0.034));
    const panel = (px: number, y: number, width: number, height: number, raised: boolean) => {
      fronts.push(move(box(width - 0.012, height - 0.012, 0.024, 0.006), px, y + 0.006, face + 0.012));
      if (raised) fronts.push(move(box(width - 0.14, height - 0.15, 0.012, 0.005), px, y + 0.075, face + 0.027));
    };
    const low = leg + 0.02;
    const high = p.height - 0.05;
    const split = p.front === "doors" ? high : p.front === "drawers" ? low : low + (high - low) * 0.66;
    const wide = (p.width - 0.03) / p.columns;
    for (let column = 0; column < p.columns; column += 1) {
      const px = (column + 0.5 - p.columns / 2) * wide;
      if (split > low) {
        panel(px, low, wide, split - low, true);
        const side = p.columns === 1 || column === 0 ? 1 : -1;
        knobAt(px + side * (wide / 2 - 0.045), (low + split) / 2);
      }
      const rows = p.front === "both" ? 1 : p.drawers;
      if (split < high) {
        for (let row = 0; row < rows; row += 1) {
          const height = (high - split) / rows;
          panel(px, split + row * height, wide, height, false);
          const middle = split + (row + 0.5) * height;
          if (wide > 0.75) {
            knobAt(px - wide * 0.25, middle);
            knobAt(px + wide * 0.25, middle);
          } else knobAt(px, middle);
        }
      }
    }
    builder.add("fronts", body, fronts);
    builder.add("knobs", surface(p.knobs), knobs, 60);
  },
});
