import { describe, expect, test } from "vitest";
import type { ModelLibrary } from "../../../core/src/mesh/library/open-library.ts";
import { tinyLibrary } from "./tiny-library.ts";

const library = tinyLibrary();
const found = (prompt: string, seed = 1) => library.find(prompt, seed);

describe("finding a model by words", () => {
  test.each([
    ["a chair", "chair"],
    ["two chairs", "chair"],
    ["an apple on a plate", "apple"],
    ["a doughnut", "donut"],
    ["a kitten", "cat"],
    ["a cat on a chair", "cat"],
    ["chiar", "chair"],
    ["a police car", "police car"],
    ["a car", "police car"],
    ["a hydrant", "fire hydrant"],
    ["a lavatory", "toilet"],
  ])('"%s" is answered by a %s', (prompt, noun) => {
    expect(found(prompt)?.entry.noun).toBe(noun);
  });

  test.each(["a helicopter", "", "qwxyz", "nothing without a chair"])('"%s" has no answer', (prompt) => {
    expect(found(prompt)).toBeUndefined();
  });

  test("scores lie in [0, 1]: own words above synonyms, those above slips of the pen, other things below", () => {
    const scores = ["a donut", "a doughnut", "a donot", "a donut factory with big chimneys"].map(
      (prompt) => found(prompt)?.score as number,
    );
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(new Set(scores).size).toBe(4);
    expect(scores[0]).toBe(1);
    expect(scores[3]).toBeGreaterThan(0);
    expect(scores[3]).toBeLessThan(0.6);
  });

  test("a colour that the model has not is a recolouring; one that it has is none", () => {
    expect(found("a green apple")?.recolour).toEqual({ from: "red", to: "green" });
    expect(found("a red apple")?.recolour).toBeUndefined();
    expect(found("an apple")?.recolour).toBeUndefined();
    expect(found("a scarlet apple")?.recolour).toBeUndefined();
    // What it is painted with is not what stands beside it.
    expect(found("an apple with a green leaf")?.recolour).toEqual({ from: "red", to: "green" });
  });

  test("words that no model answers are named", () => {
    expect(found("a haunted chair from venus")?.unused).toEqual(["haunted", "venus"]);
    expect(found("a big red chair")?.unused).toEqual([]);
  });

  test("words of size scale within what is usual, tall and wide stretch", () => {
    const [least, greatest] = (library.nouns.chair as ModelLibrary["nouns"][string]).size_m;
    const [small, plain, huge] = ["a tiny chair", "a chair", "a huge chair"].map((prompt) => found(prompt)?.size_m);
    expect(small).toBeGreaterThanOrEqual(least);
    expect(small).toBeLessThan(plain as number);
    expect(huge).toBeGreaterThan(plain as number);
    expect(huge).toBeLessThanOrEqual(greatest);
    expect(found("a tall chair")?.stretch).toEqual([1, 1.25, 1]);
    expect(found("a narrow chair")?.stretch).toEqual([1 / 1.25, 1, 1]);
    expect(found("a chair")?.stretch).toEqual([1, 1, 1]);
  });

  test("the seed chooses among equals, and always the same", () => {
    const drawn = Array.from({ length: 12 }, (_, seed) => found("a chair", seed)?.entry.id);
    expect(new Set(drawn).size).toBe(2);
    expect(Array.from({ length: 12 }, (_, seed) => found("a chair", seed)?.entry.id)).toEqual(drawn);
  });
});
