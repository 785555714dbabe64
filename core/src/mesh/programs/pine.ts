import { cylinder, lathe } from "../kit/lathe.ts";
import { surface, tinted } from "../kit/materials.ts";
import { move, type Solid, turn, warp } from "../kit/solid.ts";
import { count, defineProgram, metres, oneOf, share } from "./program.ts";

const NEEDLES = { dark: "2f5b3c", light: "55803f", blue: "3f6e68" } as const;

/** Conifer: layers of drooping skirts around a straight trunk, with or without snow. */
export const pine = defineProgram({
  category: "pine",
  size: [2.3, 11],
  parameters: {
    height: metres(2.5, 10),
    width: share(0.34, 0.52),
    layers: count(3, 7),
    trunk: share(0.1, 0.22),
    needles: oneOf("dark", "light", "blue"),
    snow: oneOf("no", "yes"),
    turn: { kind: "number", min: 0, max: 360, unit: "degrees" },
  },
  build(p, builder) {
    const h = p.height;
    const base = h * p.trunk;
    builder.add("trunk", surface("bark"), cylinder(h * 0.03, h * 0.75, { segments: 9, top: h * 0.008 }), 50);
    const skirts: Solid[] = [];
    const caps: Solid[] = [];
    const step = (h - base) / (p.layers + 0.6);
    for (let at = 0; at < p.layers; at += 1) {
      const wide = ((h * p.width) / 2) * (1 - (at / p.layers) * 0.78);
      const tall = step * 1.75 - (at === p.layers - 1 ? step * 0.15 : 0);
      const skirt = lathe(
        [
          [0, tall * 0.16],
          [wide * 0.55, tall * 0.1],
          [wide, 0],
          [wide * 0.93, tall * 0.07],
          [wide * 0.5, tall * 0.5],
          [0, tall],
        ],
        { segments: 14 },
      );
      // Every other point of the hem hangs lower and reaches further out.
      const hem = (solid: Solid) =>
        warp(solid, (x, y, z) => {
          const radius = Math.hypot(x, z);
          const spike = Math.round((Math.atan2(x, z) / (2 * Math.PI)) * 14) % 2 === 0 ? 1 : -1;
          const near = Math.max(0, radius / wide - 0.6) / 0.4;
          const factor = 1 + spike * 0.07 * near;
          return [x * factor, y - spike * tall * 0.045 * near, z * factor];
        });
      const put = (solid: Solid) => move(turn(solid, "y", p.turn + at * 37), 0, base + at * step, 0);
      skirts.push(put(hem(skirt)));
      if (p.snow === "yes") {
        const cap = lathe(
          [
            [0, tall * 0.45],
            [wide * 0.47, tall * 0.45],
            [wide * 0.62, tall * 0.36],
            [wide * 0.6, tall * 0.43],
            [wide * 0.5, tall * 0.54],
            [0, tall * 1.04],
          ],
          { segments: 14 },
        );
        caps.push(put(cap));
      }
    }
    builder.add("needles", tinted(`${p.needles} needles`, NEEDLES[p.needles]), skirts, 20);
    builder.add("snow", tinted("snow", "eef3f7"), caps, 30);
  },
});
