import { describe, expect, it } from "vitest";
import { findRelated } from "../../../core/src/mesh/words/find-related.ts";
import { readPrompt } from "../../../core/src/mesh/words/read-prompt.ts";

describe("findRelated", () => {
  it.each([
    ["helicopter", "airplane"],
    ["canoe", "boat"],
    ["penguin", "bird"],
    ["mosque", "temple"],
    ["kettle", "jar"],
    ["chandelier", "ceiling lamp"],
    ["elephant", "cow"],
    ["ball", "moon"],
    ["scooter", "motorcycle"],
    ["submarine", "boat"],
    ["glass", "cup"],
    ["factory", "building"],
  ])("finds that a %s is most like a %s", (word, thing) => {
    expect(findRelated(word)[0]).toBe(thing);
  });

  it("goes on to what is like that, for those who do not have it", () => {
    expect(findRelated("helicopter")).toContain("boat");
  });

  it.each(["happiness", "qwrtz", "constructor", "the", "anvil", "spoon", "guitar", ""])(
    'finds nothing for "%s"',
    (word) => {
      expect(findRelated(word)).toEqual([]);
    },
  );
});

it("a prompt about a thing that no program makes suggests the category that is most like it", () => {
  expect(readPrompt("a fast helicopter").suggestions).toContain("boat");
  expect(readPrompt("a mosque").suggestions[0]).toBe("house");
});
