import type { PlanePoint } from "../kit/extrude.ts";
import { cylinder, sphere } from "../kit/lathe.ts";
import { COLOURS, coloured, surface } from "../kit/materials.ts";
import { bothSides, move, type Solid, stretch, turn, warp } from "../kit/solid.ts";
import { smoothPath, sweep } from "../kit/sweep.ts";
import { defineProgram, metres, oneOf, share } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Sword, point upwards: straight, leaf-shaped or curved blade, guard, wound grip, pommel. */
export const sword = defineProgram({
  category: "sword",
  size: [0.6, 1.55],
  parameters: {
    blade: metres(0.5, 1.05),
    width: metres(0.04, 0.075),
    shape: oneOf("straight", "leaf", "curved"),
    guard: oneOf("bar", "horns", "disc"),
    guardWidth: share(0.16, 0.26),
    grip: metres(0.11, 0.24),
    metal: oneOf("steel", "iron", "gold"),
    fittings: oneOf("brass", "iron", "gold", "steel"),
    wrap: oneOf("leather", ...COLOUR_NAMES),
  },
  build(p, builder) {
    const fittings = surface(p.fittings);
    const base = p.grip + 0.045;
    const rows = 12;
    const half = (at: number) => {
      const tip = Math.min(1, (1 - at) / 0.16);
      const body =
        p.shape === "leaf"
          ? 0.72 + 0.5 * Math.sin(Math.PI * (0.12 + at * 0.95)) ** 2
          : p.shape === "curved"
            ? 1 - 0.15 * at
            : 1 - 0.28 * at;
      return (p.width / 2) * body * Math.sin((tip * Math.PI) / 2);
    };
    const bend = (at: number) => (p.shape === "curved" ? p.blade * 0.16 * at * at : 0);
    const path = Array.from({ length: rows + 1 }, (_, row) => (row / rows) ** 0.85);
    // A flat diamond: the edges to ±x, ridges to ±z.
    const diamond: PlanePoint[] = [
      [1, 0],
      [0, 0.16],
      [-1, 0],
      [0, -0.16],
    ];
    const straight = sweep(
      path.map((at) => [0, base + at * p.blade, 0] as const),
      { radius: path.map((at, row) => (row === rows ? 0 : half(at))), section: diamond },
    );
    builder.add(
      "blade",
      surface(p.metal),
      warp(straight, (x, y, z) => [x + bend((y - base) / p.blade), y, z]),
      20,
    );
    const wide = p.blade * p.guardWidth;
    if (p.guard === "disc") {
      builder.add(
        "guard",
        fittings,
        move(stretch(cylinder(wide * 0.42, 0.012, { segments: 28, bevel: 0.003 }), 1, 1, 0.72), 0, p.grip + 0.034, 0),
      );
    } else {
      const rise = p.guard === "horns" ? wide * 0.28 : 0;
      const arm = smoothPath(
        [
          [-wide / 2, p.grip + 0.04 + rise, 0],
          [-wide * 0.3, p.grip + 0.04 + rise * 0.2, 0],
          [0, p.grip + 0.038, 0],
          [wide * 0.3, p.grip + 0.04 + rise * 0.2, 0],
          [wide / 2, p.grip + 0.04 + rise, 0],
        ],
        4,
      );
      builder.add(
        "guard",
        fittings,
        sweep(arm, {
          radius: arm.map((_, k) => 0.012 - 0.004 * Math.abs(k / (arm.length - 1) - 0.5) * 2),
          segments: 8,
        }),
        30,
      );
      builder.add(
        "guard tips",
        fittings,
        bothSides(move(sphere(0.012, { segments: 12, rings: 8 }), wide / 2, p.grip + 0.028 + rise, 0)),
        60,
      );
    }
    const turns = Math.round(p.grip / 0.016);
    const wraps: Solid[] = Array.from({ length: turns }, (_, at) => {
      const tall = p.grip / turns;
      return move(
        turn(stretch(cylinder(0.0165, tall * 1.02, { segments: 16, bevel: tall * 0.28 }), 1, 1, 0.78), "y", 0),
        0,
        0.03 + at * tall,
        0,
      );
    });
    builder.add("grip", p.wrap === "leather" ? surface("leather") : coloured(p.wrap, "fabric"), wraps, 50);
    builder.add("pommel", fittings, stretch(sphere(0.024, { segments: 18, rings: 10 }), 1, 0.8, 0.8), 60);
  },
});
