import { PROGRAMS } from "../programs/index.ts";
import { drawValues, findProgram } from "../programs/make-model.ts";
import type { ParameterValues } from "../programs/program.ts";
import { CATEGORY_WORDS } from "./index.ts";
import { plainParts } from "./plain-parts.ts";
import { randomOf } from "./random.ts";
import { type PromptReading, readPrompt } from "./read-prompt.ts";

/** A program's category with all its values, and how the prompt was read. */
export interface DrawnModel {
  /** Without a noun that we know: the nearest suggestion, or one drawn by the seed; `reading.confidence` is 0 then. */
  readonly category: string;
  readonly values: ParameterValues;
  readonly reading: PromptReading;
}

/** Reads a prompt and draws by the seed what its words leave open. Same prompt and seed, same values. */
export function drawModel(prompt: string, seed: number): DrawnModel {
  const reading = readPrompt(prompt);
  const random = randomOf(seed, "values");
  const any = PROGRAMS[Math.floor(randomOf(seed, "category")() * PROGRAMS.length)]?.category as string;
  const category = reading.category ?? reading.suggestions[0] ?? any;
  const pick = (options: readonly string[]) => options[Math.floor(random() * options.length)] as string;
  const values: Record<string, number | string> = { ...drawValues(findProgram(category), random) };
  const unsaid = Object.entries(CATEGORY_WORDS[category]?.usual ?? {});
  for (const [name, options] of unsaid) values[name] = pick(options);
  for (const [name, options] of Object.entries(reading.choices)) values[name] = pick(options);
  for (const [name, [low, high]] of Object.entries(reading.ranges)) {
    const isCount = findProgram(category).parameters[name]?.kind === "count";
    const [first, last] = [Math.ceil(low), Math.floor(high)];
    values[name] = isCount ? first + Math.floor(random() * (last - first + 1)) : low + random() * (high - low);
  }
  const { parameters } = findProgram(category);
  const words = CATEGORY_WORDS[category];
  const asked = new Set([...Object.keys(reading.choices), ...Object.keys(reading.values)]);
  const drawn = { ...values, ...reading.values };
  return {
    category,
    values: words === undefined ? drawn : plainParts(drawn, { parameters, words, asked, seed }),
    reading,
  };
}
