import { lathe, sphere } from "../kit/lathe.ts";
import { coloured, tinted } from "../kit/materials.ts";
import { move, type Solid, stretch, turn } from "../kit/solid.ts";
import { smoothPath, sweep } from "../kit/sweep.ts";
import { count, defineProgram, metres, oneOf, share } from "./program.ts";

/** Mushroom, one or a group: stem with a skirt, cap with gills and dots. */
export const mushroom = defineProgram({
  category: "mushroom",
  size: [0.06, 0.6],
  parameters: {
    height: metres(0.08, 0.35),
    cap: share(0.3, 0.55),
    dome: share(0.5, 1.1),
    bend: share(-0.15, 0.15),
    dots: count(0, 9),
    group: count(1, 3),
    colour: oneOf(
      "red",
      "brown",
      "orange",
      "purple",
      "blue",
      "white",
      "yellow",
      "pink",
      "green",
      "teal",
      "grey",
      "black",
    ),
  },
  build(p, builder) {
    const stems: Solid[] = [];
    const caps: Solid[] = [];
    const gills: Solid[] = [];
    const dots: Solid[] = [];
    for (let at = 0; at < p.group; at += 1) {
      const h = p.height * ([1, 0.62, 0.42][at] ?? 0.3);
      const cap = h * p.cap;
      const angle = at * 2.5 + 0.6;
      const out = at === 0 ? 0 : p.height * p.cap * 0.62 + cap * 0.4;
      const [x, z] = [Math.cos(angle) * out, Math.sin(angle) * out];
      const bend = h * p.bend * (at % 2 === 0 ? 1 : -1);
      const put = (solid: Solid) => move(solid, x, 0, z);
      const under = h - cap * p.dome * 0.86;
      const path = smoothPath(
        [
          [0, 0, 0],
          [bend * 0.1, h * 0.08, 0],
          [bend * 0.55, under * 0.6, 0],
          [bend, under + cap * 0.08, 0],
        ],
        3,
      );
      stems.push(
        put(
          sweep(path, {
            radius: path.map((_, k) => h * 0.085 * (k === 0 ? 1.1 : 1.25 - 0.55 * (k / (path.length - 1)))),
            segments: 14,
          }),
        ),
      );
      stems.push(
        put(
          move(
            lathe(
              [
                [0, 0.02 * h],
                [h * 0.12, -0.015 * h],
                [h * 0.135, -0.03 * h],
                [h * 0.13, -0.012 * h],
                [h * 0.07, 0.035 * h],
                [0, 0.04 * h],
              ],
              { segments: 18 },
            ),
            bend * 0.75,
            under * 0.78,
            0,
          ),
        ),
      );
      const tilt = (solid: Solid) => put(move(turn(solid, "z", -p.bend * 90), bend, under, 0));
      const dome = Array.from({ length: 7 }, (_, k): [number, number] => {
        const a = (k / 7) * (Math.PI / 2);
        return [cap * Math.cos(a), cap * p.dome * 0.86 * Math.sin(a)];
      });
      caps.push(
        tilt(
          lathe(
            [[0, cap * 0.06], [cap * 0.86, cap * 0.02], [cap * 0.95, -cap * 0.05], ...dome, [0, cap * p.dome * 0.86]],
            { segments: 28 },
          ),
        ),
      );
      gills.push(
        tilt(
          lathe(
            [
              [0, -cap * 0.02],
              [cap * 0.86, -cap * 0.035],
              [cap * 0.87, cap * 0.01],
              [0, cap * 0.04],
            ],
            { segments: 28 },
          ),
        ),
      );
      for (let dot = 0; dot < p.dots; dot += 1) {
        const [a, around] = [dot === 0 ? 88 : 62 - 34 * ((dot * 0.618) % 1), dot * 137.5 + at * 40];
        const rad = (a * Math.PI) / 180;
        const size = cap * (0.1 + 0.05 * ((dot * 0.37) % 1));
        const flat = move(stretch(sphere(size, { segments: 12, rings: 6 }), 1, 0.5, 1), 0, -size * 0.5, 0);
        const lean = turn(
          flat,
          "z",
          -(90 - (Math.atan2(Math.sin(rad), p.dome * 0.86 * Math.cos(rad) * 1) * 180) / Math.PI) * 0.9,
        );
        dots.push(tilt(turn(move(lean, cap * Math.cos(rad), cap * p.dome * 0.86 * Math.sin(rad), 0), "y", around)));
      }
    }
    builder.add("stems", tinted("pale flesh", "e8dcc0"), stems, 50);
    builder.add("caps", coloured(p.colour, "lacquer"), caps, 50);
    builder.add("gills", tinted("gills", "cdb892"), gills, 30);
    builder.add("dots", tinted("dots", "f2ecdc"), dots, 60);
  },
});
