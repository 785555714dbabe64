import { box } from "../kit/box.ts";
import { cylinder } from "../kit/lathe.ts";
import { surface, WOODS } from "../kit/materials.ts";
import { bothSides, move, taper, turn } from "../kit/solid.ts";
import { defineProgram, metres, oneOf, share } from "./program.ts";

/** Hammer, head upwards, its face to +X: claw, sledge or wooden mallet. */
export const hammer = defineProgram({
  category: "hammer",
  size: [0.25, 1.1],
  parameters: {
    length: metres(0.28, 1),
    head: share(0.26, 0.4),
    kind: oneOf("claw", "sledge", "mallet"),
    metal: oneOf("steel", "iron"),
    wood: oneOf(...WOODS),
    grip: oneOf("none", "rubber", "leather"),
  },
  build(p, builder) {
    const thick = 0.011 + p.length * 0.008;
    builder.add(
      "shaft",
      surface(p.wood),
      cylinder(thick * 1.2, p.length, { segments: 14, top: thick * 0.9, bevel: 0.004 }),
    );
    if (p.grip !== "none")
      builder.add(
        "grip",
        surface(p.grip),
        move(cylinder(thick * 1.5, p.length * 0.3, { segments: 18, bevel: 0.006 }), 0, p.length * 0.02, 0),
      );
    const wide = p.length * p.head;
    const tall = wide * (p.kind === "mallet" ? 0.52 : 0.34);
    const y = p.length - tall * 0.75;
    const lying = (radius: number, length: number, bevel: number) =>
      turn(cylinder(radius, length, { segments: 24, bevel }), "z", -90);
    if (p.kind === "mallet") {
      builder.add(
        "head",
        surface(p.wood),
        move(turn(taper(turn(box(wide, tall, tall * 0.9, 0.012), "x", 0), 1.06, 1.06), "y", 0), 0, y - tall * 0.2, 0),
      );
      builder.add(
        "bands",
        surface(p.metal),
        bothSides(move(box(wide * 0.12, tall * 1.06, tall * 0.98, 0.003), wide * 0.33, y - tall * 0.23, 0)),
      );
      return;
    }
    const metal = surface(p.metal);
    if (p.kind === "sledge") {
      builder.add("head", metal, move(turn(box(tall, wide, tall, tall * 0.14), "z", 90), wide / 2, y + tall * 0.02, 0));
      builder.add(
        "faces",
        metal,
        bothSides(move(lying(tall * 0.4, wide * 0.06, 0.005), wide * 0.5 - 0.002, y + tall * 0.02 + tall * 0, 0)),
      );
      return;
    }
    builder.add("head", metal, [
      move(lying(tall * 0.32, wide * 0.46, 0.003), 0, y + tall * 0.3, 0),
      move(lying(tall * 0.46, wide * 0.14, 0.006), wide * 0.42, y + tall * 0.3, 0),
      move(box(thick * 3.6, tall * 0.86, thick * 3, 0.006), 0, y - tall * 0.13, 0),
    ]);
    const prong = taper(box(tall * 0.34, wide * 0.56, tall * 0.2, 0.004), 0.25, 0.5);
    const bent = (side: number) =>
      move(
        turn(
          move(
            {
              faces: prong.faces,
              points: prong.points.map(([px, py, pz]) => [px - (1.1 * (py * py)) / wide, py, pz] as const),
            },
            0,
            0,
            side * tall * 0.17,
          ),
          "z",
          82,
        ),
        -thick * 1.2,
        y + tall * 0.34,
        0,
      );
    builder.add("claw", metal, [bent(1), bent(-1)]);
  },
});
