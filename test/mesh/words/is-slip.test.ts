import { expect, test } from "vitest";
import { isSlip } from "../../../core/src/mesh/words/is-slip.ts";

test.each([
  ["chiar", "chair"],
  ["hcair", "chair"],
  ["chairr", "chair"],
  ["chir", "chair"],
  ["chaor", "chair"],
])("%s is a slip of %s", (met, word) => expect(isSlip(met, word)).toBe(true));

test.each([
  ["chair", "chair"],
  ["clock", "block"],
  ["mouse", "house"],
  ["lamps", "lump"],
  ["glass", "grass"],
  ["chairlift", "chair"],
  ["raich", "chair"],
])("%s is another word than %s", (met, word) => expect(isSlip(met, word)).toBe(false));
