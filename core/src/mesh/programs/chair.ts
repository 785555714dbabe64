import { box } from "../kit/box.ts";
import { COLOURS, coloured, stuffOf, surface, WOODS } from "../kit/materials.ts";
import { bothSides, move, type Solid, taper, turn } from "../kit/solid.ts";
import { count, defineProgram, metres, oneOf } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Dining chair: seat, four legs, a back of slats, bars or a panel. */
export const chair = defineProgram({
  category: "chair",
  size: [0.75, 1.3],
  parameters: {
    width: metres(0.38, 0.55),
    depth: metres(0.38, 0.52),
    seatHeight: metres(0.4, 0.5),
    backHeight: metres(0.38, 0.65),
    back: oneOf("slats", "bars", "panel"),
    backParts: count(3, 5),
    legs: metres(0.032, 0.05),
    arms: oneOf("no", "yes"),
    wood: oneOf(...WOODS),
    cushion: oneOf("none", ...COLOUR_NAMES),
    paint: oneOf("none", ...COLOUR_NAMES),
    legStuff: oneOf("same", "iron", "steel", ...WOODS, ...COLOUR_NAMES),
  },
  build(p, builder) {
    const wood = p.paint === "none" ? surface(p.wood) : coloured(p.paint, "paint");
    const legStuff = p.legStuff === "same" ? wood : stuffOf(p.legStuff, "paint");
    const seat = 0.035;
    const bevel = 0.006;
    const legX = p.width / 2 - p.legs / 2;
    const legZ = p.depth / 2 - p.legs / 2;
    builder.add("seat", wood, move(box(p.width, seat, p.depth, 0.01), 0, p.seatHeight - seat, 0));
    const leg = turn(taper(box(p.legs, p.seatHeight - seat, p.legs, bevel), 1, 1), "y", 0);
    const front = bothSides(move(leg, legX, 0, legZ));
    const rear = bothSides(move(leg, legX, 0, -legZ));
    builder.add(
      "legs",
      legStuff,
      [...front, ...rear].map((solid) => narrowFeet(solid, p.seatHeight, legX, legZ)),
    );
    const rail = box(p.width - 2 * p.legs, 0.05, 0.022, 0.004);
    const side = box(0.022, 0.05, p.depth - 2 * p.legs, 0.004);
    const railY = p.seatHeight - seat - 0.051;
    builder.add("rails", wood, [
      move(rail, 0, railY, legZ),
      move(rail, 0, railY, -legZ),
      ...bothSides(move(side, legX, railY, 0)),
    ]);
    const lean = (solid: Solid) => move(turn(solid, "x", -9), 0, p.seatHeight - 0.01, -legZ);
    const posts = bothSides(move(box(p.legs * 0.85, p.backHeight, p.legs * 0.8, bevel), legX, 0, 0)).map(lean);
    builder.add("back posts", wood, posts);
    const inner = p.width - 2 * p.legs + 0.004;
    const top = p.backHeight * 0.2;
    const filling: Solid[] = [move(box(inner, top, 0.024, 0.006), 0, p.backHeight - top - 0.01, 0)];
    if (p.back === "panel")
      filling.push(move(box(inner, p.backHeight * 0.62, 0.016, 0.004), 0, p.backHeight * 0.12, 0));
    if (p.back === "slats") {
      for (let at = 0; at < p.backParts - 1; at += 1) {
        const y = (p.backHeight - top) * ((at + 0.55) / p.backParts) + 0.03;
        filling.push(move(box(inner, (p.backHeight * 0.4) / p.backParts, 0.018, 0.004), 0, y, 0));
      }
    }
    if (p.back === "bars") {
      for (let at = 0; at < p.backParts; at += 1) {
        const x = inner * ((at + 1) / (p.backParts + 1) - 0.5);
        filling.push(move(box(0.024, p.backHeight - top - 0.002, 0.016, 0.004), x, 0.006, 0));
      }
    }
    builder.add("back", wood, filling.map(lean));
    if (p.arms === "yes") {
      const armY = p.seatHeight + 0.2;
      const support = move(box(p.legs * 0.8, 0.205, p.legs * 0.8, bevel), legX, p.seatHeight - 0.005, legZ - 0.05);
      const arm = move(box(p.legs * 1.2, 0.026, p.depth * 0.94, 0.008), legX, armY, -0.015);
      builder.add("arms", wood, [...bothSides(support), ...bothSides(arm)]);
    }
    if (p.cushion !== "none") {
      const pad = box(p.width - 0.05, 0.045, p.depth - 0.06, 0.015);
      builder.add("cushion", coloured(p.cushion, "fabric"), move(pad, 0, p.seatHeight - 0.002, 0.01), 60);
    }
  },
});

/** Draws a leg in towards its foot: up to a fifth of its thickness on the outer sides. */
function narrowFeet(leg: Solid, height: number, x: number, z: number): Solid {
  return {
    faces: leg.faces,
    points: leg.points.map(([px, py, pz]) => {
      const narrow = 1 - 0.3 * (1 - Math.min(py / height, 1));
      const [cx, cz] = [Math.sign(px) * x, Math.sign(pz) * z];
      return [cx + (px - cx) * narrow, py, cz + (pz - cz) * narrow];
    }),
  };
}
