import { isSlip } from "../words/is-slip.ts";

/** A word, or words, for a thing of a library. */
export interface LibraryNoun {
  readonly tokens: readonly string[];
  /** The library's own word for it. */
  readonly noun: string;
  /** How surely the words mean it, in [0, 1]. */
  readonly confidence: number;
}

/** Nouns that a prompt is about. */
export interface FoundNoun {
  /** All that the same words may mean. */
  readonly nouns: readonly LibraryNoun[];
  /** First token, and how many there are. */
  readonly at: number;
  readonly length: number;
  /** Found only by one letter more, less, changed or swapped. */
  readonly isSlip: boolean;
}

const ENDS = new Set(
  "with without of in on at from no having have that which whose has is are made painted and , ; .".split(" "),
);

/** Finds what a prompt is about: the last noun of its first phrase that has one. */
export function findNoun(tokens: readonly string[], nouns: readonly LibraryNoun[]): FoundNoun | undefined {
  const exact = search(tokens, nouns, ({ tokens: words }, at) => words.every((word, k) => tokens[at + k] === word));
  if (exact !== undefined) return { ...exact, isSlip: false };
  const slip = search(tokens, nouns, ({ tokens: [word = "", ...more] }, at) => {
    const met = tokens[at] as string;
    return more.length === 0 && word.length > 4 && met.length > 4 && isSlip(met, word);
  });
  return slip && { ...slip, isSlip: true };
}

function search(
  tokens: readonly string[],
  nouns: readonly LibraryNoun[],
  matches: (noun: LibraryNoun, at: number) => boolean,
): Omit<FoundNoun, "isSlip"> | undefined {
  let found: Omit<FoundNoun, "isSlip"> | undefined;
  for (let at = 0; at < tokens.length; at += 1) {
    if (found !== undefined && ENDS.has(tokens[at] as string)) return found;
    const before = ["a", "an", "any", "the"].includes(tokens[at - 1] ?? "") ? at - 2 : at - 1;
    if (["without", "no", "not"].includes(tokens[before] ?? "")) continue;
    const first = nouns.find((one) => matches(one, at));
    if (first === undefined) continue;
    const length = first.tokens.length;
    const same = nouns.filter((one) => one.tokens.length === length && matches(one, at));
    // A word of the library's own goes before other meanings of it.
    const own = same.filter(({ confidence }) => confidence === 1);
    found = { nouns: own.length > 0 ? own : same, at, length };
    at += length - 1;
  }
  return found;
}
