import { describe, expect, it } from "vitest";
import { COLOURS } from "../../../core/src/mesh/kit/materials.ts";
import { PROGRAMS } from "../../../core/src/mesh/programs/index.ts";
import { drawValues, makeModel } from "../../../core/src/mesh/programs/make-model.ts";
import type { ParameterValues, Program } from "../../../core/src/mesh/programs/program.ts";
import { fulfils } from "../../../core/src/mesh/words/category-words.ts";
import { describeModel } from "../../../core/src/mesh/words/describe-model.ts";
import { drawModel } from "../../../core/src/mesh/words/draw-model.ts";
import { CATEGORY_WORDS } from "../../../core/src/mesh/words/index.ts";
import { randomOf } from "../../../core/src/mesh/words/random.ts";
import { readPrompt } from "../../../core/src/mesh/words/read-prompt.ts";

const SEEDS = 60;

/** Names of the colours and counts that show in a model. */
function shown({ category, parameters }: Program, values: ParameterValues) {
  const { needs = {}, parts, stuff, group } = CATEGORY_WORDS[category] as (typeof CATEGORY_WORDS)[string];
  const seen = parts.filter((part) => !part.silent && fulfils(part.needs, values));
  const isSeen = (name: string) => fulfils(needs[name], values);
  const named = [...new Set([...stuff, ...seen.flatMap((part) => part.stuff ?? [])])];
  const counts = new Set([...seen.flatMap(({ count = [] }) => count), ...(group === undefined ? [] : [group])]);
  return {
    colours: named.filter(
      (name) => isSeen(name) && parameters[name]?.kind === "choice" && String(values[name]) in COLOURS,
    ),
    counts: [...counts].filter((name) => isSeen(name) && values[name] !== 0 && !(name === group && values[name] === 1)),
  };
}

describe("captions read back", () => {
  it("has words for every program, and they name only its parameters and options", () => {
    expect(Object.keys(CATEGORY_WORDS).toSorted()).toEqual(PROGRAMS.map(({ category }) => category).toSorted());
    for (const { category, parameters } of PROGRAMS) {
      const words = CATEGORY_WORDS[category] as (typeof CATEGORY_WORDS)[string];
      const names = [
        ...words.stuff,
        ...words.size,
        ...Object.values(words.sides),
        ...words.parts.flatMap((part) =>
          [...(part.stuff ?? []), part.count ?? [], ...Object.keys(part.needs ?? {})].flat(),
        ),
        ...Object.keys(words.choices),
        ...Object.keys(words.needs ?? {}),
      ];
      for (const name of names) expect(Object.keys(parameters), `${category} ${name}`).toContain(name);
      for (const [name, options] of Object.entries(words.choices)) {
        const parameter = parameters[name];
        for (const option of Object.keys(options))
          expect(parameter?.kind === "choice" ? parameter.options : [], `${category} ${name}`).toContain(option);
      }
    }
  });

  it.each(PROGRAMS.map((program) => [program.category, program] as const))(
    "of a %s give its category, colours and counts again",
    (category, program) => {
      const score = { category: 0, colours: [0, 0], counts: [0, 0] };
      const wrong: string[] = [];
      for (let seed = 0; seed < SEEDS; seed += 1) {
        const values = drawValues(program, randomOf(seed, `test ${category}`));
        const caption = describeModel(category, values, seed);
        const reading = readPrompt(caption);
        if (reading.category === category) score.category += 1;
        else wrong.push(`${caption} -> ${reading.category}`);
        const { colours, counts } = shown(program, values);
        for (const [kind, names] of [
          ["colours", colours],
          ["counts", counts],
        ] as const) {
          for (const name of names) {
            const isRight = reading.values[name] === values[name];
            score[kind][0] = (score[kind][0] as number) + (isRight ? 1 : 0);
            score[kind][1] = (score[kind][1] as number) + 1;
            if (!isRight) wrong.push(`${caption} -> ${name}=${reading.values[name]} not ${values[name]}`);
          }
        }
      }
      const rate = ([right, all]: readonly number[]) => (all === 0 ? 1 : (right as number) / (all as number));
      expect(score.category / SEEDS, wrong.slice(0, 4).join("\n")).toBeGreaterThanOrEqual(0.98);
      expect(rate(score.colours), wrong.slice(0, 4).join("\n")).toBeGreaterThanOrEqual(0.95);
      expect(rate(score.counts), wrong.slice(0, 4).join("\n")).toBeGreaterThanOrEqual(0.95);
    },
  );

  it.each(PROGRAMS.map((program) => [program.category, program] as const))(
    "of a %s leave its sizes within what the words allow, and use every word",
    (category, program) => {
      let allowed = 0;
      let all = 0;
      for (let seed = 0; seed < SEEDS; seed += 1) {
        const values = drawValues(program, randomOf(seed, `size ${category}`));
        const caption = describeModel(category, values, seed);
        const { ranges, unused } = readPrompt(caption);
        expect(unused, caption).toEqual([]);
        for (const [name, [low, high]] of Object.entries(ranges)) {
          all += 1;
          if ((values[name] as number) >= low - 1e-9 && (values[name] as number) <= high + 1e-9) allowed += 1;
        }
      }
      expect(allowed / Math.max(all, 1)).toBeGreaterThanOrEqual(0.95);
    },
  );
});

