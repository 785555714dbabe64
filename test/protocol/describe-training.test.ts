import { expect, it } from "vitest";
import { describeTraining } from "../../core/src/protocol/describe-training.ts";

const set = (name: string, licence: string) => ({ name, licence, source: "somewhere", used_for: "training" });

it.each([
  ["undeclared" as const, "training data undeclared"],
  [[], "trained on nothing"],
  [[set("A", "CC0-1.0")], "trained on A (CC0-1.0)"],
  [[set("A", "CC0-1.0"), set("B", "MIT")], "trained on A (CC0-1.0) and B (MIT)"],
  [[set("A", "CC0-1.0"), set("B", "MIT"), set("C", "MIT")], "trained on 3 declared data sets (CC0-1.0, MIT)"],
])("a declaration in a few words: %j", (declaration, words) => {
  expect(describeTraining(declaration)).toBe(words);
});
