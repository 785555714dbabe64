import { cylinder, lathe } from "../kit/lathe.ts";
import { COLOURS, coloured, surface } from "../kit/materials.ts";
import { move } from "../kit/solid.ts";
import { defineProgram, metres, oneOf, share } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Bottle or potion flask with label and cork. */
export const bottle = defineProgram({
  category: "bottle",
  size: [0.14, 0.4],
  parameters: {
    height: metres(0.16, 0.36),
    body: share(0.13, 0.3),
    shape: oneOf("straight", "round"),
    neck: share(0.25, 0.4),
    colour: oneOf(...COLOUR_NAMES),
    label: oneOf("none", ...COLOUR_NAMES),
    stopper: oneOf("cork", "cap"),
  },
  build(p, builder) {
    const h = p.height;
    const r = h * p.body;
    const neckR = Math.min(r * 0.36, h * 0.06);
    const shoulder = h * (1 - p.neck);
    const lower: [number, number][] =
      p.shape === "straight"
        ? [
            [r * 0.94, 0],
            [r, h * 0.02],
            [r, shoulder * 0.72],
            [r * 0.93, shoulder * 0.82],
            [r * 0.68, shoulder * 0.93],
            [neckR * 1.15, shoulder * 1.02],
          ]
        : [
            [r * 0.5, 0],
            [r * 0.82, shoulder * 0.12],
            [r, shoulder * 0.36],
            [r * 0.98, shoulder * 0.5],
            [r * 0.82, shoulder * 0.72],
            [r * 0.52, shoulder * 0.88],
            [neckR * 1.1, shoulder],
          ];
    const body = lathe(
      [
        [0, 0.004],
        [r * 0.4, 0],
        ...lower,
        [neckR, shoulder + h * 0.05],
        [neckR * 0.95, h * 0.92],
        [neckR * 1.25, h * 0.925],
        [neckR * 1.25, h * 0.955],
        [neckR * 0.72, h * 0.957],
        [0, h * 0.95],
      ],
      { segments: 32 },
    );
    builder.add("glass", { ...coloured(p.colour, "glaze"), name: `${p.colour} glass`, roughness: 0.08 }, body, 50);
    if (p.stopper === "cork") {
      builder.add(
        "cork",
        { ...surface("rope"), name: "cork" },
        move(cylinder(neckR * 0.8, h * 0.07, { segments: 20, top: neckR * 0.92, bevel: 0.001 }), 0, h * 0.93, 0),
      );
    } else {
      builder.add(
        "cap",
        surface("steel"),
        move(cylinder(neckR * 1.4, h * 0.06, { segments: 24, bevel: 0.0015 }), 0, h * 0.94, 0),
      );
    }
    if (p.label === "none" || p.shape === "round") return;
    const [low, high] = [shoulder * 0.2, shoulder * 0.6];
    builder.add(
      "label",
      { ...coloured(p.label, "fabric"), name: `${p.label} paper` },
      lathe(
        [
          [r + 0.0006, low],
          [r + 0.0006, high],
          [r - 0.0008, high],
          [r - 0.0008, low],
        ],
        { segments: 32, ring: true },
      ),
      50,
    );
  },
});
