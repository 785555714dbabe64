import { COLOURS } from "../kit/materials.ts";

/** A table without the names that every object has: "constructor" is a word that people may write. */
function plain<T>(table: Record<string, T>): Readonly<Record<string, T>> {
  return Object.assign(Object.create(null) as Record<string, T>, table);
}

/** Other words for colours of the vocabulary. */
export const COLOUR_WORDS: Readonly<Record<string, string>> = plain({
  ...Object.fromEntries(Object.keys(COLOURS).map((name) => [name, name])),
  crimson: "red",
  scarlet: "red",
  maroon: "red",
  ruby: "red",
  burgundy: "red",
  amber: "orange",
  tangerine: "orange",
  lemon: "yellow",
  mustard: "yellow",
  lime: "green",
  olive: "green",
  emerald: "green",
  mint: "green",
  turquoise: "teal",
  cyan: "teal",
  aqua: "teal",
  navy: "blue",
  azure: "blue",
  indigo: "blue",
  cobalt: "blue",
  violet: "purple",
  lilac: "purple",
  mauve: "purple",
  lavender: "purple",
  rose: "pink",
  magenta: "pink",
  fuchsia: "pink",
  chocolate: "brown",
  tan: "brown",
  beige: "brown",
  cream: "white",
  ivory: "white",
  snowwhite: "white",
  gray: "grey",
  ash: "grey",
  silvery: "grey",
  ebony: "black",
  jet: "black",
});

/** Stuffs by their word; a list where a word leaves several open. */
export const STUFF_WORDS: Readonly<Record<string, readonly string[]>> = plain({
  ...Object.fromEntries(
    [
      "oak",
      "walnut",
      "pine",
      "birch",
      "bark",
      "iron",
      "steel",
      "brass",
      "gold",
      "copper",
      "stone",
      "sandstone",
      "slate",
      "brick",
      "plaster",
      "thatch",
      "tile",
      "leather",
      "clay",
      "glass",
      "rubber",
    ].map((name) => [name, [name]]),
  ),
  wood: ["wood", "oak", "walnut", "pine", "birch"],
  wooden: ["wood", "oak", "walnut", "pine", "birch"],
  timber: ["wood", "oak", "walnut", "pine", "birch"],
  metal: ["steel", "iron", "brass", "copper"],
  metallic: ["steel", "iron", "brass", "copper"],
  golden: ["gold", "yellow"],
  silver: ["steel", "grey"],
  bronze: ["brass", "copper"],
  thatched: ["thatch"],
  tiled: ["tile"],
  slated: ["slate"],
  earthenware: ["clay"],
  terracotta: ["clay", "tile"],
  plastered: ["plaster"],
  marble: ["stone"],
  granite: ["stone"],
  teak: ["walnut"],
  mahogany: ["walnut"],
  maple: ["birch"],
  limestone: ["sandstone"],
});

/** Size words and the shares of a range that they stand for. */
export const SIZE_WORDS: Readonly<Record<string, readonly [number, number]>> = plain({
  tiny: [0, 0.12],
  miniature: [0, 0.12],
  little: [0, 0.33],
  small: [0, 0.33],
  compact: [0, 0.33],
  medium: [0.33, 0.67],
  large: [0.67, 1],
  big: [0.67, 1],
  huge: [0.88, 1],
  giant: [0.88, 1],
  enormous: [0.88, 1],
  massive: [0.88, 1],
});

type Side = "tall" | "wide" | "long" | "deep" | "thick";

