import { extrude, type PlanePoint } from "../kit/extrude.ts";
import { cylinder } from "../kit/lathe.ts";
import { surface, WOODS } from "../kit/materials.ts";
import { mirrorX, move, type Solid, warp } from "../kit/solid.ts";
import { smoothPath, sweep } from "../kit/sweep.ts";
import { defineProgram, metres, oneOf, share } from "./program.ts";

/** Axe, head upwards, edge to +X: single or double head on a slightly bent shaft. */
export const axe = defineProgram({
  category: "axe",
  size: [0.4, 1.25],
  parameters: {
    length: metres(0.45, 1.15),
    head: share(0.2, 0.3),
    beard: share(0.2, 1),
    heads: oneOf("single", "double"),
    metal: oneOf("steel", "iron"),
    wood: oneOf(...WOODS),
    grip: oneOf("none", "leather"),
  },
  build(p, builder) {
    const thick = 0.013 + p.length * 0.006;
    const bend = p.length * 0.018;
    const shaft = smoothPath(
      [
        [bend, 0, 0],
        [-bend, p.length * 0.25, 0],
        [bend * 0.5, p.length * 0.6, 0],
        [0, p.length, 0],
      ],
      6,
    );
    builder.add(
      "shaft",
      surface(p.wood),
      sweep(shaft, { radius: shaft.map((_, k) => thick * (k === 0 ? 1.25 : 1)), section: oval(12) }),
      50,
    );
    const tall = p.length * p.head;
    const reach = tall * 0.95;
    const y = p.length - tall * 0.52;
    const low = -tall * (0.5 + 0.35 * p.beard);
    const edge = Array.from({ length: 7 }, (_, k): PlanePoint => {
      const at = k / 6;
      return [reach * (0.86 + 0.17 * Math.sin(Math.PI * at)), low + (tall * 0.56 - low) * at];
    });
    const outline: PlanePoint[] = [
      [-thick * 1.5, -tall * 0.22],
      [thick * 1.2, -tall * 0.22],
      [reach * 0.45, -tall * 0.2 - tall * 0.12 * p.beard],
      ...edge,
      [reach * 0.45, tall * 0.24],
      [thick * 1.2, tall * 0.24],
      [-thick * 1.5, tall * 0.24],
    ];
    const wide = thick * 3.1;
    // Thick at the eye, sharp at the edge.
    const wedge = warp(extrude(outline, wide), (x, py, z) => [
      x,
      py,
      z * Math.max(0.05, 1 - 0.95 * Math.min(1, Math.max(0, x - thick) / (reach - thick)) ** 0.6),
    ]);
    const blades: Solid[] = [move(wedge, 0, y, 0)];
    if (p.heads === "double")
      blades.push(
        move(
          warp(mirrorX(wedge), (x, py, z) => [x - thick * 0.1, py, z * 0.97]),
          0,
          y + 0.0007,
          0,
        ),
      );
    builder.add("head", surface(p.metal), blades, 25);
    const collar = cylinder(thick * 1.7, tall * 0.62, { segments: 16, bevel: 0.003 });
    builder.add("collar", surface("iron"), move(collar, 0, y - tall * 0.3, 0));
    if (p.grip === "leather") {
      const rings = Array.from({ length: 9 }, (_, k) =>
        move(
          cylinder(thick * 1.35, p.length * 0.022, { segments: 14, bevel: 0.003 }),
          -bend * 0.6 * Math.sin(k / 3),
          p.length * (0.07 + k * 0.0225),
          0,
        ),
      );
      builder.add("grip", surface("leather"), rings, 50);
    }
  },
});

function oval(segments: number): PlanePoint[] {
  return Array.from({ length: segments }, (_, k): PlanePoint => {
    const angle = (k * 2 * Math.PI) / segments;
    return [Math.cos(angle) * 1.2, Math.sin(angle) * 0.85];
  });
}
