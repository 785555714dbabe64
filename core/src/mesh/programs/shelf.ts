import { box } from "../kit/box.ts";
import { COLOURS, coloured, surface, WOODS } from "../kit/materials.ts";
import { bothSides, move, type Solid, turn } from "../kit/solid.ts";
import { count, defineProgram, metres, oneOf } from "./program.ts";

const SPINES = ["red", "blue", "green", "brown", "teal", "purple", "yellow"] as const;

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Bookshelf: sides, boards and back, empty or with books. */
export const shelf = defineProgram({
  category: "shelf",
  size: [0.85, 2.2],
  parameters: {
    width: metres(0.6, 1.2),
    height: metres(0.9, 2.1),
    depth: metres(0.24, 0.36),
    boards: count(3, 6),
    back: oneOf("yes", "no"),
    books: oneOf("none", "some", "full"),
    wood: oneOf(...WOODS),
    paint: oneOf("none", ...COLOUR_NAMES),
  },
  build(p, builder) {
    const wood = p.paint === "none" ? surface(p.wood) : coloured(p.paint, "paint");
    const side = 0.028;
    builder.add("sides", wood, bothSides(move(box(side, p.height, p.depth, 0.004), p.width / 2 - side / 2, 0, 0)));
    const inner = p.width - 2 * side + 0.002;
    const foot = 0.07;
    const gap = (p.height - foot - 0.024 - 0.012) / (p.boards - 1);
    const heights = Array.from({ length: p.boards }, (_, at) => foot + at * gap);
    builder.add(
      "boards",
      wood,
      heights.map((y) => move(box(inner, 0.024, p.depth - 0.012, 0.003), 0, y, 0.003)),
    );
    builder.add("plinth", wood, move(box(inner, foot - 0.001, 0.02, 0.003), 0, 0, p.depth / 2 - 0.03));
    if (p.back === "yes")
      builder.add(
        "back",
        wood,
        move(box(inner, p.height - foot - 0.02, 0.01, 0), 0, foot + 0.004, -p.depth / 2 + 0.008),
      );
    if (p.books === "none") return;
    const books = new Map<string, Solid[]>(SPINES.map((colour) => [colour, []]));
    let turnOf = 0;
    for (const y of heights.slice(0, -1)) {
      let x = -inner / 2 + 0.012;
      const end = p.books === "full" ? inner / 2 - 0.06 : inner * (0.05 + 0.3 * Math.sin(y * 9));
      while (x < end) {
        // A fixed, uneven row: thickness and height run through different circles.
        turnOf += 1;
        const thick = 0.022 + 0.02 * ((turnOf * 0.618) % 1);
        const tall = (gap - 0.03) * (0.68 + 0.24 * ((turnOf * 0.414) % 1));
        const deep = Math.min(p.depth * 0.72, tall * 0.8);
        const book = box(thick - 0.002, tall, deep, 0.002);
        books
          .get(SPINES[turnOf % SPINES.length] as string)
          ?.push(move(book, x + thick / 2, y + 0.0241, p.depth / 2 - 0.03 - deep / 2));
        x += thick;
      }
      if (p.books === "some" && end < inner / 2 - 0.2) {
        const leaning = turn(box(0.03, (gap - 0.03) * 0.8, p.depth * 0.6, 0.002), "z", 14);
        books.get("red")?.push(move(leaning, end + 0.108, y + 0.029, 0));
      }
    }
    for (const colour of SPINES) builder.add(`${colour} books`, coloured(colour, "fabric"), books.get(colour) ?? []);
  },
});
