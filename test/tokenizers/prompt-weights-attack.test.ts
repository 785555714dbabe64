import { expect, it } from "vitest";
import { parsePromptWeights } from "../../core/src/tokenizers/prompt-weights.ts";

// Far beyond what the core takes (max_prompt_bytes), so that time that grows with the square would show as minutes.
const LENGTH = 200_000;

it.each([
  ["digits that are no weight", `(:${"1".repeat(LENGTH)}`],
  ["digits and a point", `(:${"1".repeat(LENGTH)}.`],
  ["blanks behind a colon", `(:${" ".repeat(LENGTH)}`],
  ["blanks behind a weight", `(:1${" ".repeat(LENGTH)}`],
  ["colons", ":".repeat(LENGTH)],
  ["backslashes", "\\".repeat(LENGTH)],
  ["closed brackets", ")]".repeat(LENGTH / 2)],
  ["open brackets", "(".repeat(LENGTH)],
  ["brackets and words that are never closed", "(a[b".repeat(3000)],
])("attack: a prompt of %s is parsed in little time", (_, prompt) => {
  const start = performance.now();
  const pieces = parsePromptWeights(prompt);
  expect(performance.now() - start).toBeLessThan(3000);
  expect(pieces.every(({ weight }) => !Number.isNaN(weight))).toBe(true);
});

it.each([
  ["(a:1.5)", 1.5],
  ["(a:.5)", 0.5],
  ["(a: 2 )", 2],
  ["(a:-0.5)", -0.5],
  ["(a:+1)", 1],
])("%s weighs %d", (prompt, weight) => {
  expect(parsePromptWeights(prompt)).toEqual([{ text: "a", weight }]);
});
