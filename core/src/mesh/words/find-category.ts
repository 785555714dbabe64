import type { Needs } from "./category-words.ts";
import { findRelated } from "./find-related.ts";
import { CATEGORY_WORDS } from "./index.ts";
import { isSlip } from "./is-slip.ts";
import { RELATED_WORDS, tokenise } from "./vocabulary.ts";

/** A noun of a category in a prompt. */
export interface FoundCategory {
  readonly category: string;
  readonly confidence: number;
  /** First token of the noun, and how many there are. */
  readonly at: number;
  readonly length: number;
  readonly implied: Needs;
}

interface Noun {
  readonly tokens: readonly string[];
  readonly category: string;
  readonly confidence: number;
  readonly implied: Needs;
}

const NOUNS: readonly Noun[] = Object.entries(CATEGORY_WORDS)
  .flatMap(([category, { nouns }]) =>
    Object.entries(nouns).map(([noun, [confidence, implied = {}]]) => ({
      tokens: tokenise(noun),
      category,
      confidence,
      implied,
    })),
  )
  .toSorted((a, b) => b.tokens.length - a.tokens.length);

const PREPOSITIONS = new Set([
  "with",
  "without",
  "of",
  "in",
  "on",
  "at",
  "from",
  "no",
  "a",
  "an",
  "the",
  "having",
  "have",
  "that",
  "which",
  "whose",
  "has",
  "is",
  "are",
  "made",
  "painted",
  "and",
  ",",
  ";",
  ".",
]);

/** Finds what a prompt is about: the last noun that we know in its first phrase that has one. */
export function findCategory(tokens: readonly string[]): FoundCategory | undefined {
  const found = search(tokens, (noun, at) => noun.tokens.every((word, k) => tokens[at + k] === word));
  if (found !== undefined) return found;
  // A slip of the pen: one letter wrong, missing, doubled or swapped in a noun of five letters or more.
  const slipped = search(
    tokens,
    ({ tokens: [word = "", ...more] }, at) =>
      more.length === 0 && word.length > 4 && isSlip(tokens[at] as string, word),
  );
  return slipped && { ...slipped, confidence: slipped.confidence * 0.7 };
}

/** Names categories for a prompt without a noun that we know, nearest first, at most three. */
export function suggestCategories(tokens: readonly string[]): string[] {
  const related = tokens.flatMap((word) => [
    ...(RELATED_WORDS[word] ?? []),
    ...findRelated(word).filter((thing) => Object.hasOwn(CATEGORY_WORDS, thing)),
  ]);
  const near = NOUNS.flatMap(({ tokens: [word = "", ...more], category }) =>
    more.length > 0
      ? []
      : tokens
          .filter((met) => met.length > 3)
          .map((met) => ({ category, share: distance(word, met) / Math.max(word.length, met.length) })),
  )
    .filter(({ share }) => share <= 0.34)
    .toSorted((a, b) => a.share - b.share)
    .map(({ category }) => category);
  return [...new Set([...related, ...near])].slice(0, 3);
}

function search(tokens: readonly string[], matches: (noun: Noun, at: number) => boolean): FoundCategory | undefined {
  let found: FoundCategory | undefined;
  for (let at = 0; at < tokens.length; at += 1) {
    if (found !== undefined && PREPOSITIONS.has(tokens[at] as string)) return found;
    // What a thing is without, it is not.
    if (tokens[at - 1] === "without" || tokens[at - 1] === "no") continue;
    const noun = NOUNS.find((one) => matches(one, at));
    if (noun === undefined) continue;
    found = {
      category: noun.category,
      confidence: noun.confidence,
      at,
      length: noun.tokens.length,
      implied: noun.implied,
    };
    at += noun.tokens.length - 1;
  }
  return found;
}

/** Edits between two words: a letter put in, left out, changed or swapped with the next (Damerau, optimal alignment). */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 4) return Math.max(a.length, b.length);
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, k) => k)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(
        (rows[i - 1]?.[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (rows[i - 1]?.[j - 1] as number) + cost,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (rows[i - 2]?.[j - 2] as number) + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] as number;
}