const PROMPTS: readonly (readonly [prompt: string, category: string | undefined, values: ParameterValues])[] = [
  ["a red chair with black legs", "chair", { paint: "red", legStuff: "black" }],
  ["chair, oak, blue cushion", "chair", { wood: "oak", cushion: "blue" }],
  ["I would like a comfy armchair with a green seat please", "chair", { arms: "yes", cushion: "green" }],
  ["a walnut dining chair without arms", "chair", { wood: "walnut", paint: "none", arms: "no" }],
  ["a chair with legs in black and a cushion in red", "chair", { legStuff: "black", cushion: "red" }],
  ["a chair whose legs are white", "chair", { legStuff: "white" }],
  ["white painted chair with no cushion", "chair", { paint: "white", cushion: "none" }],
  ["a tall round wooden stool with an orange seat", "stool", { seat: "round", top: "orange" }],
  ["three-legged stool", "stool", { legs: 3 }],
  ["square black bar stool with 4 steel legs", "stool", { seat: "square", top: "black", legs: 4, legStuff: "steel" }],
  ["a round table with a slate top", "table", { base: "column", top: "slate" }],
  ["long green desk", "table", { paint: "green" }],
  ["pine table on trestles", "table", { wood: "pine", base: "trestle" }],
  ["a teal park bench with iron legs", "bench", { paint: "teal", frame: "iron" }],
  ["stone bench without a back", "bench", { frame: "stone", back: "no" }],
  ["couch", "bench", {}],
  ["a double bed with a purple blanket", "bed", { blanket: "purple" }],
  ["bed with pink bedding", "bed", { blanket: "pink" }],
  ["bookcase with five shelves, full of books", "shelf", { boards: 5, books: "full" }],
  ["an empty birch bookshelf", "shelf", { wood: "birch", books: "none" }],
  ["a yellow cupboard with doors", "cabinet", { paint: "yellow", front: "doors" }],
  ["chest of drawers in walnut", "cabinet", { front: "drawers", wood: "walnut" }],
  ["grey cabinet with brass knobs", "cabinet", { paint: "grey", knobs: "brass" }],
  ["a floor lamp with a red shade and a copper base", "lamp", { colour: "red", metal: "copper", stem: "rod" }],
  ["brass table lamp, blue", "lamp", { metal: "brass", colour: "blue" }],
  ["a big blue mug of coffee", "cup", { colour: "blue", full: "coffee" }],
  ["coffee cup without a handle", "cup", { handle: "none" }],
  ["clay cup", "cup", { stuff: "clay" }],
  ["a copper bowl full of red apples", "bowl", { stuff: "copper", fruit: "red" }],
  ["turquoise bowl", "bowl", { colour: "teal", stuff: "glaze" }],
  ["slender white vase with a black band", "vase", { colour: "white", band: "black" }],
  ["glass vase without a band", "vase", { stuff: "glass", band: "none" }],
  ["a round purple potion bottle with a cork", "bottle", { colour: "purple", shape: "round", stopper: "cork" }],
  ["green wine bottle with white label", "bottle", { colour: "green", label: "white" }],
  ["an oak cask with copper hoops", "barrel", { wood: "oak", metal: "copper" }],
  ["red barrels", "barrel", { paint: "red" }],
  ["wooden crate with iron corners", "crate", { corners: "iron", paint: "none" }],
  ["a golden treasure chest with a domed lid", "chest", { metal: "gold", lid: "vaulted" }],
  ["walnut chest with three brass straps", "chest", { wood: "walnut", metal: "brass", straps: 3 }],
  [
    "a curved steel sword with a red grip and golden hilt",
    "sword",
    { shape: "curved", metal: "steel", wrap: "red", fittings: "gold" },
  ],
  ["katana with a black handle", "sword", { shape: "curved", wrap: "black" }],
  ["double-bladed battle axe", "axe", { heads: "double" }],
  ["a hatchet with a birch handle", "axe", { wood: "birch" }],
  ["sledgehammer with a rubber grip", "hammer", { kind: "sledge", grip: "rubber" }],
  ["claw hammer", "hammer", { kind: "claw" }],
  [
    "a round blue shield with a white cross",
    "shield",
    { shape: "round", colour: "blue", charge: "cross", second: "white" },
  ],
  ["kite shield, crimson, gold rim", "shield", { shape: "kite", colour: "red", metal: "gold" }],
  ["a two-storey brick house with a blue door", "house", { storeys: 2, walls: "brick", door: "blue" }],
  ["white cottage with a thatched roof and no chimney", "house", { paint: "white", roofing: "thatch", chimney: "no" }],
  ["house with red roof and green walls", "house", { roofPaint: "red", paint: "green" }],
  ["a sandstone tower with a purple flag", "tower", { walls: "sandstone", flag: "purple" }],
  ["castle tower with battlements, without a flag", "tower", { top: "battlements", flag: "none" }],
  ["an autumn tree with orange leaves", "tree", { leaves: "orange" }],
  ["birch tree", "tree", { trunkStuff: "birch" }],
  ["fir", "pine", {}],
  ["snowy christmas trees", "pine", { snow: "yes" }],
  ["a mossy boulder", "rock", { moss: "yes" }],
  ["three slate rocks", "rock", { stones: 3, stuff: "slate" }],
  ["two red mushrooms with five dots", "mushroom", { group: 2, colour: "red", dots: 5 }],
  ["a white picket fence", "fence", { paint: "white", kind: "pickets" }],
  ["triangular road sign, yellow with a red border", "sign", { shape: "triangle", colour: "yellow", border: "red" }],
  ["a hay cart with green sides", "cart", { load: "hay", paint: "green" }],
  ["yellow automobile", "car", { colour: "yellow" }],
  ["a black pickup truck", "car", { colour: "black", kind: "pickup" }],
  ["sailing boat with a red sail and white hull", "boat", { sail: "red", hull: "white" }],
  ["small rowboat with two seats", "boat", { rig: "oars", seats: 2 }],
  ["a red brick house", "house", { walls: "brick", paint: "none" }],
  ["constructor of 2 constructor chairs", "chair", {}],
  ["a red chiar", "chair", { paint: "red" }],
  ["a fire breathing dragon", undefined, {}],
];

