import { describe, expect, it } from "vitest";
import { PROGRAMS } from "../../../core/src/mesh/programs/index.ts";
import { drawModel } from "../../../core/src/mesh/words/draw-model.ts";

const BRIGHT = new Set(["red", "orange", "yellow", "green", "teal", "blue", "purple", "pink"]);
const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);
const brightOf = (prompt: string, seed: number) =>
  Object.entries(drawModel(prompt, seed).values).filter(([, value]) => BRIGHT.has(String(value)));

describe("drawModel", () => {
  it.each([
    ["a red chair", "red"],
    ["a blue chest", "blue"],
    ["a green table", "green"],
    ["a yellow house", "yellow"],
    ["a teal vase", "teal"],
    ["a purple shield", "purple"],
    ["a pink bed", "pink"],
    ["an orange sign", "orange"],
  ])("makes no part of %s bright in another colour", (prompt, colour) => {
    for (const seed of SEEDS) {
      const bright = brightOf(prompt, seed);
      expect(bright.length, `seed ${seed}`).toBeGreaterThan(0);
      expect(new Set(bright.map(([, value]) => value)), `seed ${seed}`).toEqual(new Set([colour]));
    }
  });

  it("makes nothing bright where a stuff is asked for", () => {
    for (const seed of SEEDS) expect(brightOf("an oak chair", seed)).toEqual([]);
  });

  it("leaves paint off where wood is asked for", () => {
    for (const seed of SEEDS) {
      expect(drawModel("a wooden boat", seed).values).toMatchObject({ hull: "none" });
      expect(drawModel("an oak table", seed).values).toMatchObject({ paint: "none" });
    }
  });

  it("obeys two colours", () => {
    for (const seed of SEEDS) {
      expect(drawModel("a red chair with white legs", seed).values).toMatchObject({ paint: "red", legStuff: "white" });
      expect(drawModel("a blue house with a red roof", seed).values).toMatchObject({ paint: "blue", roofPaint: "red" });
      const two = brightOf("a green chair with a purple cushion", seed);
      expect(Object.fromEntries(two)).toEqual({ paint: "green", cushion: "purple" });
    }
  });

  it.each(PROGRAMS.map(({ category }) => category))("makes at most one part of a %s bright by itself", (category) => {
    const seen = SEEDS.map((seed) => brightOf(category, seed).filter(([name]) => name !== "leaves"));
    expect(Math.max(...seen.map((bright) => bright.length))).toBeLessThanOrEqual(1);
    for (const bright of seen) expect(bright.map(([name]) => name)).not.toContain("legStuff");
  });

  it("still draws every colour for the whole", () => {
    const paints = SEEDS.flatMap((seed) => [seed, seed + 1000, seed + 2000]).map(
      (seed) => drawModel("a vase", seed).values.colour,
    );
    for (const colour of BRIGHT) expect(paints).toContain(colour);
  });
});
