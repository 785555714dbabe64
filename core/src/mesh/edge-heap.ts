/** Edges, the cheapest first; of equal ones the first pushed. A binary heap. */
export class EdgeHeap {
  #costs: Float64Array;
  /** a, b and their versions when pushed, [entries, 4]. */
  #edges: Uint32Array;
  #heap: Uint32Array;
  #entries = 0;
  #length = 0;

  /** @param capacity entries that there is room for at first */
  constructor(capacity = 1024) {
    this.#costs = new Float64Array(capacity);
    this.#edges = new Uint32Array(capacity * 4);
    this.#heap = new Uint32Array(capacity);
  }

  /** Gives number `field` of an entry that {@link pop} gave: 0 a, 1 b, 2 and 3 their versions when it was pushed. */
  get(entry: number, field: 0 | 1 | 2 | 3): number {
    return this.#edges[entry * 4 + field] as number;
  }

  /** Adds the edge from a to b. */
  push(cost: number, a: number, b: number, versionA: number, versionB: number): void {
    if (this.#entries === this.#costs.length) this.#grow();
    const entry = this.#entries;
    this.#entries += 1;
    this.#costs[entry] = cost;
    this.#edges[entry * 4] = a;
    this.#edges[entry * 4 + 1] = b;
    this.#edges[entry * 4 + 2] = versionA;
    this.#edges[entry * 4 + 3] = versionB;
    const [heap, costs] = [this.#heap, this.#costs];
    let at = this.#length;
    this.#length += 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const other = heap[parent] as number;
      // The new entry has the highest number, so it passes only what is dearer.
      if (!(cost < (costs[other] as number))) break;
      heap[at] = other;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Takes the cheapest entry out; -1 = none is left. */
  pop(): number {
    if (this.#length === 0) return -1;
    const [heap, costs] = [this.#heap, this.#costs];
    const top = heap[0] as number;
    this.#length -= 1;
    const length = this.#length;
    if (length === 0) return top;
    const last = heap[length] as number;
    const cost = costs[last] as number;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= length) break;
      let entry = heap[child] as number;
      let least = costs[entry] as number;
      if (child + 1 < length) {
        const other = heap[child + 1] as number;
        const otherCost = costs[other] as number;
        if (otherCost < least || (otherCost === least && other < entry)) {
          child += 1;
          entry = other;
          least = otherCost;
        }
      }
      if (!(least < cost || (least === cost && entry < last))) break;
      heap[at] = entry;
      at = child;
    }
    heap[at] = last;
    return top;
  }

  #grow(): void {
    const grown = <T extends Float64Array | Uint32Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#costs = grown(this.#costs, new Float64Array(this.#costs.length * 2));
    this.#edges = grown(this.#edges, new Uint32Array(this.#edges.length * 2));
    this.#heap = grown(this.#heap, new Uint32Array(this.#heap.length * 2));
  }
}
