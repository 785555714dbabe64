/** Sets of numbers that grow together (union-find with path halving). */
export class DisjointSets {
  readonly #parents: Uint32Array;

  /** Each of the numbers 0 … count - 1 begins in a set of its own. */
  constructor(count: number) {
    this.#parents = Uint32Array.from({ length: count }, (_, index) => index);
  }

  /** Gives the number that stands for the set of `item`. */
  find(item: number): number {
    const parents = this.#parents;
    let at = item;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at] as number] as number;
      at = parents[at] as number;
    }
    return at;
  }

  /** Joins two sets; the smaller number stands for the whole, so that the outcome does not depend on the order. */
  join(a: number, b: number): void {
    const rootA = this.find(a);
    const rootB = this.find(b);
    if (rootA < rootB) this.#parents[rootB] = rootA;
    else this.#parents[rootA] = rootB;
  }
}
