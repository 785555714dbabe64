/** How many messages a connection may send; a token bucket. */
export interface MessageBudget {
  /** Takes `cost` messages; gives the milliseconds to wait before the next is read, 0 = none. */
  take(cost: number): number;
}

/** Messages a second that one connection may send on end, and how many at once; well beyond what any client of ours needs. */
export const MESSAGE_BUDGET = { per_second: 5000, burst: 10_000 };

/**
 * Makes the budget of one connection. Whoever sends faster is read more slowly rather than refused, so that a burst loses
 * nothing and one busy client leaves time for the others.
 */
export function createMessageBudget(now: () => number, { per_second, burst } = MESSAGE_BUDGET): MessageBudget {
  let left = burst;
  let last = now();
  return {
    take(cost) {
      const time = now();
      left = Math.min(burst, left + ((time - last) / 1000) * per_second) - cost;
      last = time;
      return left >= 0 ? 0 : Math.ceil((-left / per_second) * 1000);
    },
  };
}
