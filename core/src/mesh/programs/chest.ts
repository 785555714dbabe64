import { box } from "../kit/box.ts";
import { extrude } from "../kit/extrude.ts";
import { cylinder } from "../kit/lathe.ts";
import { COLOURS, coloured, surface, WOODS } from "../kit/materials.ts";
import { bothSides, move, type Solid, turn } from "../kit/solid.ts";
import { count, defineProgram, metres, oneOf } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Treasure chest: body, vaulted or flat lid, metal straps and a lock. */
export const chest = defineProgram({
  category: "chest",
  size: [0.5, 1.2],
  parameters: {
    width: metres(0.55, 1.1),
    depth: metres(0.34, 0.6),
    height: metres(0.26, 0.45),
    lid: oneOf("vaulted", "flat"),
    straps: count(2, 3),
    wood: oneOf(...WOODS),
    metal: oneOf("iron", "brass", "gold", "copper"),
    paint: oneOf("none", ...COLOUR_NAMES),
  },
  build(p, builder) {
    const wood = p.paint === "none" ? surface(p.wood) : coloured(p.paint, "paint");
    const metal = surface(p.metal);
    builder.add("body", wood, move(box(p.width, p.height, p.depth, 0.01), 0, 0.02, 0));
    const lidY = p.height + 0.024;
    const rise = p.lid === "vaulted" ? p.depth * 0.42 : p.depth * 0.12;
    // Section of the lid as seen from +X after the turn: x is depth.
    const vault = (out: number): [number, number][] => {
      const half = p.depth / 2 + out;
      if (p.lid === "flat")
        return [
          [-half, 0],
          [half, 0],
          [half, rise * 0.6 + out],
          [half - 0.05, rise + out],
          [0.05 - half, rise + out],
          [-half, rise * 0.6 + out],
        ];
      const arc = Array.from({ length: 9 }, (_, k): [number, number] => {
        const angle = (k * Math.PI) / 8;
        return [half * Math.cos(angle), 0.04 + (rise + out) * Math.sin(angle)];
      });
      return [[-half, 0], [half, 0], ...arc];
    };
    const along = (outline: [number, number][], width: number, bevel: number) =>
      turn(extrude(outline, width, bevel), "y", 90);
    builder.add("lid", wood, move(along(vault(0), p.width, 0.008), 0, lidY, 0), 30);
    const strap = p.width * 0.085;
    const places = p.straps === 2 ? [-0.32, 0.32] : [-0.38, 0, 0.38];
    const straps: Solid[] = places.flatMap((at) => [
      move(along(vault(0.008), strap, 0.002), at * p.width, lidY - 0.001, 0),
      move(box(strap, p.height + 0.012, p.depth + 0.016, 0.002), at * p.width, 0.012, 0),
    ]);
    builder.add("straps", metal, straps, 30);
    const corner = box(p.width * 0.07, p.height * 0.22, p.depth * 0.1, 0.003);
    const corners = [1, -1].flatMap((sign) =>
      bothSides(move(corner, p.width / 2 - p.width * 0.03, 0.008, sign * (p.depth / 2 - p.depth * 0.044))),
    );
    builder.add("corners", metal, corners);
    const front = p.depth / 2 + 0.01;
    builder.add("lock", metal, [
      move(box(p.width * 0.13, p.height * 0.3, 0.026, 0.006), 0, lidY - p.height * 0.24, front),
      move(
        turn(cylinder(p.height * 0.035, 0.012, { segments: 12 }), "x", 90),
        0,
        lidY - p.height * 0.12,
        front + 0.008,
      ),
    ]);
    const handle = box(0.02, 0.03, p.depth * 0.34, 0.006);
    builder.add("handles", metal, bothSides(move(handle, p.width / 2 + 0.008, p.height * 0.6, 0)));
  },
});
