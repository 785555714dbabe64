import { lathe, sphere } from "../kit/lathe.ts";
import { COLOURS, coloured, surface } from "../kit/materials.ts";
import { move, type Solid } from "../kit/solid.ts";
import { defineProgram, metres, oneOf, share } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Bowl on a foot, empty or with fruit. */
export const bowl = defineProgram({
  category: "bowl",
  size: [0.12, 0.5],
  parameters: {
    radius: metres(0.07, 0.2),
    depth: share(0.45, 0.8),
    stuff: oneOf("glaze", "clay", "oak", "walnut", "copper"),
    colour: oneOf(...COLOUR_NAMES),
    fruit: oneOf("none", "red", "orange", "green", "yellow", "purple"),
  },
  build(p, builder) {
    const height = p.radius * p.depth * 1.25;
    const foot = 0.06 * height + 0.004;
    const wall = 0.03 * p.radius + 0.0025;
    const steps = [0.42, 0.6, 0.76, 0.88, 0.96, 1];
    const outside = steps.map((at): [number, number] => [
      p.radius * at,
      foot + (height - foot) * (1 - Math.sqrt(1 - ((at - 0.42) / 0.58) ** 2 * 0.999) * 1),
    ]);
    const inside = outside
      .slice(0, -1)
      .map(([r, y]): [number, number] => [r - wall * 0.6, y + wall])
      .toReversed();
    const body = lathe(
      [
        [0, 0.003],
        [p.radius * 0.32, 0.003],
        [p.radius * 0.34, 0],
        [p.radius * 0.4, 0],
        ...outside,
        [p.radius - wall * 0.3, height + wall * 0.35],
        [p.radius - wall, height],
        ...inside,
        [0, foot + wall * 0.9],
      ],
      { segments: 44 },
    );
    builder.add("body", p.stuff === "glaze" ? coloured(p.colour, "glaze") : surface(p.stuff), body, 50);
    if (p.fruit === "none") return;
    const r = p.radius * 0.3;
    const fruit: Solid[] = [0, 1, 2, 3].map((at) => {
      const angle = (at * 2 * Math.PI) / 3;
      const [x, z] = at === 3 ? [0, 0] : [Math.cos(angle) * r * 1.17, Math.sin(angle) * r * 1.17];
      return move(
        sphere(r, { segments: 18, rings: 12 }),
        x,
        foot + wall + height * 0.17 + (at === 3 ? r * 1.35 : 0),
        z,
      );
    });
    builder.add("fruit", coloured(p.fruit, "plastic"), fruit, 60);
  },
});
