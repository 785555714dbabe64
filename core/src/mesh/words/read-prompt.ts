import { findProgram } from "../programs/make-model.ts";
import type { ParameterValues } from "../programs/program.ts";
import type { CategoryWords, PartWords } from "./category-words.ts";
import { findCategory, suggestCategories } from "./find-category.ts";
import { CATEGORY_WORDS } from "./index.ts";
import {
  COLOUR_WORDS,
  EMPTY_WORDS,
  NUMBER_WORDS,
  SIDE_WORDS,
  SIZE_WORDS,
  STUFF_WORDS,
  tokenise,
} from "./vocabulary.ts";
import { Wishes } from "./wishes.ts";

/** What a prompt asks of the shape programs. */
export interface PromptReading {
  /** Category of the program, undefined if no noun is known. */
  readonly category: string | undefined;
  /** How surely the words mean this category, in [0, 1]. */
  readonly confidence: number;
  /** Parameters that the words settle. */
  readonly values: ParameterValues;
  /** Options that the words leave open ("wooden"), by parameter; more than one each. */
  readonly choices: Readonly<Record<string, readonly string[]>>;
  /** Ranges that the words leave open ("tall"), in the parameter's unit. */
  readonly ranges: Readonly<Record<string, readonly [number, number]>>;
  /** Words that asked for nothing the program can do, in order. */
  readonly unused: readonly string[];
  /** Categories near to what was asked, if no noun is known. */
  readonly suggestions: readonly string[];
}

type Item =
  | { kind: "whole" }
  | { kind: "part"; parts: readonly PartWords[]; without: boolean }
  | { kind: "stuff"; without: boolean }
  | { kind: "unknown" | "boundary" | "link" | "and" | "article" | "used" }
  | { kind: "number"; value: number };
type Placed = Item & { readonly text: string };

const LINKS = new Set(["is", "are", "in", "of", "from", "painted", "made", "coloured", "colored"]);
const BOUNDARIES = new Set(["with", "on", "at", "has", "have", "having", "that", "which", "whose", ";", ".", ":"]);
const ARTICLES = new Set(["a", "an", "the", "its", "it"]);
const NEGATIONS = new Set(["without", "no", "not", "lacking"]);
const METRES: Readonly<Record<string, number>> = {
  m: 1,
  metre: 1,
  meter: 1,
  cm: 0.01,
  centimetre: 0.01,
  centimeter: 0.01,
  mm: 0.001,
  ft: 0.3048,
  foot: 0.3048,
  feet: 0.3048,
};
const SIDE_OF: Readonly<Record<string, keyof CategoryWords["sides"]>> = {
  tall: "tall",
  high: "tall",
  wide: "wide",
  long: "long",
  deep: "deep",
  thick: "thick",
};

/** Reads an English prompt: what thing, and what its words settle of the thing's parameters. Same prompt, same reading. */
export function readPrompt(prompt: string): PromptReading {
  const tokens = tokenise(prompt);
  const found = findCategory(tokens);
  if (found === undefined) {
    const unused = tokens.filter((word) => /[\p{L}\d]/u.test(word) && !EMPTY_WORDS.has(word));
    return {
      category: undefined,
      confidence: 0,
      values: {},
      choices: {},
      ranges: {},
      unused,
      suggestions: suggestCategories(tokens),
    };
  }
  const words = CATEGORY_WORDS[found.category] as CategoryWords;
  const wishes = new Wishes(findProgram(found.category).parameters);
  const unused: string[] = [];
  const items: Placed[] = [];
  for (let at = 0; at < tokens.length; ) {
    if (at === found.at) {
      items.push({ kind: "whole", text: tokens.slice(at, at + found.length).join(" ") });
      at += found.length;
    } else at += readItem(tokens, at, at > found.at, words, wishes, items, unused);
  }
  bind(items, words, wishes, unused);
  wishes.need(found.implied);
  // What was asked for must be seen, and what that takes too.
  for (let round = 0; round < 2; round += 1) {
    for (const [name, needs] of Object.entries(words.needs ?? {})) if (wishes.has(name)) wishes.need(needs);
  }
  const content = tokens.filter((word) => /\p{L}/u.test(word) && !EMPTY_WORDS.has(word)).length;
  const after = tokens[found.at + found.length];
  const isCompound = after !== undefined && unused[0] === after;
  const values = wishes.values();
  const confidence =
    found.confidence * (isCompound ? 0.6 : 1) * (1 - (0.3 * Math.min(unused.length, content)) / Math.max(content, 1));
  const open = <T>(map: ReadonlyMap<string, T>) => Object.fromEntries([...map].filter(([name]) => !(name in values)));
  return {
    category: found.category,
    confidence,
    values,
    choices: open(wishes.choices),
    ranges: open(wishes.ranges),
    unused,
    suggestions: [],
  };
}

