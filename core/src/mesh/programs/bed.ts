import { box } from "../kit/box.ts";
import { sphere } from "../kit/lathe.ts";
import { COLOURS, coloured, surface, WOODS } from "../kit/materials.ts";
import { bothSides, move, type Solid, warp } from "../kit/solid.ts";
import { count, defineProgram, metres, oneOf } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Bed: frame with head and foot board, mattress, blanket and pillows; the head at -Z. */
export const bed = defineProgram({
  category: "bed",
  size: [1.9, 2.4],
  parameters: {
    width: metres(0.9, 1.8),
    length: metres(1.95, 2.15),
    height: metres(0.3, 0.5),
    headboard: metres(0.75, 1.2),
    posts: oneOf("plain", "knobs"),
    boards: count(3, 6),
    wood: oneOf(...WOODS),
    blanket: oneOf(...COLOUR_NAMES),
    paint: oneOf("none", ...COLOUR_NAMES),
  },
  build(p, builder) {
    const wood = p.paint === "none" ? surface(p.wood) : coloured(p.paint, "paint");
    const post = 0.08;
    const [x, z] = [p.width / 2 - post / 2, p.length / 2 - post / 2];
    const footboard = p.height + 0.22;
    builder.add("posts", wood, [
      ...bothSides(move(box(post, p.headboard, post, 0.01), x, 0, -z)),
      ...bothSides(move(box(post, footboard, post, 0.01), x, 0, z)),
    ]);
    if (p.posts === "knobs") {
      const knob = sphere(post * 0.55, { segments: 16, rings: 8 });
      builder.add("knobs", wood, [
        ...bothSides(move(knob, x, p.headboard - 0.008, -z)),
        ...bothSides(move(knob, x, footboard - 0.008, z)),
      ]);
    }
    const railY = p.height - 0.16;
    builder.add("rails", wood, bothSides(move(box(0.035, 0.16, p.length - 2 * post + 0.004, 0.006), x, railY, 0)));
    const boards = (height: number, at: number): Solid[] => {
      const wide = (p.width - 2 * post + 0.004) / p.boards;
      const upright = Array.from({ length: p.boards }, (_, k) =>
        move(box(wide - 0.008, height - railY - 0.1, 0.024, 0.005), (k + 0.5 - p.boards / 2) * wide, railY, at),
      );
      return [...upright, move(box(p.width - 2 * post + 0.003, 0.075, 0.045, 0.01), 0, height - 0.105, at)];
    };
    builder.add("headboard", wood, boards(p.headboard, -z));
    builder.add("footboard", wood, boards(footboard, z));
    const [inner, long] = [p.width - 0.085, p.length - 2 * post];
    builder.add("mattress", coloured("white", "fabric"), move(box(inner, 0.2, long, 0.03), 0, p.height - 0.06, 0), 60);
    const cover = box(inner + 0.035, 0.16, long * 0.66, 0.03);
    builder.add("blanket", coloured(p.blanket, "fabric"), move(cover, 0, p.height + 0.008, long * 0.165), 60);
    const pillow = sphere(0.5, { segments: 20, rings: 10 });
    const soft = (wide: number): Solid =>
      warp(pillow, (a, b, c) => {
        // A ball pushed out to a cushion: sides square, top and bottom round.
        const power = (v: number) => Math.sign(v) * Math.abs(v * 2) ** 0.5 * 0.5;
        return [power(a) * wide, power(b - 0.5) * 0.13, power(c) * 0.36];
      });
    const pillows =
      p.width > 1.3
        ? bothSides(move(soft(inner * 0.42), inner * 0.24, p.height + 0.195, -long / 2 + 0.23))
        : [move(soft(inner * 0.66), 0, p.height + 0.195, -long / 2 + 0.23)];
    builder.add("pillows", coloured("white", "fabric"), pillows, 70);
  },
});
