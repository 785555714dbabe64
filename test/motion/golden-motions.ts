import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Motion } from "../../core/src/motion/motion.ts";

const Numbers = z.array(z.number());
const GoldenSchema = z.object({
  motions: z.array(
    z.object({
      recipe: z.string(),
      root: Numbers,
      rotations: Numbers,
      features: Numbers,
      joints: Numbers,
      contacts: Numbers,
      mirrored_root: Numbers,
      mirrored_joints: Numbers,
      skating: z.int(),
      low: z.int(),
      jerk: z.number(),
      penetration: z.number(),
    }),
  ),
  alphas: z.record(z.string(), z.number()),
  sample: z.object({
    prompt: z.string(),
    seed: z.int(),
    steps: z.int(),
    guidance_scale: z.number(),
    ids: Numbers,
    text: Numbers,
    every: z.int(),
    clean: Numbers,
  }),
});

/** What models/training/motion computes; made by test/golden/motion/make_core.py. */
export const golden = GoldenSchema.parse(
  JSON.parse(readFileSync(new URL("../golden/motion/core.json", import.meta.url), "utf8")),
);

/** Gives a motion of the generator, 24 frames at 20 a second. */
export function goldenMotion(recipe: "going" | "turning" | "jump"): Motion {
  const found = golden.motions.find((motion) => motion.recipe === recipe);
  if (found === undefined) throw new Error(`no golden motion ${recipe}`);
  return { fps: 20, root: Float32Array.from(found.root), rotations: Float32Array.from(found.rotations) };
}

/** Gives the largest difference of two lists of numbers of the same length. */
export function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}
