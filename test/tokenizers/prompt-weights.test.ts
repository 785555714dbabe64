import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePromptWeights } from "../../core/src/tokenizers/prompt-weights.ts";

describe("parsePromptWeights", () => {
  // The expected lists are those of AUTOMATIC1111's own docstring, where it has one.
  it.each([
    ["normal text", [["normal text", 1]]],
    [
      "an (important) word",
      [
        ["an ", 1],
        ["important", 1.1],
        [" word", 1],
      ],
    ],
    ["(unbalanced", [["unbalanced", 1.1]]],
    ["\\(literal\\]", [["(literal]", 1]]],
    ["(unnecessary)(parens)", [["unnecessaryparens", 1.1]]],
    [
      "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
      [
        ["a ", 1],
        ["house", 1.573],
        [" ", 1.1],
        ["on", 1],
        [" a ", 1.1],
        ["hill", 0.55],
        [", sun, ", 1.1],
        ["sky", 1.4641],
        [".", 1.1],
      ],
    ],
    ["[faint]", [["faint", 1 / 1.1]]],
    ["a smile :) and 10:30", [["a smile :) and 10:30", 1]]],
    [
      "(a: 1.5 ) b",
      [
        ["a", 1.5],
        [" b", 1],
      ],
    ],
    ["(zero:0)", [["zero", 0]]],
    ["(minus:-0.5)", [["minus", -0.5]]],
    [
      "((a:2) b:3)",
      [
        ["a", 6],
        [" b", 3],
      ],
    ],
    ["back\\slash \\\\ end\\", [["back\\slash \\ end\\", 1]]],
    ["", []],
    ["()", []],
  ] as [string, [string, number][]][])("reads %j", (prompt, expected) => {
    const actual = parsePromptWeights(prompt);
    expect(actual.map((piece) => piece.text)).toEqual(expected.map(([text]) => text));
    for (const [i, piece] of actual.entries()) expect(piece.weight).toBeCloseTo(expected[i]?.[1] ?? Number.NaN, 10);
  });

  it("gives a prompt without brackets or backslashes back as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(!/[()[\]\\]/.test(text));
        expect(parsePromptWeights(text)).toEqual(text === "" ? [] : [{ text, weight: 1 }]);
      }),
    );
  });

  it("gives any text back when its brackets and backslashes are escaped", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const escaped = text.replace(/[\\()[\]]/g, "\\$&");
        expect(parsePromptWeights(escaped)).toEqual(text === "" ? [] : [{ text, weight: 1 }]);
      }),
    );
  });

  it("multiplies the weights of nested brackets", () => {
    const nested = fc.array(
      fc.double({ min: 0.1, max: 3, noNaN: true }).map((w) => w.toFixed(2)),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(nested, (weights) => {
        const prompt = weights.reduce((inner, weight) => `(${inner}:${weight})`, "word");
        const [piece, ...rest] = parsePromptWeights(prompt);
        expect(rest).toEqual([]);
        expect(piece?.text).toBe("word");
        expect(piece?.weight).toBeCloseTo(
          weights.reduce((product, weight) => product * Number(weight), 1),
          8,
        );
      }),
    );
  });

  it("loses no plain text and always ends, whatever comes in", () => {
    const soup = fc.array(fc.constantFrom("(", ")", "[", "]", "\\", ":", "1.5", "a", " ", ","), { maxLength: 60 });
    fc.assert(
      fc.property(soup, (parts) => {
        const pieces = parsePromptWeights(parts.join(""));
        expect(
          pieces
            .map((p) => p.text)
            .join("")
            .split("a").length,
        ).toBe(parts.filter((p) => p === "a").length + 1);
        for (const piece of pieces) expect(Number.isFinite(piece.weight)).toBe(true);
      }),
    );
  });

  it("reads a prompt of 16 kB of brackets in no time", () => {
    const started = performance.now();
    parsePromptWeights(`${"(".repeat(8000)}x${")".repeat(8000)}`);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
