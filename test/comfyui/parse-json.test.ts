import { expect, test } from "vitest";
import { parseJson } from "../../bridges/comfyui/parse-json.ts";

test.each([
  ['{"is_changed": [NaN], "a": -Infinity, "b": Infinity}', { is_changed: [null], a: null, b: null }],
  ['{"text": "NaN \\" NaN", "n": NaN}', { text: 'NaN " NaN', n: null }],
  ['{"a": 1}', { a: 1 }],
  ["<html>NaN</html>", undefined],
  ["", undefined],
])("%s, as Python writes it, is read as %j", (text, value) => {
  expect(parseJson(text)).toEqual(value);
});
