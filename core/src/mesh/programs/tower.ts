import { box } from "../kit/box.ts";
import { cylinder, lathe, ring } from "../kit/lathe.ts";
import { COLOURS, coloured, surface, tinted } from "../kit/materials.ts";
import { move, type Solid, turn } from "../kit/solid.ts";
import { count, defineProgram, metres, oneOf, share } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Round castle tower: plinth, shaft, overhanging crown with battlements or a pointed roof, a flag. */
export const tower = defineProgram({
  category: "tower",
  size: [7.5, 30],
  parameters: {
    height: metres(7, 16),
    radius: share(0.16, 0.24),
    taper: share(0.8, 1),
    top: oneOf("battlements", "roof"),
    windows: count(1, 3),
    walls: oneOf("stone", "sandstone", "brick"),
    roofing: oneOf("slate", "tile"),
    flag: oneOf("none", ...COLOUR_NAMES),
    roofPaint: oneOf("none", ...COLOUR_NAMES),
  },
  build(p, builder) {
    const wall = surface(p.walls);
    const low = p.height * p.radius;
    const high = low * p.taper;
    const segments = 20;
    const crown = high * 1.22;
    const h = p.height;
    builder.add(
      "shaft",
      wall,
      lathe(
        [
          [0, 0],
          [low * 1.15, 0],
          [low * 1.12, h * 0.05],
          [low, h * 0.08],
          [high, h * 0.84],
          [crown, h * 0.89],
          [crown, h],
          [0, h],
        ],
        { segments },
      ),
      20,
    );
    builder.add("bands", wall, [
      move(ring(low * 1.04, low * 0.8, 0.22, { segments, bevel: 0.04 }), 0, h * 0.42, 0),
      move(ring(crown * 1.05, high, 0.25, { segments, bevel: 0.05 }), 0, h - 0.2, 0),
    ]);
    let top = h;
    if (p.top === "battlements") {
      const merlons = 10;
      const wide = (crown * 2 * Math.PI) / merlons / 1.9;
      const merlon = box(wide, 0.95, 0.42, 0.05);
      builder.add(
        "battlements",
        wall,
        Array.from({ length: merlons }, (_, at) =>
          turn(move(merlon, 0, h - 0.05, crown - 0.24), "y", (at * 360) / merlons),
        ),
      );
    } else {
      const peak = crown * 2.1;
      builder.add(
        "roof",
        p.roofPaint === "none" ? surface(p.roofing) : coloured(p.roofPaint, "paint"),
        move(
          lathe(
            [
              [0, -0.1],
              [crown * 1.28, -0.1],
              [crown * 1.3, 0.02],
              [crown * 0.62, peak * 0.42],
              [0, peak],
            ],
            { segments },
          ),
          0,
          h,
          0,
        ),
        25,
      );
      top = h + peak - 0.3;
    }
    const dark = tinted("dark", "1d1f24");
    const door: Solid[] = [move(box(1, 1.9, 0.5, 0.05), 0, 0.1, low * 1.09)];
    builder.add("door", surface("oak"), door);
    builder.add("door frame", wall, [
      move(box(1.4, 0.3, 0.7, 0.06), 0, 1.95, low * 1.06),
      ...[-0.62, 0.62].map((x) => move(box(0.28, 2, 0.7, 0.06), x, 0, low * 1.05)),
    ]);
    const slit = box(0.28, 1, 0.3, 0.02);
    const slits: Solid[] = [];
    for (let at = 0; at < p.windows; at += 1) {
      const y = h * (0.25 + (0.5 * (at + 0.5)) / p.windows);
      const r = low + (high - low) * ((y + 0.5) / h - 0.08) * 1.3;
      for (const angle of [at * 50 - 30, at * 50 + 90, at * 50 + 210])
        slits.push(turn(move(slit, 0, y, r - 0.1), "y", angle));
    }
    builder.add("windows", dark, slits);
    if (p.flag === "none") return;
    builder.add("pole", surface("iron"), move(cylinder(0.05, 2.6, { segments: 8 }), 0, top, 0));
    const cloth = box(1.5, 0.9, 0.03, 0);
    builder.add(
      "flag",
      coloured(p.flag, "fabric"),
      move(
        {
          faces: cloth.faces,
          points: cloth.points.map(([x, y, z]) => [x, y * (1 - (x + 0.75) * 0.2) + (x + 0.75) * 0.1, z] as const),
        },
        0.8,
        top + 1.6,
        0,
      ),
    );
  },
});
