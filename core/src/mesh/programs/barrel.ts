import { lathe, ring } from "../kit/lathe.ts";
import { COLOURS, coloured, surface, WOODS } from "../kit/materials.ts";
import { move, type Solid, warp } from "../kit/solid.ts";
import { count, defineProgram, metres, oneOf, share } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Barrel of staves with iron hoops, its lid sunk. */
export const barrel = defineProgram({
  category: "barrel",
  size: [0.5, 1.3],
  parameters: {
    height: metres(0.55, 1.2),
    width: share(0.3, 0.4),
    belly: share(1.1, 1.28),
    hoops: count(2, 4),
    staves: count(14, 22),
    wood: oneOf(...WOODS),
    metal: oneOf("iron", "brass", "copper"),
    paint: oneOf("none", ...COLOUR_NAMES),
  },
  build(p, builder) {
    const h = p.height;
    const end = h * p.width;
    const radiusAt = (share: number) => end * (1 + (p.belly - 1) * (1 - (2 * share - 1) ** 2));
    const rows = [0, 0.12, 0.25, 0.4, 0.6, 0.75, 0.88, 1];
    const sunk = 0.03;
    const rim = end * 0.9;
    const body = lathe(
      [
        [0, sunk],
        [rim, sunk],
        [rim, 0],
        ...rows.map((at): [number, number] => [radiusAt(at), at * h]),
        [rim, h],
        [rim, h - sunk],
        [0, h - sunk],
      ],
      { segments: p.staves * 2 },
    );
    // Every second line between staves lies a little deeper.
    const grooved: Solid = warp(body, (x, y, z) => {
      const radius = Math.hypot(x, z);
      const at = Math.round((Math.atan2(x, z) / (2 * Math.PI)) * p.staves * 2);
      const factor = at % 2 !== 0 && radius > rim * 1.01 ? 1 - 0.035 : 1;
      return [x * factor, y, z * factor];
    });
    builder.add("staves", p.paint === "none" ? surface(p.wood) : coloured(p.paint, "paint"), grooved, 12);
    const bands = p.hoops === 2 ? [0.2, 0.8] : p.hoops === 3 ? [0.12, 0.5, 0.88] : [0.1, 0.3, 0.7, 0.9];
    const wide = h * 0.055;
    const hoops = bands.map((at) => {
      const r = Math.max(radiusAt(at - 0.03), radiusAt(at + 0.03));
      return move(ring(r + 0.008, r * 0.95, wide, { segments: 44, bevel: 0.003 }), 0, at * h - wide / 2, 0);
    });
    builder.add("hoops", surface(p.metal), hoops);
  },
});
