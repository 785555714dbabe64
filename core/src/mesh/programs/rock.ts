import { sphere } from "../kit/lathe.ts";
import { surface, tinted } from "../kit/materials.ts";
import { move, type Solid, warp } from "../kit/solid.ts";
import { count, defineProgram, metres, oneOf, share } from "./program.ts";

/** Boulder, or a group of them: faceted stones cut by planes. */
export const rock = defineProgram({
  category: "rock",
  size: [0.35, 4.5],
  parameters: {
    size: metres(0.4, 2),
    flatness: share(0.5, 1),
    stones: count(1, 3),
    cuts: count(8, 16),
    shape: share(0, 100),
    stuff: oneOf("stone", "slate", "sandstone"),
    moss: oneOf("no", "yes"),
  },
  build(p, builder) {
    const solids: Solid[] = [];
    for (let at = 0; at < p.stones; at += 1) {
      const size = (p.size / 2) * ([1, 0.55, 0.36][at] ?? 0.3);
      const angle = p.shape * 0.7 + at * 2.3;
      const out = at === 0 ? 0 : p.size * 0.5 + size * 0.6;
      solids.push(
        move(stone(size, p.flatness, p.cuts, p.shape + at * 13), Math.cos(angle) * out, 0, Math.sin(angle) * out),
      );
    }
    builder.add("stones", surface(p.stuff), solids, 15);
    if (p.moss === "no") return;
    const patch = stone(p.size * 0.36, p.flatness * 0.62, p.cuts, p.shape + 5);
    builder.add("moss", tinted("moss", "6b7f3a", 1), move(patch, p.size * 0.06, p.size * p.flatness * 0.36, 0), 15);
  },
});

/** A ball with flat cuts, its foot a little below y = 0 cut level. */
function stone(radius: number, flatness: number, cuts: number, shape: number): Solid {
  const planes = Array.from({ length: cuts }, (_, k) => {
    const y = 0.95 - (1.6 * (k + 0.5)) / cuts;
    const angle = k * 2.399963 + shape * 1.7;
    const level = Math.sqrt(1 - y * y);
    return {
      n: [Math.cos(angle) * level, y, Math.sin(angle) * level] as const,
      d: 0.72 + 0.16 * Math.sin(k * 5.3 + shape * 3.1),
    };
  });
  return warp(sphere(1, { segments: 18, rings: 12 }), (px, py, pz) => {
    const [x, y, z] = [px, py - 1, pz];
    // How far out the ray through the point leaves the cut ball: on a plane it lies exactly flat.
    let reach = 1;
    for (const { n, d } of planes) {
      const along = n[0] * x + n[1] * y + n[2] * z;
      if (along > 1e-6) reach = Math.min(reach, d / along);
    }
    const foot = y < 0 ? Math.min(reach, 0.5 / Math.max(-y, 1e-6)) : reach;
    return [x * foot * radius * 1.12, (y * foot + 0.5) * radius * flatness, z * foot * radius];
  });
}
