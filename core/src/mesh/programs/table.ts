import { box } from "../kit/box.ts";
import { cylinder, lathe } from "../kit/lathe.ts";
import { COLOURS, coloured, stuffOf, surface, WOODS } from "../kit/materials.ts";
import { atCorners, move, type Solid, taper, turn } from "../kit/solid.ts";
import { defineProgram, metres, oneOf } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Table: a rectangular top on four legs or trestles, or a round one on a turned column. */
export const table = defineProgram({
  category: "table",
  size: [0.7, 2.2],
  parameters: {
    length: metres(0.8, 2.1),
    width: metres(0.6, 0.95),
    height: metres(0.45, 0.78),
    base: oneOf("legs", "trestle", "column"),
    thickness: metres(0.025, 0.05),
    wood: oneOf(...WOODS),
    top: oneOf("wood", "stone", "slate"),
    paint: oneOf("none", ...COLOUR_NAMES),
    legStuff: oneOf("same", "iron", "steel", ...WOODS, ...COLOUR_NAMES),
  },
  build(p, builder) {
    const wood = p.paint === "none" ? surface(p.wood) : coloured(p.paint, "paint");
    const legStuff = p.legStuff === "same" ? wood : stuffOf(p.legStuff, "paint");
    const top = p.top === "wood" ? wood : surface(p.top);
    const under = p.height - p.thickness;
    if (p.base === "column") {
      const radius = p.width * 0.62;
      builder.add("top", top, move(cylinder(radius, p.thickness, { segments: 40, bevel: 0.008 }), 0, under, 0));
      const r = 0.05;
      const column = lathe(
        [
          [0, 0.05],
          [r * 1.3, 0.05],
          [r * 1.5, under * 0.16],
          [r * 0.7, under * 0.24],
          [r * 0.9, under * 0.3],
          [r * 1.25, under * 0.45],
          [r * 0.75, under * 0.8],
          [r * 0.95, under * 0.84],
          [r * 1.6, under + 0.001],
          [0, under + 0.001],
        ],
        { segments: 20 },
      );
      builder.add("column", legStuff, column);
      const foot = move(
        turn(taper(box(0.1, radius * 0.82, 0.09, 0.012), 0.55, 0.6), "x", 83),
        0,
        radius * 0.1 + 0.03,
        0.01,
      );
      const feet: Solid[] = [0, 1, 2, 3].map((at) => turn(foot, "y", 45 + at * 90));
      builder.add("feet", legStuff, feet);
      return;
    }
    builder.add("top", top, move(box(p.length, p.thickness, p.width, 0.008), 0, under, 0));
    if (p.base === "legs") {
      const side = 0.04 + p.length * 0.018;
      const [x, z] = [p.length / 2 - side * 0.9, p.width / 2 - side * 0.9];
      const leg = move(turn(move(taper(box(side, under, side, 0.007), 0.62, 0.62), 0, -under, 0), "x", 180), 0, 0, 0);
      builder.add("legs", legStuff, atCorners(leg, x, z));
      const apron = 0.07;
      const [long, short] = [
        box(2 * x - side * 0.9, apron, 0.022, 0.004),
        box(0.022, apron, 2 * z - side * 0.9, 0.004),
      ];
      builder.add("apron", wood, [
        move(long, 0, under - apron - 0.001, z),
        move(long, 0, under - apron - 0.001, -z),
        move(short, x, under - apron - 0.001, 0),
        move(short, -x, under - apron - 0.001, 0),
      ]);
      return;
    }
    const x = p.length * 0.34;
    const spread = Math.min(p.width * 0.32, 0.27);
    const angle = (Math.atan2(spread, under) * 180) / Math.PI;
    const beam = box(0.06, Math.hypot(under, spread) - 0.02, 0.05, 0.006);
    const trestles: Solid[] = [];
    for (const sign of [-1, 1]) {
      trestles.push(
        move(turn(beam, "x", -angle), sign * x + 0.0305, 0.012, spread - 0.01),
        move(turn(beam, "x", angle), sign * x - 0.0305, 0.012, -spread + 0.01),
        move(box(0.124, 0.055, p.width * 0.72, 0.008), sign * x, under - 0.054, 0),
      );
    }
    trestles.push(move(box(2 * x, 0.075, 0.03, 0.006), 0, under * 0.42, 0));
    builder.add("trestles", legStuff, trestles);
  },
});