/** Words of one side, each with its opposite; a side that a thing lacks falls to the next one named. */
export const SIDE_WORDS: Readonly<Record<string, readonly [sides: readonly Side[], range: readonly [number, number]]>> =
  plain({
    tall: [
      ["tall", "long"],
      [0.7, 1],
    ],
    high: [["tall"], [0.7, 1]],
    short: [
      ["tall", "long"],
      [0, 0.3],
    ],
    low: [["tall"], [0, 0.3]],
    squat: [["tall"], [0, 0.3]],
    wide: [
      ["wide", "long"],
      [0.7, 1],
    ],
    broad: [["wide"], [0.7, 1]],
    fat: [
      ["wide", "thick"],
      [0.7, 1],
    ],
    narrow: [["wide"], [0, 0.3]],
    slim: [
      ["wide", "thick"],
      [0, 0.3],
    ],
    slender: [
      ["wide", "thick"],
      [0, 0.3],
    ],
    long: [
      ["long", "wide"],
      [0.7, 1],
    ],
    deep: [["deep"], [0.7, 1]],
    shallow: [["deep"], [0, 0.3]],
    thick: [
      ["thick", "wide"],
      [0.7, 1],
    ],
    thin: [
      ["thick", "wide"],
      [0, 0.3],
    ],
  });

/** Words of numbers. */
export const NUMBER_WORDS = [
  "zero",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
  "eleven",
  "twelve",
  "thirteen",
  "fourteen",
  "fifteen",
  "sixteen",
  "seventeen",
  "eighteen",
  "nineteen",
  "twenty",
  "twenty one",
  "twenty two",
] as const;

/** Words that say nothing of the shape. */
export const EMPTY_WORDS: ReadonlySet<string> = new Set(
  (
    "a an the and or with of in on at to it its is are has have having that which whose made from out painted coloured colored color colour some please " +
    "me i want need would like give make create generate draw build model 3d mesh object piece set pair group there one for my by both all each " +
    "fully very rather quite nice simple looking style styled low poly game asset render photo picture image around covered filled loaded full shaped finished this as"
  ).split(" "),
);

/** Kinds of things that no program makes, and the categories nearest to them. */
export const RELATED_WORDS: Readonly<Record<string, readonly string[]>> = plain({
  furniture: ["chair", "table", "cabinet"],
  plant: ["tree", "pine", "mushroom"],
  flower: ["tree", "vase", "mushroom"],
  weapon: ["sword", "axe", "hammer"],
  spear: ["sword", "axe"],
  tool: ["hammer", "axe"],
  church: ["tower", "house"],
  skyscraper: ["tower", "house"],
  container: ["crate", "barrel", "chest"],
  bucket: ["barrel", "bowl"],
  basket: ["bowl", "crate"],
  bicycle: ["cart", "car"],
  motorcycle: ["car", "cart"],
  aeroplane: ["car", "boat"],
  airplane: ["car", "boat"],
  train: ["car", "cart"],
  tractor: ["car", "cart"],
  gate: ["fence"],
  wall: ["fence", "tower"],
  candle: ["lamp"],
  kettle: ["cup", "bottle"],
  teapot: ["cup", "vase"],
  helmet: ["shield", "sword"],
  mountain: ["rock"],
  statue: ["rock", "tower"],
  hedge: ["tree", "fence"],
});

const IRREGULAR: Readonly<Record<string, string>> = plain({
  leaves: "leaf",
  shelves: "shelf",
  halves: "half",
  knives: "knife",
  axes: "axe",
  axe: "axe",
  fungi: "fungus",
  halved: "half",
  halfs: "half",
  storeys: "storey",
  stories: "story",
});

/** Splits an English text into words in the singular, numbers and marks. */
export function tokenise(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replaceAll(/[-_]/g, " ")
      .replaceAll("'", "")
      .match(/\d*3d\b|\d+(?:\.\d+)?|\p{L}+|[,;.:()]/gu) ?? []
  ).map(singular);
}

function singular(word: string): string {
  const known = IRREGULAR[word];
  if (known !== undefined) return known;
  if (word.length < 4 || !word.endsWith("s") || /(?:ss|us|is)$/.test(word)) return word;
  if (/(?:x|ch|sh|ss)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith("ies") && word.length > 5 ? `${word.slice(0, -3)}y` : word.slice(0, -1);
}
