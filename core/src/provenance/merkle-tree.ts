import { createHash } from "node:crypto";

/**
 * Gives the hash of a complete subtree: level 0 is a leaf, level L covers leaves [index · 2^L, (index + 1) · 2^L).
 * Called for complete subtrees only.
 */
export type SubtreeHash = (level: number, index: number) => Uint8Array;

/** Gives SHA-256(0x00 || data): the hash of a leaf (RFC 6962 §2.1). */
export function leafHash(data: Uint8Array): Uint8Array {
  return createHash("sha256").update(Uint8Array.of(0)).update(data).digest();
}

/** Gives SHA-256(0x01 || left || right): the hash of an inner node (RFC 6962 §2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return createHash("sha256").update(Uint8Array.of(1)).update(left).update(right).digest();
}

/** Gives the root of the first `size` leaves; of none: SHA-256 of nothing. */
export function treeRoot(size: number, hashOf: SubtreeHash): Uint8Array {
  return size === 0 ? createHash("sha256").digest() : rangeRoot(0, size, hashOf);
}

/**
 * Gives the hashes that prove leaf `index` to be in the tree of `size` leaves (RFC 6962 §2.1.1, PATH).
 *
 * @throws RangeError unless 0 ≤ index < size
 */
export function inclusionProof(index: number, size: number, hashOf: SubtreeHash): Uint8Array[] {
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`No leaf ${index} in a tree of ${size}; expected 0 to ${size - 1}.`);
  }
  const path = (start: number, end: number): Uint8Array[] => {
    if (end - start === 1) return [];
    const middle = start + splitPoint(end - start);
    return index < middle
      ? [...path(start, middle), rangeRoot(middle, end, hashOf)]
      : [...path(middle, end), rangeRoot(start, middle, hashOf)];
  };
  return path(0, size);
}

/**
 * Gives the hashes that prove the tree of `size` leaves to begin with the tree of `oldSize` leaves (RFC 6962 §2.1.2, PROOF).
 *
 * @throws RangeError unless 0 ≤ oldSize ≤ size
 */
export function consistencyProof(oldSize: number, size: number, hashOf: SubtreeHash): Uint8Array[] {
  if (!Number.isInteger(oldSize) || oldSize < 0 || oldSize > size) {
    throw new RangeError(`No tree of ${oldSize} leaves within one of ${size}.`);
  }
  if (oldSize === 0) return [];
  const subproof = (start: number, end: number, isWhole: boolean): Uint8Array[] => {
    if (oldSize === end) return isWhole ? [] : [rangeRoot(start, end, hashOf)];
    const middle = start + splitPoint(end - start);
    return oldSize <= middle
      ? [...subproof(start, middle, isWhole), rangeRoot(middle, end, hashOf)]
      : [...subproof(middle, end, false), rangeRoot(start, middle, hashOf)];
  };
  return subproof(0, size, true);
}

/** Says whether `proof` shows a leaf with `leaf` as hash at `index` of the tree of `size` leaves with `root` (RFC 9162 §2.1.3.2). */
export function verifyInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!Number.isInteger(index) || index < 0 || index >= size) return false;
  let fn = index;
  let sn = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && isEqual(hash, root);
}

/** Says whether `proof` shows that the tree (`size`, `root`) only appended to the tree (`oldSize`, `oldRoot`) (RFC 9162 §2.1.4.2). */
export function verifyConsistency(
  oldSize: number,
  oldRoot: Uint8Array,
  size: number,
  root: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!Number.isInteger(oldSize) || oldSize < 0 || oldSize > size) return false;
  if (oldSize === size) return proof.length === 0 && isEqual(oldRoot, root);
  if (oldSize === 0) return proof.length === 0 && isEqual(oldRoot, createHash("sha256").digest());
  let fn = oldSize - 1;
  let sn = size - 1;
  while (fn % 2 === 1) {
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  // A power of two is itself the first node of the path.
  const path = fn === 0 ? [oldRoot, ...proof] : [...proof];
  const first = path.shift();
  if (first === undefined) return false;
  let oldHash = first;
  let hash = first;
  for (const sibling of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      oldHash = nodeHash(sibling, oldHash);
      hash = nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && isEqual(oldHash, oldRoot) && isEqual(hash, root);
}

/** Root of leaves [start, end); `start` is a multiple of the smallest power of two ≥ end − start, as RFC 6962's splitting makes it. */
function rangeRoot(start: number, end: number, hashOf: SubtreeHash): Uint8Array {
  const count = end - start;
  const level = Math.log2(count);
  if (Number.isInteger(level)) return hashOf(level, start / count);
  const middle = start + splitPoint(count);
  return nodeHash(rangeRoot(start, middle, hashOf), rangeRoot(middle, end, hashOf));
}

/** Largest power of two below `count` ≥ 2. */
function splitPoint(count: number): number {
  return 2 ** (Math.ceil(Math.log2(count)) - 1);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