/** Reads one item and says how many tokens it took. Sizes, choices and measures are asked for at once. */
function readItem(
  tokens: readonly string[],
  at: number,
  isAfter: boolean,
  words: CategoryWords,
  wishes: Wishes,
  items: Placed[],
  unused: string[],
): number {
  const token = tokens[at] as string;
  const put = (item: Item, text = token) => items.push({ ...item, text });
  const without =
    NEGATIONS.has(tokens[at - 1] ?? "") || (ARTICLES.has(tokens[at - 1] ?? "") && NEGATIONS.has(tokens[at - 2] ?? ""));

  const choice = longestChoice(tokens, at, words);
  const part = longestPart(tokens, at, words);
  if (choice !== undefined && choice.length + (isAfter ? 0 : 1) > part.length) {
    const options = [choice.option];
    if (without && !choice.isNegative) wishes.exclude(choice.name, options);
    else wishes.choose(choice.name, options);
    put({ kind: "used" });
    return choice.length;
  }
  if (part.length > 0) {
    put({ kind: "part", parts: part.parts, without }, tokens.slice(at, at + part.length).join(" "));
    return part.length;
  }
  const number = NUMBER_WORDS.indexOf(token as never);
  const value = number >= 0 ? number : Number(token);
  if (Number.isFinite(value)) {
    const unit = Object.hasOwn(METRES, tokens[at + 1] ?? "") ? METRES[tokens[at + 1] ?? ""] : undefined;
    if (unit === undefined) {
      if (number === 20 && NUMBER_WORDS.indexOf(tokens[at + 1] as never) in { 1: 0, 2: 0 }) {
        put({ kind: "number", value: 20 + NUMBER_WORDS.indexOf(tokens[at + 1] as never) });
        return 2;
      }
      put({ kind: "number", value });
      return 1;
    }
    const side = Object.hasOwn(SIDE_OF, tokens[at + 2] ?? "") ? SIDE_OF[tokens[at + 2] ?? ""] : undefined;
    const name = side === undefined ? words.size[0] : words.sides[side];
    if (name === undefined || !wishes.limit(name, value * unit, value * unit))
      unused.push(`${token} ${tokens[at + 1]}`);
    put({ kind: "used" });
    return side === undefined ? 2 : 3;
  }
  const size = SIZE_WORDS[token];
  const side = SIDE_WORDS[token];
  if (size !== undefined) {
    for (const name of words.size) if (!wishes.has(name)) wishes.scale(name, size);
    put({ kind: "used" });
  } else if (side !== undefined) {
    const name = side[0].map((one) => words.sides[one]).find((one) => one !== undefined);
    if (name === undefined || !wishes.scale(name, side[1])) unused.push(token);
    put({ kind: "used" });
  } else if (token in COLOUR_WORDS || token in STUFF_WORDS) put({ kind: "stuff", without });
  else if (LINKS.has(token)) put({ kind: "link" });
  else if (BOUNDARIES.has(token) || NEGATIONS.has(token)) put({ kind: "boundary" });
  else if (token === "and" || token === ",") put({ kind: "and" });
  else if (ARTICLES.has(token)) put({ kind: "article" });
  else if (/[\p{L}\d]/u.test(token)) {
    const isEmpty = EMPTY_WORDS.has(token);
    if (!isEmpty) unused.push(token);
    put({ kind: isEmpty ? "used" : "unknown" });
  }
  return 1;
}

function longestChoice(tokens: readonly string[], at: number, words: CategoryWords) {
  let best: { name: string; option: string; length: number; isNegative: boolean } | undefined;
  for (const [name, options] of Object.entries(words.choices)) {
    for (const [option, phrases] of Object.entries(options)) {
      for (const phrase of phrases) {
        const isNegative = phrase.startsWith("without ");
        const wanted = tokenise(phrase.replace(/^with (?:a |an |some )?/, ""));
        const from = isNegative ? wanted.slice(1).filter((word) => !ARTICLES.has(word)) : wanted;
        if (isNegative && !NEGATIONS.has(tokens[at - (ARTICLES.has(tokens[at - 1] ?? "") ? 2 : 1)] ?? "")) continue;
        if (from.length > (best?.length ?? 0) && from.every((word, k) => tokens[at + k] === word))
          best = { name, option, length: from.length, isNegative };
        else if (isNegative && from.length === best?.length && from.every((word, k) => tokens[at + k] === word))
          best = { name, option, length: from.length, isNegative };
      }
    }
  }
  return best;
}

