import type { ColourName } from "../kit/materials.ts";
import { findRelated } from "../words/find-related.ts";
import { randomOf } from "../words/random.ts";
import { COLOUR_WORDS, EMPTY_WORDS, SIDE_WORDS, SIZE_WORDS, tokenise } from "../words/vocabulary.ts";
import { findNoun, type LibraryNoun } from "./find-noun.ts";
import type { LibraryEntry, LibraryIndex } from "./library-index.ts";

/** A model that answers a prompt, and what is to be done to it. */
export interface LibraryMatch {
  readonly entry: LibraryEntry;
  /** How well it answers the words, in [0, 1]. */
  readonly score: number;
  /** Main colour to change, and what to. */
  readonly recolour?: { readonly from: ColourName; readonly to: ColourName };
  /** Length of the longest side, metres: as asked by words of size, else the entry's. */
  readonly size_m: number;
  /** Factors along x, y, z for "tall", "wide", "long" … */
  readonly stretch: readonly [number, number, number];
  /** Words that the model does not answer, in order. */
  readonly unused: readonly string[];
  /** Word for another thing, which the library does not have, that this one is nearest to. */
  readonly insteadOf?: string;
}

/** What a word that names no thing asks for. */
interface Asked {
  readonly words: readonly string[];
  readonly colour: ColourName | undefined;
  readonly size: readonly [number, number] | undefined;
  readonly stretch: readonly [number, number, number];
  readonly stretchWords: readonly string[];
}

/** A model of this score less than the best is as good: packs draw the same thing in their own ways. */
const EQUAL = 0.02;
/** Share of the surface from which on a model has a colour. */
const HAS_COLOUR = 0.4;
/** Share of the surface from which on a colour counts as paint rather than tyres or shadow lines around it. */
const IS_PAINT = 0.2;
const LONGER = 1.25;
/** Two words that are no kind of the second one. */
const NO_KINDS = new Set(["hot dog", "toy truck", "lightning bolt", "key ring", "coin block", "horse statue"]);
const MATERIAL_COLOURS: Readonly<Record<string, ColourName>> = {
  gold: "yellow",
  golden: "yellow",
  silver: "grey",
  steel: "grey",
  iron: "grey",
  stone: "grey",
  wood: "brown",
  wooden: "brown",
  oak: "brown",
  walnut: "brown",
};

/** Gives the nouns of a library as words: its own, then other words for them. */
export function makeNouns({ nouns }: LibraryIndex): readonly LibraryNoun[] {
  const own = Object.keys(nouns).map((noun) => ({ tokens: tokenise(noun), noun, confidence: 1 }));
  const known = new Set(Object.keys(nouns));
  // "Ship" where the library has cruise ships and sailing ships, but no ship as such.
  const heads = new Set(
    Object.keys(nouns).flatMap((noun) => (NO_KINDS.has(noun) ? [] : noun.split(" ").slice(1).slice(-1))),
  );
  const kinds = [...heads]
    .filter((word) => !known.has(word))
    .map((word) => ({ tokens: tokenise(word), noun: word, confidence: 1 }));
  const other = Object.entries(nouns).flatMap(([noun, { synonyms }]) =>
    synonyms.filter((word) => !known.has(word)).map((word) => ({ tokens: tokenise(word), noun, confidence: 0.92 })),
  );
  return [...own, ...kinds, ...other].toSorted((a, b) => b.tokens.length - a.tokens.length);
}

/** How surely the nearest thing is what was wanted, of a thing that the library does not have. */
const INSTEAD = 0.4;

/**
 * Finds the model that answers a prompt best, else one of the thing that is nearest to what the words name; same prompt and seed, same
 * model.
 */
export function findModel(
  prompt: string,
  seed: number,
  index: LibraryIndex,
  nouns: readonly LibraryNoun[],
): LibraryMatch | undefined {
  const tokens = tokenise(prompt);
  const known = findNoun(tokens, nouns);
  const found = known === undefined ? findInstead(tokens, index) : { ...known, isInstead: false };
  if (found === undefined) return undefined;
  const asked = readWords(tokens, found.at, found.length);
  const after = tokens[found.at + found.length];
  // "Car wash", "bed frame": another thing than its first word.
  const isCompound = after !== undefined && asked.words.includes(after) && !isAdverb(after);
  const matches = index.models.flatMap((entry) => {
    const noun = found.nouns.find((one) => one.noun === entry.noun);
    // A police car is a car; a car is no police car.
    const isKind =
      noun !== undefined ||
      (!NO_KINDS.has(entry.noun) && found.nouns.some((one) => entry.noun.endsWith(` ${one.noun}`)));
    if (!isKind) return [];
    const confidence = (noun ?? (found.nouns[0] as LibraryNoun)).confidence * (found.isSlip ? 0.7 : 1);
    return [scored(entry, asked, confidence * (noun === undefined ? 0.95 : 1) * (isCompound ? 0.6 : 1), index)];
  });
  const best = Math.max(...matches.map(({ score }) => score));
  const equals = matches.filter(({ score }) => score >= best - EQUAL).toSorted((a, b) => b.score - a.score);
  const match = equals[Math.floor(randomOf(seed, "library")() * equals.length)];
  return match === undefined || !found.isInstead ? match : { ...match, insteadOf: tokens[found.at] as string };
}

