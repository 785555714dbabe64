import { lathe } from "../kit/lathe.ts";
import { COLOURS, coloured, surface } from "../kit/materials.ts";
import { smoothPath } from "../kit/sweep.ts";
import { defineProgram, metres, oneOf, share } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Vase: foot, belly, neck and lip, with a coloured band. */
export const vase = defineProgram({
  category: "vase",
  size: [0.18, 0.75],
  parameters: {
    height: metres(0.2, 0.7),
    belly: share(0.2, 0.36),
    bellyAt: share(0.3, 0.65),
    neck: share(0.3, 0.7),
    lip: share(1.1, 1.7),
    stuff: oneOf("glaze", "clay", "brass", "glass"),
    colour: oneOf(...COLOUR_NAMES),
    band: oneOf("none", ...COLOUR_NAMES),
  },
  build(p, builder) {
    const h = p.height;
    const r = h * p.belly;
    const wall = 0.004 + h * 0.006;
    const neck = r * p.neck;
    const neckAt = p.bellyAt + (1 - p.bellyAt) * 0.62;
    const curve = smoothPath(
      [
        [r * 0.56, h * 0.02, 0],
        [r * 0.8, h * p.bellyAt * 0.45, 0],
        [r, h * p.bellyAt, 0],
        [neck + (r - neck) * 0.35, h * (p.bellyAt + neckAt) * 0.52, 0],
        [neck, h * neckAt, 0],
        [neck * p.lip, h, 0],
      ],
      5,
    );
    const outside = curve.map(([x, y]): [number, number] => [x, y]);
    const inside = outside
      .slice(1, -1)
      .map(([x, y]): [number, number] => [Math.max(x - wall, wall), y])
      .toReversed();
    const [lipR] = outside.at(-1) as [number, number];
    const floor = (inside.at(-1) as [number, number])[1] - wall;
    const body = lathe(
      [[0, 0], [r * 0.52, 0], ...outside, [lipR - wall * 0.5, h + wall * 0.3], [lipR - wall, h], ...inside, [0, floor]],
      { segments: 40 },
    );
    builder.add("body", p.stuff === "glaze" ? coloured(p.colour, "glaze") : surface(p.stuff), body, 50);
    if (p.band === "none") return;
    const near = outside.filter(([, y]) => Math.abs(y - h * p.bellyAt) < h * 0.11);
    const out = near.map(([x, y]): [number, number] => [x + 0.0015, y]);
    const back = near.map(([x, y]): [number, number] => [x - 0.0012, y]).toReversed();
    builder.add("band", coloured(p.band, "glaze"), lathe([...out, ...back], { segments: 40, ring: true }), 50);
  },
});
