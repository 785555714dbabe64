import { box } from "../kit/box.ts";
import { cylinder, sphere } from "../kit/lathe.ts";
import { COLOURS, coloured, surface, WOODS } from "../kit/materials.ts";
import { bothSides, move, type Solid, stretch, turn } from "../kit/solid.ts";
import { count, defineProgram, metres, oneOf } from "./program.ts";
import { spokedWheel } from "./wheel.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Two-wheeled cart, its shafts to +Z: bed of planks, side boards, spoked wheels, perhaps a load. */
export const cart = defineProgram({
  category: "cart",
  size: [1.8, 4],
  parameters: {
    length: metres(1.2, 2),
    width: metres(0.75, 1.2),
    wheel: metres(0.32, 0.55),
    sides: metres(0.18, 0.42),
    planks: count(2, 4),
    spokes: count(6, 12),
    load: oneOf("none", "sacks", "hay"),
    wood: oneOf(...WOODS),
    paint: oneOf("none", ...COLOUR_NAMES),
  },
  build(p, builder) {
    const wood = surface(p.wood);
    const boardStuff = p.paint === "none" ? wood : coloured(p.paint, "paint");
    const bedY = p.wheel + 0.08;
    builder.add("bed", wood, move(box(p.width, 0.05, p.length, 0.01), 0, bedY, 0));
    const tall = p.sides / p.planks;
    const sides: Solid[] = [];
    for (let at = 0; at < p.planks; at += 1) {
      const y = bedY + 0.052 + at * tall;
      sides.push(...bothSides(move(box(0.025, tall - 0.012, p.length, 0.005), p.width / 2 - 0.02, y, 0)));
      for (const z of [-1, 1])
        sides.push(move(box(p.width - 0.07, tall - 0.012, 0.025, 0.005), 0, y, z * (p.length / 2 - 0.014)));
    }
    builder.add("sides", boardStuff, sides);
    const post = box(0.05, p.sides + 0.12, 0.045, 0.008);
    builder.add(
      "posts",
      wood,
      [-0.42, 0, 0.42].flatMap((at) => bothSides(move(post, p.width / 2 + 0.014, bedY - 0.03, at * p.length))),
    );
    const shaft = box(0.055, 0.055, p.length * 0.95, 0.012);
    builder.add("shafts", wood, bothSides(move(turn(shaft, "x", 3), p.width * 0.34, bedY - 0.045, p.length * 0.86)));
    builder.add(
      "crossbar",
      wood,
      move(
        turn(cylinder(0.024, p.width * 0.84, { segments: 12, bevel: 0.006 }), "z", 90),
        p.width * 0.42,
        bedY - 0.06,
        p.length * 1.27,
      ),
    );
    const wheel = spokedWheel(p.wheel, 0.075, p.spokes);
    const x = p.width / 2 + 0.11;
    const place = (solid: Solid) => bothSides(move(solid, x, p.wheel, -p.length * 0.06));
    builder.add("rims", wood, place(wheel.rim));
    builder.add("spokes", wood, wheel.spokes.flatMap(place));
    builder.add("hubs", wood, place(wheel.hub));
    builder.add("tyres", surface("iron"), place(wheel.tyre));
    const axle = turn(cylinder(0.03, 2 * x, { segments: 12 }), "z", 90);
    builder.add("axle", surface("iron"), move(axle, x, p.wheel, -p.length * 0.06));
    builder.add("axle block", wood, move(box(p.width * 0.8, 0.09, 0.11, 0.012), 0, bedY - 0.085, -p.length * 0.06));
    if (p.load === "sacks") {
      const r = p.width * 0.2;
      const sack = stretch(sphere(r, { segments: 14, rings: 10 }), 1, 1.15, 0.85);
      const places = [
        [-0.24, -0.25],
        [0.22, -0.2],
        [-0.05, 0.22],
      ] as const;
      builder.add(
        "sacks",
        surface("rope"),
        places.map(([sx, sz], at) => move(turn(sack, "y", at * 40), sx * p.width, bedY + 0.03, sz * p.length)),
        50,
      );
    }
    if (p.load === "hay") {
      const heap = stretch(sphere(0.5, { segments: 14, rings: 10 }), p.width * 0.9, p.sides * 2.6, p.length * 0.92);
      builder.add("hay", surface("thatch"), move(heap, 0, bedY + 0.06 - p.sides * 0.5, 0), 25);
    }
  },
});
