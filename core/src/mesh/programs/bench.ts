import { box } from "../kit/box.ts";
import { COLOURS, coloured, surface, WOODS } from "../kit/materials.ts";
import { bothSides, move, type Solid, turn } from "../kit/solid.ts";
import { count, defineProgram, metres, oneOf } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Park bench: planks on side frames of wood, iron or stone, with or without a back. */
export const bench = defineProgram({
  category: "bench",
  size: [0.95, 2.1],
  parameters: {
    length: metres(1, 2),
    depth: metres(0.36, 0.5),
    height: metres(0.4, 0.48),
    planks: count(3, 5),
    back: oneOf("yes", "no"),
    frame: oneOf("wood", "iron", "stone"),
    wood: oneOf(...WOODS),
    paint: oneOf("none", ...COLOUR_NAMES),
  },
  build(p, builder) {
    const plank = p.paint === "none" ? surface(p.wood) : coloured(p.paint, "paint");
    const frame = p.frame === "wood" ? surface(p.wood) : surface(p.frame);
    const thick = p.frame === "stone" ? 0.14 : p.frame === "iron" ? 0.05 : 0.085;
    const gap = 0.012;
    const board = (p.depth - gap * (p.planks - 1)) / p.planks;
    const seat: Solid[] = [];
    for (let at = 0; at < p.planks; at += 1) {
      const z = -p.depth / 2 + board / 2 + at * (board + gap);
      seat.push(move(box(p.length, 0.042, board, 0.008), 0, p.height - 0.042, z));
    }
    builder.add("seat", plank, seat);
    const x = p.length / 2 - thick / 2 - p.length * 0.08;
    const under = p.height - 0.0425;
    if (p.frame === "stone") {
      builder.add("blocks", frame, bothSides(move(box(thick, under, p.depth * 0.86, 0.02), x, 0, 0)));
    } else {
      const leg = box(thick, under, thick, 0.006);
      const z = p.depth / 2 - thick * 0.6;
      const beam = box(thick * 0.9, thick * 0.9, p.depth * 0.92, 0.006);
      builder.add("frame", frame, [
        ...bothSides(move(leg, x, 0, z)),
        ...bothSides(move(leg, x, 0, -z)),
        ...bothSides(move(beam, x, under - thick * 0.92, 0)),
      ]);
    }
    if (p.back === "no") return;
    const lean = (solid: Solid) => move(turn(solid, "x", -12), 0, p.height - 0.06, -p.depth / 2 + 0.005);
    const post = box(thick * 0.8, 0.48, 0.035, 0.006);
    builder.add("posts", frame, bothSides(move(post, x, 0, -0.036)).map(lean));
    const rows = p.planks - 1;
    const backs = Array.from({ length: rows }, (_, at) =>
      move(box(p.length, 0.32 / rows - gap, 0.026, 0.006), 0, 0.15 + (at * 0.32) / rows, -0.006),
    );
    builder.add("back", plank, backs.map(lean));
  },
});
