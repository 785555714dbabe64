import { COLOURS } from "../kit/materials.ts";
import type { ChoiceParameter, Parameter, ParameterValues } from "../programs/program.ts";
import type { CategoryWords } from "./category-words.ts";
import { randomOf } from "./random.ts";

/** Colours that go with every other. */
const NEUTRAL: ReadonlySet<string> = new Set(["white", "grey", "black", "brown"]);

/** What {@link plainParts} is told. */
export interface PlainPartsOptions {
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly words: CategoryWords;
  /** Names of the parameters that the prompt speaks of. */
  readonly asked: ReadonlySet<string>;
  readonly seed: number;
}

/**
 * Gives drawn values without bright colours that nobody asked for. Where the prompt names a colour or a stuff, all else is plain: woods,
 * metals, white, grey, black, brown. Where it names none, one part may be bright: the whole before its parts, and what follows the whole
 * ("same") never by itself. What a thing is usually coloured (leaves) stays.
 */
export function plainParts(
  values: ParameterValues,
  { parameters, words, asked, seed }: PlainPartsOptions,
): ParameterValues {
  const choices = Object.entries(parameters).filter(
    (entry): entry is [string, ChoiceParameter] => entry[1].kind === "choice" && entry[1].options.some(isBright),
  );
  const isStuff = (name: string) => {
    const parameter = parameters[name];
    const said = [...words.stuff, ...words.parts.flatMap(({ stuff = [] }) => stuff)];
    return parameter?.kind === "choice" && said.includes(name);
  };
  let isTaken = [...asked].some(isStuff);
  const plain: Record<string, number | string> = { ...values };
  const rank = (name: string) => (words.stuff.includes(name) ? words.stuff.indexOf(name) : words.stuff.length);
  for (const [name, { options }] of choices.toSorted(([a], [b]) => rank(a) - rank(b))) {
    if (asked.has(name) || words.usual?.[name] !== undefined) continue;
    // Paint would hide the wood that was asked for.
    if (words.stuff.includes(name) && options.includes("none") && words.stuff.some((other) => asked.has(other))) {
      plain[name] = "none";
      continue;
    }
    if (!isBright(values[name])) continue;
    if (!isTaken && !options.includes("same")) {
      isTaken = true;
      continue;
    }
    const calm = options.filter((option) => !isBright(option));
    plain[name] = calm[Math.floor(randomOf(seed, `plain ${name}`)() * calm.length)] as string;
  }
  return plain;
}

function isBright(option: number | string | undefined): boolean {
  return typeof option === "string" && option in COLOURS && !NEUTRAL.has(option);
}
