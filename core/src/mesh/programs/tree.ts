import { sphere } from "../kit/lathe.ts";
import { coloured, surface } from "../kit/materials.ts";
import { move, type Point, type Solid, warp } from "../kit/solid.ts";
import { smoothPath, sweep } from "../kit/sweep.ts";
import { count, defineProgram, metres, oneOf, share } from "./program.ts";

/** Broadleaf tree: a trunk with branches and a crown of faceted clumps of leaves. */
export const tree = defineProgram({
  category: "tree",
  size: [2.4, 9],
  parameters: {
    height: metres(3, 7.5),
    crown: share(0.5, 0.75),
    trunk: share(0.03, 0.05),
    lean: share(-0.06, 0.06),
    clumps: count(4, 8),
    turn: { kind: "number", min: 0, max: 360, unit: "degrees" },
    leaves: oneOf("green", "yellow", "orange", "red", "pink", "purple", "blue", "white"),
    trunkStuff: oneOf("bark", "birch"),
  },
  build(p, builder) {
    const h = p.height;
    const wide = h * p.crown * 0.5;
    const split = h * 0.46;
    const r = h * p.trunk;
    const lean = h * p.lean;
    const path = smoothPath(
      [
        [0, 0, 0],
        [lean * 0.2, h * 0.06, 0],
        [lean * 0.5, split * 0.6, lean * 0.3],
        [lean, split, 0],
        [lean * 1.1, h * 0.66, 0],
      ],
      3,
    );
    const thin = path.map((_, k) => r * (k === 0 ? 1.7 : k === 1 ? 1.25 : 1.05 - 0.6 * (k / (path.length - 1))));
    const solids: Solid[] = [sweep(path, { radius: thin, segments: 9 })];
    const centres: [Point, number][] = [[[lean, h - wide * 0.62, 0], wide * 0.72]];
    for (let at = 0; at < p.clumps; at += 1) {
      const angle = ((p.turn + (at * 360) / p.clumps) * Math.PI) / 180;
      const out = wide * (0.55 + 0.12 * Math.sin(at * 2.4));
      const y = split + (h - split) * (0.3 + 0.13 * Math.cos(at * 1.9 + p.turn));
      centres.push([
        [lean + Math.cos(angle) * out, y, Math.sin(angle) * out],
        wide * (0.48 + 0.07 * Math.cos(at * 3.1)),
      ]);
      if (at % 2 === 0) {
        const tip: Point = [lean + Math.cos(angle) * out * 0.85, y - wide * 0.1, Math.sin(angle) * out * 0.85];
        solids.push(
          sweep(
            smoothPath(
              [[lean * 0.7, split * 0.8, 0], [(lean + tip[0]) / 2, (split + tip[1]) / 2 - h * 0.02, tip[2] / 2], tip],
              3,
            ),
            { radius: [0.55, 0.52, 0.48, 0.44, 0.4, 0.36, 0.3].map((v) => v * r), segments: 7 },
          ),
        );
      }
    }
    builder.add("trunk", surface(p.trunkStuff), solids, 45);
    const leaves = coloured(p.leaves, "leaves");
    const clumps = centres.map(([[x, y, z], size], at) => move(clump(size, at + p.turn), x, y, z));
    const light: Solid[] = [];
    const dark: Solid[] = [];
    clumps.forEach((solid, at) => {
      (at % 2 === 0 ? light : dark).push(solid);
    });
    const [red, green, blue] = leaves.baseColour;
    builder.add("crown", leaves, light, 20);
    builder.add(
      "lower crown",
      { ...leaves, name: `dark ${leaves.name}`, baseColour: [red * 0.72, green * 0.75, blue * 0.72] },
      dark,
      20,
    );
  },
});

/** A ball with dents, its middle at the origin. */
export function clump(radius: number, seed: number): Solid {
  return warp(sphere(radius, { segments: 11, rings: 7 }), (x, y, z) => {
    const wave =
      Math.sin((x / radius) * 3.1 + seed * 1.7) * Math.cos((z / radius) * 2.7 - seed) +
      Math.sin((y / radius) * 3.7 + seed * 2.3) * 0.6;
    const factor = 1 + 0.085 * wave;
    return [x * factor, (y - radius) * factor * 0.86, z * factor];
  });
}
