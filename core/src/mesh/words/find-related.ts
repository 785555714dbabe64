import table from "./related-nouns.json" with { type: "json" };

/**
 * Things by the words that are nearest to them among all that shape programs and libraries make: WordNet's kinds, worked out by
 * models/training/mesh/library_related.py.
 */
let thingsOf: Map<string, string[]> | undefined;

function readTable(): Map<string, string[]> {
  const things = new Map<string, string[]>();
  for (const [thing, words] of Object.entries(table))
    for (const word of words.split(" ")) things.set(word, [...(things.get(word) ?? []), thing]);
  return things;
}

/**
 * Gives the things nearest to a word that names another thing, nearest first: "helicopter" is like an airplane, and where there is none,
 * like what is nearest to that. Nothing for words that name no thing, or one that nothing is near to.
 */
export function findRelated(word: string): readonly string[] {
  thingsOf ??= readTable();
  const near = thingsOf.get(word) ?? [];
  const further = near.flatMap((thing) => thingsOf?.get(thing) ?? []);
  return [...new Set([...near, ...further])];
}
