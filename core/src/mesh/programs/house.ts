import { box } from "../kit/box.ts";
import { extrude } from "../kit/extrude.ts";
import { sphere } from "../kit/lathe.ts";
import { COLOURS, coloured, surface, tinted, WOODS } from "../kit/materials.ts";
import { bothSides, move, type Solid, turn } from "../kit/solid.ts";
import { count, defineProgram, metres, oneOf, share } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** House with a gabled roof, door, windows and chimney; the door to +Z, the ridge along X. */
export const house = defineProgram({
  category: "house",
  size: [5, 14],
  parameters: {
    width: metres(5, 9),
    depth: metres(4, 6.5),
    storeys: count(1, 2),
    roof: share(0.55, 1),
    walls: oneOf("plaster", "brick", "stone", "sandstone", "oak"),
    roofing: oneOf("tile", "slate", "thatch"),
    timber: oneOf("yes", "no"),
    wood: oneOf(...WOODS),
    door: oneOf(...COLOUR_NAMES),
    chimney: oneOf("yes", "no"),
    paint: oneOf("none", ...COLOUR_NAMES),
    roofPaint: oneOf("none", ...COLOUR_NAMES),
  },
  build(p, builder) {
    const storey = 2.5;
    const wall = p.storeys * storey;
    const rise = (p.depth / 2) * p.roof;
    const wood = surface(p.wood);
    const roofing = p.roofPaint === "none" ? surface(p.roofing) : coloured(p.roofPaint, "paint");
    builder.add("foundation", surface("stone"), box(p.width + 0.2, 0.28, p.depth + 0.2, 0.04));
    const base = 0.27;
    const gable = extrude(
      [
        [-p.depth / 2, 0],
        [p.depth / 2, 0],
        [p.depth / 2, wall],
        [0, wall + rise],
        [-p.depth / 2, wall],
      ],
      p.width,
    );
    builder.add(
      "walls",
      p.paint === "none" ? surface(p.walls) : coloured(p.paint, "paint"),
      move(turn(gable, "y", 90), 0, base, 0),
      20,
    );
    const over = 0.4;
    const thick = p.roofing === "thatch" ? 0.3 : 0.14;
    const slope = Math.atan2(rise, p.depth / 2);
    const down = over * Math.sin(slope);
    const out = p.depth / 2 + over * Math.cos(slope);
    const up = thick / Math.cos(slope);
    const section: [number, number][] = [
      [-out, wall - down],
      [0, wall + rise],
      [out, wall - down],
      [out, wall - down + up],
      [0, wall + rise + up],
      [-out, wall - down + up],
    ];
    builder.add("roof", roofing, move(turn(extrude(section, p.width + 0.9), "y", 90), 0, base + 0.004, 0), 20);
    builder.add("ridge", roofing, move(box(p.width + 0.94, 0.16, 0.3, 0.05), 0, base + wall + rise + up - 0.09, 0));
    const front = p.depth / 2;
    const frames: Solid[] = [];
    const glass: Solid[] = [];
    const doorX = p.width > 6.5 ? -p.width * 0.18 : 0;
    builder.add("door", coloured(p.door, "paint"), move(box(0.95, 2, 0.08, 0.02), doorX, base, front + 0.02));
    frames.push(
      move(box(1.25, 0.14, 0.16, 0.02), doorX, base + 2, front + 0.03),
      ...[-0.55, 0.55].map((x) => move(box(0.15, 2.001, 0.16, 0.02), doorX + x, base - 0.002, front + 0.03)),
    );
    builder.add(
      "knob",
      surface("brass"),
      move(sphere(0.045, { segments: 10, rings: 6 }), doorX + 0.36, base + 0.92, front + 0.09),
      60,
    );
    builder.add("step", surface("stone"), move(box(1.5, 0.16, 0.6, 0.03), doorX, 0, front + 0.36));
    const window = (solid: Solid, x: number, y: number, z: number, angle: number) =>
      turn(move(solid, x, y, z), "y", angle);
    const addWindow = (x: number, y: number, z: number, angle: number) => {
      glass.push(window(box(0.8, 1, 0.05), x, y, z + 0.015, angle));
      for (const [w, h, dx, dy] of [
        [1.06, 0.1, 0, -0.1],
        [1, 0.09, 0, 1],
        [0.09, 1.001, -0.44, -0.0005],
        [0.09, 1.001, 0.44, -0.0005],
      ] as const) {
        frames.push(window(box(w, h, 0.14, 0.015), x + dx, y + dy, z + 0.03, angle));
      }
      frames.push(
        window(box(0.05, 1.002, 0.06, 0.008), x, y - 0.001, z + 0.035, angle),
        window(box(0.802, 0.05, 0.058, 0.008), x, y + 0.48, z + 0.035, angle),
      );
    };
    const columnsAt = p.width > 7 ? [-0.36, 0.06, 0.34] : [-0.32, 0.32];
    for (let level = 0; level < p.storeys; level += 1) {
      const y = base + level * storey + 0.95;
      for (const at of columnsAt) {
        const x = at * p.width;
        if (level > 0 || Math.abs(x - doorX) > 1.2) addWindow(x, y, front, 0);
        addWindow(-x, y, front, 180);
      }
      for (const angle of [90, -90]) addWindow(0, y, p.width / 2, angle);
    }
    builder.add("frames", wood, frames);
    builder.add("windows", { ...tinted("window glass", "33485c"), roughness: 0.1 }, glass);
    if (p.timber === "yes" && p.walls !== "oak") {
      const beam = 0.16;
      const posts = [p.depth / 2, -p.depth / 2].flatMap((z) =>
        bothSides(move(box(beam, wall + 0.02, beam, 0.02), p.width / 2 - 0.045, base - 0.01, z * 0.995)),
      );
      const levels = Array.from({ length: p.storeys }, (_, at) => at + 1).flatMap((at) =>
        [1, -1].map((side) =>
          move(box(p.width - 0.1, beam, beam * 0.7, 0.02), 0, base + at * storey - beam * 1.1, side * (front + 0.002)),
        ),
      );
      builder.add("timber", wood, [...posts, ...levels]);
    }
    if (p.chimney === "yes") {
      const x = p.width * 0.28;
      const top = base + wall + rise + 0.75;
      builder.add("chimney", surface(p.walls === "brick" ? "stone" : "brick"), [
        move(box(0.62, top - base - wall, 0.62, 0.02), x, base + wall, -p.depth * 0.14),
        move(box(0.78, 0.16, 0.78, 0.03), x, top - 0.01, -p.depth * 0.14),
      ]);
    }
  },
});
