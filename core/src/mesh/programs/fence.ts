import { box } from "../kit/box.ts";
import { extrude } from "../kit/extrude.ts";
import { COLOURS, coloured, surface, WOODS } from "../kit/materials.ts";
import { move, type Solid } from "../kit/solid.ts";
import { count, defineProgram, metres, oneOf } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Piece of a fence: pickets, rails or planks between two or three posts. */
export const fence = defineProgram({
  category: "fence",
  size: [1.4, 3.4],
  parameters: {
    length: metres(1.5, 3.2),
    height: metres(0.7, 1.4),
    kind: oneOf("pickets", "rails", "planks"),
    tip: oneOf("pointed", "flat", "round"),
    posts: count(2, 3),
    pieces: count(6, 12),
    wood: oneOf(...WOODS),
    paint: oneOf("none", ...COLOUR_NAMES),
  },
  build(p, builder) {
    const wood = p.paint === "none" ? surface(p.wood) : coloured(p.paint, "paint");
    const post = 0.09;
    const places = Array.from({ length: p.posts }, (_, at) => (at / (p.posts - 1) - 0.5) * (p.length - post));
    const posts = places.map((x) => move(box(post, p.height * 1.06, post, 0.012), x, 0, 0));
    builder.add("posts", wood, posts);
    builder.add(
      "caps",
      wood,
      places.map((x) => move(box(post * 1.3, 0.03, post * 1.3, 0.009), x, p.height * 1.06 - 0.002, 0)),
    );
    const rail = (y: number, tall: number) => move(box(p.length - post, tall, 0.035, 0.006), 0, y, 0);
    if (p.kind === "rails") {
      builder.add(
        "rails",
        wood,
        [0.2, 0.52, 0.84].map((at) => rail(p.height * at, 0.11)),
      );
      return;
    }
    builder.add(
      "rails",
      wood,
      [0.2, 0.72].map((at) => rail(p.height * at, 0.075)),
    );
    const gap = p.kind === "planks" ? 0.008 : 0.045;
    const pitch = (p.length - post) / p.pieces;
    const wide = pitch - gap;
    const top = p.height;
    const half = wide / 2;
    const tips: Record<typeof p.tip, [number, number][]> = {
      flat: [
        [half, top],
        [-half, top],
      ],
      pointed: [
        [half, top - half * 1.1],
        [0, top],
        [-half, top - half * 1.1],
      ],
      round: [
        [half, top - half * 0.6],
        [half * 0.7, top - half * 0.15],
        [0, top],
        [-half * 0.7, top - half * 0.15],
        [-half, top - half * 0.6],
      ],
    };
    const picket = extrude([[-half, 0.06], [half, 0.06], ...tips[p.tip]], 0.024, 0.004);
    const pickets: Solid[] = Array.from({ length: p.pieces }, (_, at) =>
      move(picket, (at + 0.5 - p.pieces / 2) * pitch, 0, 0.029),
    );
    builder.add("pickets", wood, pickets, 30);
  },
});
