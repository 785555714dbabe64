/** What the server counts for `/metrics`; plain numbers, so that counting costs nothing until somebody asks. */
export interface Counters {
  connections_total: number;
  connections_open: number;
  strangers_turned_away: number;
  bytes_received: number;
  bytes_sent: number;
  /** By message type. */
  messages: Map<string, number>;
  /** By error code. */
  errors: Map<string, number>;
}

/** Gives counters at zero. */
export function createCounters(): Counters {
  return {
    connections_total: 0,
    connections_open: 0,
    strangers_turned_away: 0,
    bytes_received: 0,
    bytes_sent: 0,
    messages: new Map(),
    errors: new Map(),
  };
}

/** Adds one to a counter by name. */
export function count(counters: Map<string, number>, name: string): void {
  counters.set(name, (counters.get(name) ?? 0) + 1);
}