function longestPart(
  tokens: readonly string[],
  at: number,
  words: CategoryWords,
): { parts: readonly PartWords[]; length: number } {
  let length = 0;
  let parts: PartWords[] = [];
  for (const part of words.parts) {
    for (const name of part.names) {
      const wanted = tokenise(name);
      if (wanted.length < length || !wanted.every((word, k) => tokens[at + k] === word)) continue;
      if (wanted.length > length) parts = [];
      length = wanted.length;
      parts.push(part);
    }
  }
  return { parts, length };
}

/** Gives colours, materials and numbers to the nouns that they stand with. */
function bind(items: readonly Placed[], words: CategoryWords, wishes: Wishes, unused: string[]): void {
  let last: Placed = { kind: "whole", text: "" };
  let isLinked = false;
  let isNamed = false;
  items.forEach((item, at) => {
    if (item.kind === "whole" || item.kind === "part") {
      last = item;
      isNamed = true;
      isLinked = false;
      if (item.kind === "part" && !namePart(item, wishes)) unused.push(`without ${item.text}`);
    } else if (item.kind === "link") isLinked = isNamed;
    else if (item.kind === "boundary") isLinked = false;
    else if (item.kind === "stuff") {
      const next = nounAfter(items, at, isLinked, isNamed);
      const target = next ?? last;
      if (item.without) {
        const names = target.kind === "part" ? target.parts.flatMap(({ stuff = [] }) => stuff) : words.stuff;
        for (const name of names) wishes.exclude(name, [COLOUR_WORDS[item.text] ?? item.text]);
        return;
      }
      if (
        !give(target, item.text, words, wishes) &&
        !(target.kind === "part" && next === undefined && wishes.stuff(words.stuff, item.text))
      )
        unused.push(item.text);
    } else if (item.kind === "number") {
      const next = nounAfter(items, at, false, false);
      const counts =
        next?.kind === "part"
          ? next.parts.flatMap(({ count = [] }) => count)
          : next?.kind === "whole" && words.group !== undefined
            ? [words.group]
            : [];
      const isOneThing = next?.kind === "whole" && item.value === 1;
      if (!isOneThing && !counts.some((name) => wishes.limit(name, item.value, item.value)))
        unused.push(`${item.text}${next === undefined ? "" : ` ${next.text}`}`);
    }
  });
}

function namePart({ parts, without }: Extract<Placed, { kind: "part" }>, wishes: Wishes): boolean {
  for (const part of parts) {
    if (!without) wishes.need(part.needs);
    else for (const [name, option] of Object.entries(part.absent ?? {})) wishes.choose(name, [option]);
  }
  return (
    !without ||
    parts.some(({ absent, count }) => absent !== undefined || (count !== undefined && wishes.limit(count, 0, 0)))
  );
}

function give(target: Placed, word: string, words: CategoryWords, wishes: Wishes): boolean {
  if (target.kind === "unknown") return false;
  if (target.kind !== "part")
    return wishes.stuff([...words.stuff, ...words.parts.flatMap(({ stuff = [] }) => stuff)], word);
  return target.parts.some(({ stuff = [] }) => wishes.stuff(stuff, word));
}

/** The noun that the words at `at` stand before, in the same phrase. */
function nounAfter(items: readonly Placed[], at: number, isLinked: boolean, isNamed: boolean): Placed | undefined {
  let unknown: Placed | undefined;
  for (let k = at + 1; k < items.length; k += 1) {
    const item = items[k] as Placed;
    if (item.kind === "whole" || item.kind === "part") return item;
    // A noun that we do not know ("black wings") keeps its colour to itself.
    if (item.kind === "unknown") unknown ??= item;
    if (item.kind === "boundary" || item.kind === "link" || item.kind === "article") return unknown;
    if (item.kind === "and" && (isLinked || (isNamed && item.text === ",") || items[k + 1]?.kind === "number"))
      return unknown;
  }
  return unknown;
}
