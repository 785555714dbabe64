import { box } from "../kit/box.ts";
import { cylinder, ring } from "../kit/lathe.ts";
import { COLOURS, coloured, stuffOf, surface, WOODS } from "../kit/materials.ts";
import { move, type Solid, turn } from "../kit/solid.ts";
import { count, defineProgram, metres, oneOf } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Stool: a round or square seat on splayed legs, with a foot ring when it is high. */
export const stool = defineProgram({
  category: "stool",
  size: [0.35, 0.95],
  parameters: {
    radius: metres(0.15, 0.2),
    height: metres(0.42, 0.78),
    seat: oneOf("round", "square"),
    legs: count(3, 4),
    splay: { kind: "number", min: 4, max: 12, unit: "degrees" },
    wood: oneOf(...WOODS),
    top: oneOf("wood", ...COLOUR_NAMES),
    legStuff: oneOf("same", "iron", "steel", ...WOODS, ...COLOUR_NAMES),
  },
  build(p, builder) {
    const wood = surface(p.wood);
    const legStuff = p.legStuff === "same" ? wood : stuffOf(p.legStuff, "paint");
    const top = p.top === "wood" ? wood : coloured(p.top, "paint");
    const seat =
      p.seat === "round"
        ? cylinder(p.radius, 0.038, { segments: 32, bevel: 0.008 })
        : box(p.radius * 1.8, 0.038, p.radius * 1.8, 0.008);
    builder.add("seat", top, move(seat, 0, p.height - 0.038, 0));
    const length = (p.height - 0.02) / Math.cos((p.splay * Math.PI) / 180);
    const legs: Solid[] = [];
    for (let at = 0; at < p.legs; at += 1) {
      const leg = cylinder(0.016, length, { segments: 12, top: 0.021, bevel: 0.003 });
      const hung = move(turn(move(leg, 0, -length, 0), "x", -p.splay), 0, p.height - 0.02, p.radius * 0.62);
      legs.push(turn(hung, "y", (at + 0.5) * (360 / p.legs)));
    }
    builder.add("legs", legStuff, legs);
    const braceY = p.height * 0.36;
    const out = p.radius * 0.62 + Math.tan((p.splay * Math.PI) / 180) * (p.height - 0.02 - braceY - 0.01);
    if (p.height > 0.55) {
      builder.add(
        "foot ring",
        surface("steel"),
        move(ring(out + 0.009, out - 0.009, 0.018, { segments: 32, bevel: 0.004 }), 0, braceY, 0),
      );
    }
  },
});
