/** Edges, the cheapest first; of equal ones the first pushed. A binary heap. */
export class EdgeHeap {
  readonly #costs: number[] = [];
  readonly #edges: number[] = [];
  readonly #heap: number[] = [];

  /** Gives number `field` of an entry that {@link pop} gave: 0 a, 1 b, 2 and 3 their versions when it was pushed. */
  get(entry: number, field: 0 | 1 | 2 | 3): number {
    return this.#edges[entry * 4 + field] as number;
  }

  /** Adds the edge from a to b. */
  push(cost: number, a: number, b: number, versionA: number, versionB: number): void {
    const entry = this.#costs.push(cost) - 1;
    this.#edges.push(a, b, versionA, versionB);
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(entry, heap[parent] as number)) break;
      heap[at] = heap[parent] as number;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Takes the cheapest entry out; -1 = none is left. */
  pop(): number {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined) return -1;
    if (heap.length > 0) {
      let at = 0;
      for (;;) {
        let child = at * 2 + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && this.#isBefore(heap[child + 1] as number, heap[child] as number)) child += 1;
        if (!this.#isBefore(heap[child] as number, last)) break;
        heap[at] = heap[child] as number;
        at = child;
      }
      heap[at] = last;
    }
    return top;
  }

  #isBefore(one: number, other: number): boolean {
    const a = this.#costs[one] as number;
    const b = this.#costs[other] as number;
    return a < b || (a === b && one < other);
  }
}
