import type { ClipLibrary } from "./clip-library.ts";

/** A clip that comes near to what was said. */
export interface ClipMatch {
  /** Index into the library's clips. */
  readonly clip: number;
  /** Whether the clip is wanted mirrored. */
  readonly mirror: boolean;
  /** Caption that comes nearest. */
  readonly caption: string;
  /** Cosine of the angle between the vectors of prompt and caption. */
  readonly similarity: number;
  /** What the search went by: similarity and what the words and the duration add. */
  readonly score: number;
}

/** What a clip is looked for by. */
export interface ClipQuery {
  readonly prompt: string;
  /** Vector of the prompt by the graph that made the library's, of length 1. */
  readonly embedding: ArrayLike<number>;
  /** Seconds that the clip is to fill. */
  readonly duration_s: number;
}

/** What one shared word, a fault, a clip of more than was asked for, and a wrong length count beside the cosine. */
const WEIGHTS = { words: 0.25, conflict: 0.6, unsaid: 0.06, more: 0.15, duration: 0.08 } as const;

/** Words that exclude each other; a prompt that says one is never answered by a clip that says the other alone. */
const OPPOSITES: readonly (readonly [RegExp, RegExp])[] = [
  [/\bleft(?:wards?)?\b/, /\bright(?:wards?)?\b/],
  [/\b(?:counter-?clockwise|anti-?clockwise)\b/, /(?<!counter-?|anti-?)\bclockwise\b/],
  [/\b(?:forwards?|ahead)\b/, /\bback(?:wards?)?\b/],
  [/\b(?:slow|slowly|leisurely|calmly|gently)\b/, /\b(?:fast|quick|quickly|rapidly|briskly|swiftly|hurriedly)\b/],
  [/\b(?:up|upstairs|upward)\b/, /\b(?:down|downstairs|downward)\b/],
];

/**
 * Gives the clips that come nearest to a prompt, best first, one entry for each clip and side.
 *
 * The cosine of the retriever decides; words that both share break ties, and words that contradict (left and right, forward and
 * backward, slow and fast) put a clip behind those that obey. Every clip has plain captions; one whose first caption, the recording's own name,
 * says more than was asked for ("jump and spin kick") stands behind those that do just that. A clip much shorter than wanted is put back
 * a little unless it is a cycle.
 */
export function nearestClips(library: ClipLibrary, query: ClipQuery, count = 5): ClipMatch[] {
  const asked = readWords(query.prompt);
  const { captions, names } = libraryWords(library);
  const more = names.map((name) => shareBeyond(name, asked.words));
  const best = new Map<number, ClipMatch>();
  for (const [row, { clip, caption, mirror }] of library.captions.entries()) {
    const said = captions[row];
    if (said === undefined) continue;
    let similarity = 0;
    const start = row * library.embedding_dim;
    for (let k = 0; k < library.embedding_dim; k++) {
      similarity += (library.embeddings[start + k] ?? 0) * (query.embedding[k] ?? 0);
    }
    const length = library.clips[clip];
    const seconds = (length?.frames ?? 0) / library.fps;
    const score =
      similarity +
      WEIGHTS.words * overlap(asked.words, said.words) -
      WEIGHTS.conflict * conflictsOf(asked.sides, said.sides) -
      WEIGHTS.unsaid * unsaidOf(asked.sides, said.sides) -
      WEIGHTS.more * (more[clip] ?? 0) -
      (length?.loop === true ? 0 : WEIGHTS.duration * Math.abs(Math.log(seconds / query.duration_s)));
    const key = clip * 2 + (mirror ? 1 : 0);
    const known = best.get(key);
    if (known === undefined || score > known.score) best.set(key, { clip, mirror, caption, similarity, score });
  }
  return [...best.values()].sort((a, b) => b.score - a.score || a.clip - b.clip).slice(0, count);
}

/** What the search reads in a text. */
interface TextWords {
  readonly words: ReadonlySet<string>;
  /** Of each pair of {@link OPPOSITES}: 1 = the first alone, 2 = the second alone, 3 = both, 0 = neither. */
  readonly sides: readonly number[];
}