describe("reading prompts in other words", () => {
  it.each(PROMPTS)("%s", (prompt, category, values) => {
    const reading = readPrompt(prompt);
    expect(reading.category).toBe(category);
    expect(reading.values).toMatchObject(values);
  });

  it("says which words it did not use, and lowers its confidence for them", () => {
    const plain = readPrompt("a red car");
    const odd = readPrompt("a red car with flaming wings");
    expect(plain).toMatchObject({ confidence: 1, unused: [] });
    expect(odd.unused).toEqual(["flaming", "wing"]);
    expect(odd.confidence).toBeLessThan(plain.confidence);
    expect(readPrompt("a stool with seven legs").unused).toEqual(["seven leg"]);
    expect(readPrompt("a car with black wings")).toMatchObject({ values: {}, unused: ["wing", "black"] });
    expect(readPrompt("a table without legs").unused).toEqual(["without leg"]);
    expect(readPrompt("a chair that is not red").choices.paint).not.toContain("red");
    expect(readPrompt("a couch").confidence).toBeLessThan(0.5);
  });

  it("suggests what is near when no noun is known", () => {
    expect(readPrompt("a weapon")).toMatchObject({
      category: undefined,
      confidence: 0,
      suggestions: ["sword", "axe", "hammer"],
    });
    expect(readPrompt("a dragon").unused).toEqual(["dragon"]);
    expect(readPrompt("").confidence).toBe(0);
  });

  it("takes measures that the thing can have, and says so of the others", () => {
    expect(readPrompt("a tower 12 m tall").values).toEqual({ height: 12 });
    expect(readPrompt("a 150cm wide table").unused).toEqual(["150 cm"]);
    expect(readPrompt("a 90 cm wide table").values).toEqual({ width: 0.9 });
  });
});

describe("drawing a model by words and seed", () => {
  it("keeps what the words say, draws the rest by the seed, and every drawing can be made", () => {
    for (const [prompt, category, values] of PROMPTS.filter((_, at) => at % 4 === 0)) {
      const drawn = drawModel(prompt, 7);
      expect(drawn).toEqual(drawModel(prompt, 7));
      expect(drawModel(prompt, 8).values).not.toEqual(drawn.values);
      expect(drawn.category).toBe(category ?? drawn.category);
      expect(drawn.values).toMatchObject(values);
      expect(makeModel(drawn.category, drawn.values).parts.length).toBeGreaterThan(0);
    }
  });

  it("draws tall things from the upper part of the range", () => {
    for (let seed = 0; seed < 20; seed += 1) {
      expect(drawModel("a tall vase", seed).values.height).toBeGreaterThanOrEqual(0.2 + 0.7 * 0.5);
      expect(drawModel("a tiny vase", seed).values.height).toBeLessThanOrEqual(0.2 + 0.12 * 0.5 + 1e-9);
    }
  });
});