/** The nearest thing of the library to the last thing that the prompt's first phrase names. */
function findInstead(tokens: readonly string[], { nouns }: LibraryIndex) {
  const near = tokens.flatMap((word) => {
    const noun = findRelated(word).find((thing) => Object.hasOwn(nouns, thing));
    return noun === undefined ? [] : [{ tokens: [word], noun, confidence: INSTEAD }];
  });
  const found = findNoun(tokens, near);
  return found && { ...found, isInstead: true };
}

function readWords(tokens: readonly string[], at: number, length: number): Asked {
  const words: string[] = [];
  let colour: ColourName | undefined;
  let size: readonly [number, number] | undefined;
  const stretch: [number, number, number] = [1, 1, 1];
  const stretchWords: string[] = [];
  tokens.forEach((token, place) => {
    if ((place >= at && place < at + length) || !/\p{L}|\d/u.test(token) || EMPTY_WORDS.has(token)) return;
    const isDenied = ["no", "not", "without"].includes(tokens[place - 1] ?? "");
    if (token === "no" || token === "not" || token === "without" || isDenied) return;
    // The first colour is the thing's own; later ones are those of its parts.
    colour ??= colourOf(token);
    if (SIZE_WORDS[token] !== undefined) size = SIZE_WORDS[token];
    const side = SIDE_WORDS[token];
    if (side !== undefined) {
      const axes = { tall: 1, wide: 0, long: 2, deep: 2, thick: 0 } as const;
      const [first] = side[0];
      if (first !== undefined) stretch[axes[first]] *= side[1][0] > 0.5 ? LONGER : 1 / LONGER;
      stretchWords.push(token);
    }
    words.push(token);
  });
  return { words, colour, size, stretch, stretchWords };
}

function scored(entry: LibraryEntry, asked: Asked, confidence: number, index: LibraryIndex): LibraryMatch {
  const nameWords = new Set(tokenise(entry.name));
  const { colour } = asked;
  const [main, mainShare] = mainColour(entry);
  const hasColour = colour === undefined || main === colour || (entry.colours[colour] ?? 0) >= HAS_COLOUR;
  // The name says what it is painted with or made of; recolouring would undo it.
  const isNamedSo = asked.words.some(
    (word) => nameWords.has(word) && colour !== undefined && colourOf(word) === colour,
  );
  const recolour = colour === undefined || hasColour || isNamedSo ? undefined : { from: main, to: colour };
  const named = asked.words.filter((word) => nameWords.has(word));
  const unused = asked.words.filter(
    (word) =>
      !nameWords.has(word) &&
      SIZE_WORDS[word] === undefined &&
      !asked.stretchWords.includes(word) &&
      colourOf(word) === undefined,
  );
  const nounWords = tokenise(entry.noun);
  const strange = [...nameWords].filter(
    (word) => !asked.words.includes(word) && !nounWords.includes(word) && !EMPTY_WORDS.has(word),
  );
  const share = unused.length / (asked.words.length + 1);
  // Little to recolour: the greater part of the thing would stay as it is.
  const repaint = recolour === undefined ? 1 : mainShare < HAS_COLOUR ? 0.9 : 0.94;
  const score = confidence * (1 - 0.45 * share) * repaint - 0.01 * Math.min(strange.length, 3) + 0.03 * named.length;
  const [least, greatest] = index.nouns[entry.noun]?.size_m ?? [entry.size_m, entry.size_m];
  const at = asked.size === undefined ? undefined : (asked.size[0] + asked.size[1]) / 2;
  return {
    entry,
    score: Math.min(1, Math.max(0, score)),
    ...(recolour !== undefined && { recolour }),
    size_m: at === undefined ? entry.size_m : least * (greatest / least) ** at,
    stretch: asked.stretchWords.every((word) => nameWords.has(word)) ? [1, 1, 1] : asked.stretch,
    unused,
  };
}

/** The colour of the greatest share; where that is black or grey, the greatest paint beside it. */
function mainColour({ colours }: LibraryEntry): readonly [ColourName, number] {
  const list = Object.entries(colours) as [ColourName, number][];
  const first = list[0] ?? (["grey", 1] as const);
  if (first[0] !== "black" && first[0] !== "grey") return first;
  const paint = list.find(([name, share]) => !["black", "grey", "white"].includes(name) && share >= IS_PAINT);
  return paint ?? first;
}

function colourOf(word: string): ColourName | undefined {
  const named = COLOUR_WORDS[word] as ColourName | undefined;
  return named ?? (Object.hasOwn(MATERIAL_COLOURS, word) ? MATERIAL_COLOURS[word] : undefined);
}

/** "A wolf howling", "a man there": no name of another thing. */
function isAdverb(word: string): boolean {
  return word.endsWith("ing") || word.endsWith("ly") || SIZE_WORDS[word] !== undefined || colourOf(word) !== undefined;
}
