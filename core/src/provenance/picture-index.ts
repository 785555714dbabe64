import type { MerkleLog } from "./merkle-log.ts";
import type { PerceptualHash } from "./perceptual-hash.ts";

/**
 * Bits of 64 that may differ between a picture and its copy. Re-saves (JPEG quality 50, half size) move 0 to 2 bits; crops near one
 * of those that were hashed beforehand up to 6, others up to 9, and are then not found. The nearest two different pictures of 18, maps
 * of one scene among them, differed in 8: core/bench/signing.ts prints such figures. Rather a copy missed than a stranger's picture
 * called known.
 */
export const MAX_PERCEPTUAL_DISTANCE = 6;

/**
 * Finds logged pictures by perceptual hash. Pairs of 32-bit words in memory, 8 bytes a hash, read from the log at first use;
 * a linear scan over a million hashes takes a few milliseconds.
 */
export class PictureIndex {
  readonly #log: MerkleLog;
  #words = new Uint32Array(2048);
  #leaves = new Uint32Array(1024);
  #count = 0;
  /** First leaf of the log that was not read yet. */
  #read = 0;

  constructor(log: MerkleLog) {
    this.#log = log;
  }

  /** Gives the nearest logged picture within {@link MAX_PERCEPTUAL_DISTANCE}; of equally near ones the newest. */
  find(hash: PerceptualHash): { index: number; distance: number } | undefined {
    this.#readLog();
    const [high, low] = wordsOf(hash);
    let best = MAX_PERCEPTUAL_DISTANCE + 1;
    let found: number | undefined;
    for (let at = 0; at < this.#count; at++) {
      const distance = popCount((this.#words[2 * at] ?? 0) ^ high) + popCount((this.#words[2 * at + 1] ?? 0) ^ low);
      if (distance < best || (distance === best && found !== undefined)) {
        best = distance;
        found = this.#leaves[at];
      }
    }
    return found === undefined ? undefined : { index: found, distance: best };
  }

  #readLog(): void {
    for (const { index, hashes } of this.#log.pictures(this.#read)) {
      const words = new DataView(hashes.buffer, hashes.byteOffset, hashes.byteLength);
      for (let at = 0; at < words.byteLength; at += 8) this.#add([words.getUint32(at), words.getUint32(at + 4)], index);
      this.#read = index + 1;
    }
  }

  #add(hash: [number, number], leaf: number): void {
    if (this.#count === this.#leaves.length) {
      const [words, leaves] = [this.#words, this.#leaves];
      this.#words = new Uint32Array(2 * words.length);
      this.#leaves = new Uint32Array(2 * leaves.length);
      this.#words.set(words);
      this.#leaves.set(leaves);
    }
    this.#words.set(hash, 2 * this.#count);
    this.#leaves[this.#count++] = leaf;
  }
}

function wordsOf(hash: PerceptualHash): [number, number] {
  return [Number.parseInt(hash.slice(0, 8), 16), Number.parseInt(hash.slice(8), 16)];
}

/** Bits set in a 32-bit word (Warren, Hacker's Delight §5-1). */
function popCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
