/** Gives numbers in [0, 1) drawn by a seed and a text: FNV-1a into mulberry32. */
export function randomOf(seed: number, text: string): () => number {
  let state = 0x811c9dc5 ^ (seed >>> 0);
  for (const letter of text) state = Math.imul(state ^ (letter.codePointAt(0) as number), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
