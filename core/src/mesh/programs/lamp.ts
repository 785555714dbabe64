import { cylinder, lathe, sphere } from "../kit/lathe.ts";
import { COLOURS, coloured, glowing, surface } from "../kit/materials.ts";
import { move } from "../kit/solid.ts";
import { defineProgram, metres, oneOf, share } from "./program.ts";

const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

/** Table or floor lamp: a foot, a stem or a belly, a shade with a bulb. */
export const lamp = defineProgram({
  category: "lamp",
  size: [0.35, 1.75],
  parameters: {
    height: metres(0.4, 1.7),
    shade: oneOf("cone", "drum", "dome"),
    shadeSize: share(0.8, 1.2),
    stem: oneOf("rod", "belly"),
    metal: oneOf("brass", "steel", "iron", "copper"),
    colour: oneOf(...COLOUR_NAMES),
  },
  build(p, builder) {
    const metal = surface(p.metal);
    const cloth = coloured(p.colour, "fabric");
    const wide = (0.09 + p.height * 0.09) * p.shadeSize;
    const shadeHeight = wide * (p.shade === "drum" ? 1.1 : 1.25);
    const low = p.height - shadeHeight;
    const foot = wide * 0.72;
    builder.add(
      "foot",
      metal,
      lathe(
        [
          [0, 0],
          [foot, 0],
          [foot, 0.014],
          [foot * 0.9, 0.024],
          [foot * 0.2, 0.04],
          [0, 0.04],
        ],
        { segments: 36 },
      ),
    );
    const stem = 0.008 + p.height * 0.003;
    if (p.stem === "rod" || p.height > 0.8) {
      builder.add("stem", metal, move(cylinder(stem, low + shadeHeight * 0.42 - 0.035, { segments: 16 }), 0, 0.035, 0));
    } else {
      const r = wide * 0.52;
      const at = (share: number) => 0.036 + (low - 0.05) * share;
      const belly = lathe(
        [
          [0, at(0)],
          [r * 0.5, at(0)],
          [r * 0.86, at(0.12)],
          [r, at(0.3)],
          [r * 0.93, at(0.45)],
          [r * 0.55, at(0.66)],
          [r * 0.24, at(0.8)],
          [r * 0.2, at(1)],
          [0, at(1)],
        ],
        { segments: 32 },
      );
      builder.add("body", coloured(p.colour, "glaze"), belly, 60);
      builder.add("stem", metal, move(cylinder(stem, shadeHeight * 0.42 + 0.05, { segments: 16 }), 0, low - 0.04, 0));
    }
    const top = p.shade === "drum" ? 0.92 : p.shade === "cone" ? 0.5 : 0.3;
    const wall = 0.004;
    const outside: [number, number][] =
      p.shade === "dome"
        ? [0, 1, 2, 3, 4, 5].map((k) => [
            wide * Math.cos((k * Math.PI) / 11.5),
            low + shadeHeight * 0.85 * Math.sin((k * Math.PI) / 11.5),
          ])
        : [
            [wide, low],
            [wide * top, p.height],
          ];
    const inside = outside.map(([r, y]): [number, number] => [r - wall, y]).toReversed();
    builder.add(
      "shade",
      p.stem === "belly" && p.height <= 0.8 ? coloured("white", "fabric") : cloth,
      lathe([...outside, ...inside], { segments: 36, ring: true }),
      50,
    );
    const bulb = wide * 0.24;
    builder.add(
      "bulb",
      glowing("warm light", "ffdf9e"),
      move(sphere(bulb, { segments: 16, rings: 10 }), 0, low + shadeHeight * 0.42 - bulb * 0.4, 0),
      60,
    );
  },
});
