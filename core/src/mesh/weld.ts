/** Which vertices are the same. */
export interface Weld {
  /** New index of each old vertex, [old]. New ones are numbered in the order in which they are first met. */
  readonly remap: Uint32Array;
  /** First old vertex of each new one, [new]. */
  readonly first: Uint32Array;
}

/**
 * Finds the vertices whose attributes are equal bit for bit (-0 counts as 0).
 *
 * @param attributes each [vertices, width]
 */
export function weldVertices(count: number, attributes: readonly { data: Float32Array; width: number }[]): Weld {
  const streams = attributes.map(({ data, width }) => {
    const bits = new Uint32Array(data.length);
    new Float32Array(bits.buffer).set(data);
    for (let index = 0; index < bits.length; index += 1) if (bits[index] === 0x80000000) bits[index] = 0;
    return { bits, width };
  });
  let capacity = 16;
  while (capacity < count * 2) capacity *= 2;
  // Open addressing: a Map of strings takes 20 times as long at 600 k corners.
  const table = new Int32Array(capacity).fill(-1);
  const remap = new Uint32Array(count);
  const first = new Uint32Array(count);
  let found = 0;
  for (let vertex = 0; vertex < count; vertex += 1) {
    let slot = hashOf(streams, vertex) & (capacity - 1);
    for (;;) {
      const known = table[slot] as number;
      if (known < 0) {
        table[slot] = found;
        first[found] = vertex;
        remap[vertex] = found;
        found += 1;
        break;
      }
      if (isSame(streams, first[known] as number, vertex)) {
        remap[vertex] = known;
        break;
      }
      slot = (slot + 1) & (capacity - 1);
    }
  }
  return { remap, first: first.slice(0, found) };
}

type Streams = readonly { bits: Uint32Array; width: number }[];

/** Murmur3's mixing of 32-bit words. */
function hashOf(streams: Streams, vertex: number): number {
  let hash = 0;
  for (const { bits, width } of streams) {
    for (let offset = vertex * width; offset < (vertex + 1) * width; offset += 1) {
      let word = Math.imul(bits[offset] as number, 0xcc9e2d51);
      word = (word << 15) | (word >>> 17);
      hash ^= Math.imul(word, 0x1b873593);
      hash = (hash << 13) | (hash >>> 19);
      hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
    }
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function isSame(streams: Streams, a: number, b: number): boolean {
  for (const { bits, width } of streams) {
    for (let offset = 0; offset < width; offset += 1) {
      if (bits[a * width + offset] !== bits[b * width + offset]) return false;
    }
  }
  return true;
}
