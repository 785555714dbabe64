import { findRelated } from "./find-related.ts";

/**
 * Whether a word is another one with a slip of the pen: one letter put in, left out, changed, or swapped with the next. The first letter may
 * only be swapped: with another one it is mostly another word ("clock" is no block, "mouse" no house). Names of other things are no slips ("glass" is no grass).
 */
export function isSlip(met: string, word: string): boolean {
  if (met === word || Math.abs(met.length - word.length) > 1) return false;
  let start = 0;
  while (start < met.length && met[start] === word[start]) start += 1;
  let end = 0;
  while (end < Math.min(met.length, word.length) - start && met.at(-1 - end) === word.at(-1 - end)) end += 1;
  const [left, right] = [met.slice(start, met.length - end), word.slice(start, word.length - end)];
  if (left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0]) return true;
  return start > 0 && left.length <= 1 && right.length <= 1 && findRelated(met).length === 0;
}
