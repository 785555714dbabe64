import type { Parameter, ParameterValues } from "../programs/program.ts";
import type { Needs } from "./category-words.ts";
import { COLOUR_WORDS, STUFF_WORDS } from "./vocabulary.ts";

/** What words have asked of a program's parameters so far: options left open, ranges. */
export class Wishes {
  readonly choices = new Map<string, readonly string[]>();
  readonly ranges = new Map<string, readonly [number, number]>();
  readonly #parameters: Readonly<Record<string, Parameter>>;

  constructor(parameters: Readonly<Record<string, Parameter>>) {
    this.#parameters = parameters;
  }

  has(name: string): boolean {
    return this.choices.has(name) || this.ranges.has(name);
  }

  /** Keeps the options; says whether there were any. */
  choose(name: string, options: readonly string[]): boolean {
    const parameter = this.#parameters[name];
    if (parameter?.kind !== "choice") return false;
    const kept = parameter.options.filter((option) => options.includes(option));
    if (kept.length > 0) this.choices.set(name, kept);
    return kept.length > 0;
  }

  /** Keeps all options but these. */
  exclude(name: string, options: readonly string[]): boolean {
    const parameter = this.#parameters[name];
    return (
      parameter?.kind === "choice" &&
      this.choose(
        name,
        parameter.options.filter((option) => !options.includes(option)),
      )
    );
  }

  /** Keeps a range in the parameter's own unit, if the parameter reaches into it. */
  limit(name: string, low: number, high: number): boolean {
    const parameter = this.#parameters[name];
    if (parameter === undefined || parameter.kind === "choice" || high < parameter.min || low > parameter.max)
      return false;
    this.ranges.set(name, [Math.max(low, parameter.min), Math.min(high, parameter.max)]);
    return true;
  }

  /** Keeps a part of the range, by shares of it. */
  scale(name: string, [low, high]: readonly [number, number]): boolean {
    const parameter = this.#parameters[name];
    if (parameter === undefined || parameter.kind === "choice") return false;
    const at = (share: number) => parameter.min + share * (parameter.max - parameter.min);
    return this.limit(name, at(low), at(high));
  }

  /** Asks for what something needs, where nothing was asked before. */
  need(needs: Needs | undefined): void {
    for (const [name, wanted] of Object.entries(needs ?? {})) {
      if (this.has(name)) continue;
      const [first, second] = wanted;
      if (typeof first === "number") this.limit(name, first, second as number);
      else if (first?.startsWith("!")) this.exclude(name, [first.slice(1)]);
      else this.choose(name, wanted as readonly string[]);
    }
  }

  /** Gives the first of the parameters that knows a colour or material word the options that the word means. */
  stuff(names: readonly string[], word: string): boolean {
    const meanings = [...(STUFF_WORDS[word] ?? []), ...(COLOUR_WORDS[word] === undefined ? [] : [COLOUR_WORDS[word]])];
    const optionsOf = (name: string) => {
      const parameter = this.#parameters[name];
      return parameter?.kind === "choice" ? parameter.options : [];
    };
    // "Wooden" leaves the wood open; every other word means its first meaning that the thing knows.
    const readings: (readonly [string, readonly string[]])[] =
      meanings[0] === "wood"
        ? names.map((name) => {
            const known = optionsOf(name).filter((option) => meanings.includes(option));
            return [name, known.includes("wood") ? ["wood"] : known];
          })
        : meanings.flatMap((meaning) =>
            names.map((name) => [name, optionsOf(name).filter((option) => option === meaning)] as const),
          );
    for (const [name, asked] of readings) {
      if (asked.length === 0) continue;
      const before = this.choices.get(name);
      // A word that says less than what was said ("wooden oak table") changes nothing.
      if (before?.every((option) => asked.includes(option))) return true;
      if (before?.length !== 1) return this.choose(name, asked);
    }
    return false;
  }

  /** Values that are certain. */
  values(): ParameterValues {
    return Object.fromEntries([
      ...[...this.choices].flatMap(([name, options]) => (options.length === 1 ? [[name, options[0] as string]] : [])),
      ...[...this.ranges].flatMap(([name, [low, high]]) => (low === high ? [[name, low]] : [])),
    ]);
  }
}
