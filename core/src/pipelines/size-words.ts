import { SIZE_WORDS, tokenise } from "../mesh/words/vocabulary.ts";
import type { MeshCategory } from "../protocol/mesh.ts";

/**
 * Gives the length of a thing's longest side, metres: of its category's range the place that words like "tiny" or "huge" ask for, else
 * the geometric middle; 1 where nothing is known of it.
 */
export function spokenSize(prompt: string, category: MeshCategory | undefined): number {
  if (category === undefined) return 1;
  const [least, greatest] = category.size_m;
  const range = tokenise(prompt)
    .map((word) => (Object.hasOwn(SIZE_WORDS, word) ? SIZE_WORDS[word] : undefined))
    .find((one) => one !== undefined);
  const share = range === undefined ? 0.5 : (range[0] + range[1]) / 2;
  return least * (greatest / least) ** share;
}