/** The captions of a library are read once: there are thousands, and a request looks through them several times. */
const read = new WeakMap<ClipLibrary, LibraryWords>();

interface LibraryWords {
  readonly captions: readonly TextWords[];
  /** Words of each clip's first caption, without the {@link PLAIN} ones. */
  readonly names: readonly ReadonlySet<string>[];
  /** All words of all captions. */
  readonly vocabulary: ReadonlySet<string>;
}

function libraryWords(library: ClipLibrary): LibraryWords {
  const known = read.get(library);
  if (known !== undefined) return known;
  const captions = library.captions.map(({ caption }) => readWords(caption));
  const words = {
    captions,
    names: library.clips.map(({ captions: said }) => wordsOf((said[0] ?? "").replace(PLAIN, ""))),
    vocabulary: new Set(captions.flatMap((caption) => [...caption.words])),
  };
  read.set(library, words);
  return words;
}

/** Who does it: "a boxer", "an old". */
const WHO = /^\s*(?:an?|the)\s+\w+\s+/i;
/** Words beside an action that may be said of any. */
const BESIDE =
  /\b(?:he|she|they|it|him|them|just|very|some|any|own|again|without|while|as|for|from|by|into|over|then)\b/gi;

/** Gives how many words a prompt says of what is done, and how many of them no caption of the library has. */
export function unseenWords(library: ClipLibrary, prompt: string): { words: number; unseen: number } {
  const { vocabulary } = libraryWords(library);
  const words = [...wordsOf(prompt.replace(WHO, "").replace(BESIDE, ""))];
  return { words: words.length, unseen: words.filter((word) => !vocabulary.has(word)).length };
}

/** What a name may say beside the action: sides, since clips are mirrored, and that it goes straight on, as is usual. */
const PLAIN = /\b(?:left|right|(?:counter-?|anti-?)?clockwise|forwards?|straight|line|once)\b/gi;

/** Gives the share of a name's words that were not asked for; all of them for one who only stays so ("sitting idle" for "sits down"). */
function shareBeyond(name: ReadonlySet<string>, asked: ReadonlySet<string>): number {
  if (name.has("idle") && !asked.has("idle")) return 1;
  let beyond = 0;
  for (const word of name) if (!asked.has(word)) beyond++;
  return beyond / Math.max(1, name.size);
}

function readWords(text: string): TextWords {
  return { words: wordsOf(text), sides: sidesOf(text) };
}

function sidesOf(text: string): number[] {
  const lower = text.toLowerCase();
  return OPPOSITES.map(([one, other]) => (one.test(lower) ? 1 : 0) + (other.test(lower) ? 2 : 0));
}

/** Gives how many pairs of opposite words the two say differently. */
export function conflicts(prompt: string, caption: string): number {
  return conflictsOf(sidesOf(prompt), sidesOf(caption));
}

function conflictsOf(a: readonly number[], b: readonly number[]): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) if ((a[i] ?? 0) + (b[i] ?? 0) === 3 && a[i] !== 0 && b[i] !== 0) count++;
  return count;
}

/** Gives how many of the pairs only one of the two says anything about: a clip "to the left" for a prompt without a side. */
function unsaidOf(a: readonly number[], b: readonly number[]): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) if ((a[i] !== 0) !== (b[i] !== 0)) count++;
  return count;
}

/** Words that say nothing of the motion. */
const EMPTY = new Set(
  "a an the person man woman human figure character someone somebody is are his her their its of and in with to on at".split(
    " ",
  ),
);

function wordsOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return new Set(words.filter((word) => !EMPTY.has(word)).map(stem));
}

/** Cuts endings, so that "walks", "walking" and "walk" are one word. */
function stem(word: string): string {
  const cut = word.replace(/(?:ing|ed|es|s)$/, "");
  return cut.length >= 3 ? cut.replace(/(.)\1$/, "$1") : word;
}

/** Gives the share of words that two texts have in common (Dice 1945). */
function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0 || b.size === 0) return 0;
  let shared = 0;
  for (const word of a) if (b.has(word)) shared++;
  return (2 * shared) / (a.size + b.size);
}
