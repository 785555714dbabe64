import { findProgram } from "../programs/make-model.ts";
import type { Parameter, ParameterValues } from "../programs/program.ts";
import { type CategoryWords, fulfils, type PartWords } from "./category-words.ts";
import { CATEGORY_WORDS } from "./index.ts";
import { randomOf } from "./random.ts";
import { COLOUR_WORDS, NUMBER_WORDS, STUFF_WORDS } from "./vocabulary.ts";

const SIZES = [
  ["tiny", 0, 0.12],
  ["small", 0.12, 0.33],
  ["large", 0.67, 0.88],
  ["huge", 0.88, 1],
] as const;
const SIDES = {
  tall: ["tall", "short"],
  wide: ["wide", "narrow"],
  long: ["long", "short"],
  deep: ["deep", "shallow"],
  thick: ["thick", "thin"],
} as const;
const AFTER_NOUN = /^(?:with|without|of|full of|filled|covered|loaded) /;

/** Makes an exact caption of a model; the seed chooses the wording, and which shapes are told, never the facts. */
export function describeModel(category: string, values: ParameterValues, seed: number): string {
  const words = CATEGORY_WORDS[category] as CategoryWords;
  const { parameters } = findProgram(category);
  const random = randomOf(seed, category);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const told = new Set<string>();
  const tell = (name: string): string | undefined => {
    const word = String(values[name]);
    if (told.has(name) || !isStuff(word) || !fulfils(words.needs?.[name], values)) return undefined;
    told.add(name);
    return word;
  };

  const parts = shuffled(
    words.parts.flatMap((part) => tellPart(part, words, values, tell)),
    random,
  );
  const adjectives: string[] = [];
  const phrases: string[] = [];
  const stuff = words.stuff.flatMap((name) => tell(name) ?? []).filter((word) => word !== "wood");
  for (const [name, options] of Object.entries(words.choices)) {
    const said = options[String(values[name])] ?? [];
    if (told.has(name) || said.length === 0 || !fulfils(words.needs?.[name], values) || random() < 0.25) continue;
    const phrase = pick(said);
    (AFTER_NOUN.test(phrase) ? phrases : adjectives).push(phrase);
  }
  const size = sizeOf(words, parameters, values, random);
  const nouns = Object.entries(words.nouns).flatMap(([noun, [confidence, implied]]) =>
    confidence === 1 && implied === undefined ? [noun] : [],
  );
  const noun = pick(nouns);
  const many = words.group === undefined ? 1 : (values[words.group] as number);

  // Its stuff before the noun, or after it.
  const isAfter = stuff.length > 0 && random() < 0.2;
  const before = [...size, ...shuffled(adjectives, random), ...(isAfter ? [] : stuff)];
  const head = [...before, many > 1 ? plural(noun) : noun].join(" ");
  const material = isAfter
    ? stuff.some((word) => word in COLOUR_WORDS)
      ? `in ${stuff.join(" ")}`
      : `of ${stuff.join(" and ")}`
    : "";
  const start =
    many > 1
      ? `${pick([NUMBER_WORDS[many] as string, `a group of ${NUMBER_WORDS[many]}`])} ${head}`
      : `${article(head)} ${head}`;
  const tail = parts.length === 0 ? "" : `${pick(["with", "that has", "having"])} ${joined(parts)}`;
  return [start, material, tail, ...phrases.map((phrase) => (tail === "" ? phrase : `, ${phrase}`))]
    .filter(Boolean)
    .join(" ")
    .replaceAll(" ,", ",");
}

function tellPart(
  part: PartWords,
  words: CategoryWords,
  values: ParameterValues,
  tell: (name: string) => string | undefined,
): string[] {
  if (part.silent || !fulfils(part.needs, values)) return [];
  const isCounted =
    part.count !== undefined && part.count !== words.group && fulfils(words.needs?.[part.count], values);
  const number = isCounted ? (values[part.count as string] as number) : undefined;
  const stuff = (part.stuff ?? []).map((name) => tell(name)).find((word) => word !== undefined);
  if (number === undefined && stuff === undefined && part.needs === undefined) return [];
  if (number === undefined && stuff === undefined && part.stuff === undefined) return [];
  const name = part.names[0] as string;
  const count = number === undefined ? [] : [number === 0 ? "no" : (NUMBER_WORDS[number] as string)];
  const isMany = number === undefined ? part.many === true : number !== 1;
  const said = [...count, ...(stuff === undefined ? [] : [stuff]), isMany ? plural(name) : name].join(" ");
  return [isMany || number !== undefined ? said : `${article(said)} ${said}`];
}

function sizeOf(
  words: CategoryWords,
  parameters: Readonly<Record<string, Parameter>>,
  values: ParameterValues,
  random: () => number,
): string[] {
  const share = (name: string) => {
    const parameter = parameters[name];
    if (parameter === undefined || parameter.kind === "choice") return 0.5;
    return ((values[name] as number) - parameter.min) / (parameter.max - parameter.min);
  };
  const size = SIZES.find(([, low, high]) =>
    words.size.every((name) => share(name) >= low && share(name) <= high),
  )?.[0];
  const used = new Set<string>(size === undefined ? [] : words.size);
  const sides = Object.entries(words.sides).flatMap(([side, name]) => {
    const at = share(name);
    if (used.has(name) || (at < 0.7 && at > 0.3)) return [];
    // "Short" and "wide" would speak of another side where a thing is both tall and long.
    if (side === "long" && at < 0.5 && words.sides.tall !== undefined) return [];
    used.add(name);
    return [SIDES[side as keyof typeof SIDES][at >= 0.7 ? 0 : 1]];
  });
  return [...(size === undefined ? [] : [size]), ...sides.filter(() => random() < 0.7)];
}

function isStuff(word: string): boolean {
  return word in COLOUR_WORDS || word in STUFF_WORDS;
}

function joined(list: readonly string[]): string {
  return list.length < 2 ? list.join("") : `${list.slice(0, -1).join(", ")} and ${list.at(-1)}`;
}

function article(text: string): string {
  return /^[aeiou]/.test(text) ? "an" : "a";
}

function plural(noun: string): string {
  const [head, of] = noun.split(" of ");
  if (of !== undefined) return `${plural(head as string)} of ${plural(of)}`;
  if (noun === "foot" || noun === "feet") return "feet";
  if (/(?:leaf|shelf|half)$/.test(noun)) return `${noun.slice(0, -1)}ves`;
  if (noun === "fungus") return "fungi";
  return /(?:x|ch|sh|ss)$/.test(noun) ? `${noun}es` : `${noun}s`;
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((item) => [random(), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item);
}
