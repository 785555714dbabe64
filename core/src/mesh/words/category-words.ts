/** Options or ranges that other parameters must have for something to be seen; "!none" means any option but "none". */
export type Needs = Readonly<Record<string, readonly string[] | readonly [number, number]>>;

/** A named part of a thing. */
export interface PartWords {
  /** Singular nouns; captions use the first. */
  readonly names: readonly string[];
  /** Parameters that say its colour or material, the first that knows the word is taken. */
  readonly stuff?: readonly string[];
  /** Parameter that says how many there are. */
  readonly count?: string;
  /** Captions say it in the plural. */
  readonly many?: boolean;
  /** Prompts may name it; captions say the whole instead. */
  readonly silent?: boolean;
  /** What naming the part asks for. */
  readonly needs?: Needs;
  /** What "without" the part asks for. */
  readonly absent?: Readonly<Record<string, string>>;
}

/** What words say of one category. */
export interface CategoryWords {
  /** Nouns with how surely they mean this category, and the values that they imply; captions use those of 1 without values. */
  readonly nouns: Readonly<Record<string, readonly [confidence: number, values?: Needs]>>;
  /** Parameters of the colour and material of the whole, the first that knows the word is taken. */
  readonly stuff: readonly string[];
  /** Parameters that size words scale. */
  readonly size: readonly string[];
  /** Parameters of tall or short, wide or narrow, long or short, deep or shallow, thick or thin. */
  readonly sides: Readonly<Partial<Record<"tall" | "wide" | "long" | "deep" | "thick", string>>>;
  readonly parts: readonly PartWords[];
  /** Wordings of the options of a parameter: an adjective, or a phrase that begins with "with" or "without". */
  readonly choices: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** When a parameter can be seen at all. */
  readonly needs?: Readonly<Record<string, Needs>>;
  /** Parameter of how many there are of the whole thing. */
  readonly group?: string;
  /** Options drawn when the words say nothing, where not all are usual. */
  readonly usual?: Readonly<Record<string, readonly string[]>>;
}

/** Says whether values fulfil the needs. */
export function fulfils(needs: Needs | undefined, values: Readonly<Record<string, number | string>>): boolean {
  return Object.entries(needs ?? {}).every(([name, wanted]) => {
    const value = values[name];
    const [first, second] = wanted;
    if (typeof first === "number") return typeof value === "number" && value >= first && value <= (second as number);
    if (first?.startsWith("!")) return value !== first.slice(1);
    return (wanted as readonly string[]).includes(String(value));
  });
}
