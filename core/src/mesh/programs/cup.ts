import { lathe } from "../kit/lathe.ts";
import { COLOURS, coloured, surface } from "../kit/materials.ts";
import { smoothPath, sweep } from "../kit/sweep.ts";
import { defineProgram, metres, oneOf, share } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Mug or cup with a handle; the handle to +X. */
export const cup = defineProgram({
  category: "cup",
  size: [0.07, 0.2],
  parameters: {
    radius: metres(0.032, 0.05),
    height: metres(0.06, 0.12),
    flare: share(0.72, 1.05),
    handle: oneOf("round", "square", "none"),
    colour: oneOf(...COLOUR_NAMES),
    stuff: oneOf("glaze", "clay", "steel"),
    full: oneOf("empty", "coffee"),
  },
  build(p, builder) {
    const stuff = p.stuff === "glaze" ? coloured(p.colour, "glaze") : surface(p.stuff);
    const wall = 0.0035;
    const low = p.radius * p.flare;
    const lip = wall * 0.5;
    const body = lathe(
      [
        [0, 0.002],
        [low * 0.82, 0.002],
        [low * 0.86, 0],
        [low * 0.94, 0],
        [low, 0.005],
        [(low + p.radius) / 2 + (1 - p.flare) * 0.004, p.height * 0.5],
        [p.radius, p.height - lip],
        [p.radius - wall * 0.35, p.height],
        [p.radius - wall * 0.75, p.height],
        [p.radius - wall, p.height - lip],
        [(low + p.radius) / 2 - wall, p.height * 0.5],
        [low - wall, 0.008],
        [0, 0.0065],
      ],
      { segments: 40 },
    );
    builder.add("body", stuff, body, 50);
    if (p.full === "coffee") {
      const y = p.height * 0.84;
      const r = low + (p.radius - low) * 0.84 - wall * 0.6;
      builder.add(
        "coffee",
        { name: "coffee", baseColour: [0.035, 0.014, 0.006], roughness: 0.1, metallic: 0 },
        lathe(
          [
            [0, y - 0.003],
            [r, y - 0.003],
            [r, y],
            [0, y],
          ],
          { segments: 40 },
        ),
      );
    }
    if (p.handle === "none") return;
    const at = (share: number) => low + (p.radius - low) * share - 0.0015;
    const out = p.height * 0.3;
    const [top, bottom] = [p.height * 0.8, p.height * 0.24];
    const path =
      p.handle === "round"
        ? smoothPath(
            [
              [at(0.8), top, 0],
              [at(0.8) + out * 0.7, top + 0.002, 0],
              [at(0.5) + out * 1.05, p.height * 0.52, 0],
              [at(0.24) + out * 0.72, bottom, 0],
              [at(0.24), bottom + 0.004, 0],
            ],
            5,
          )
        : smoothPath(
            [
              [at(0.8), top, 0],
              [at(0.8) + out * 0.8, top, 0],
              [at(0.8) + out, top - out * 0.25, 0],
              [at(0.5) + out, bottom + out * 0.25, 0],
              [at(0.24) + out * 0.8, bottom, 0],
              [at(0.24), bottom, 0],
            ],
            4,
          );
    builder.add("handle", stuff, sweep(path, { radius: p.radius * 0.12 + 0.0015, segments: 12 }), 50);
  },
});
