/** Undirected edges of a triangle mesh, with the triangles at each. */
export interface Edges {
  /** Ends, lower index first, [edges, 2]. */
  readonly ends: Uint32Array;
  /** Where the edge's uses begin in `uses`, [edges + 1]. */
  readonly starts: Uint32Array;
  /** Corner (3 × triangle + k) from which the edge leaves to the next corner of its triangle; edge by edge. */
  readonly uses: Uint32Array;
}

/** Finds the edges of triangles [triangles, 3] over `vertexCount` vertices. */
export function findEdges(indices: Uint32Array, vertexCount: number): Edges {
  const count = indices.length;
  const keys = new Float64Array(count);
  for (let corner = 0; corner < count; corner += 1) {
    const from = indices[corner] as number;
    const to = indices[nextCorner(corner)] as number;
    keys[corner] = Math.min(from, to) * vertexCount + Math.max(from, to);
  }
  const order = sortByKey(keys, vertexCount);
  const ends: number[] = [];
  const starts: number[] = [];
  let last = -1;
  for (let at = 0; at < count; at += 1) {
    const key = keys[order[at] as number] as number;
    if (key === last) continue;
    last = key;
    starts.push(at);
    ends.push(Math.floor(key / vertexCount), key % vertexCount);
  }
  starts.push(count);
  return { ends: Uint32Array.from(ends), starts: Uint32Array.from(starts), uses: order };
}

/** Gives the corner that follows within the triangle. */
export function nextCorner(corner: number): number {
  return corner % 3 === 2 ? corner - 2 : corner + 1;
}

/** Order of the corners by key, equal keys in their order: two stable counting passes, for a sort with a callback takes 5 times as long. */
function sortByKey(keys: Float64Array, vertexCount: number): Uint32Array {
  const digitsOf = [(key: number) => key % vertexCount, (key: number) => Math.floor(key / vertexCount)];
  let order = Uint32Array.from({ length: keys.length }, (_, index) => index);
  for (const digitOf of digitsOf) {
    const places = new Uint32Array(vertexCount + 1);
    for (const key of keys) places[digitOf(key) + 1] = (places[digitOf(key) + 1] as number) + 1;
    for (let digit = 0; digit < vertexCount; digit += 1) {
      places[digit + 1] = (places[digit + 1] as number) + (places[digit] as number);
    }
    const sorted = new Uint32Array(keys.length);
    for (const corner of order) {
      const digit = digitOf(keys[corner] as number);
      sorted[places[digit] as number] = corner;
      places[digit] = (places[digit] as number) + 1;
    }
    order = sorted;
  }
  return order;
}
