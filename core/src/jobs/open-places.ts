import { CoreError } from "../protocol/errors.ts";

/** Options of {@link OpenPlaces}. */
export interface OpenPlacesOptions {
  per_client: number;
  all: number;
}

/** Counts open jobs by client, those included whose request is being checked, so that many at once cannot pass a limit together. */
export class OpenPlaces {
  readonly #limits: OpenPlacesOptions;
  readonly #by_client = new Map<string, number>();
  #all = 0;

  constructor(limits: OpenPlacesOptions) {
    this.#limits = limits;
  }

  /** Takes a place without asking: the job is there already. */
  count(client: string): void {
    this.#by_client.set(client, (this.#by_client.get(client) ?? 0) + 1);
    this.#all += 1;
  }

  /** @throws CoreError QUEUE_FULL */
  take(client: string): void {
    const { per_client, all } = this.#limits;
    const own = this.#by_client.get(client) ?? 0;
    if (own >= per_client) throw queueFull(`"${client}"`, own, per_client);
    if (this.#all >= all) throw queueFull("the core", this.#all, all);
    this.count(client);
  }

  free(client: string): void {
    const left = (this.#by_client.get(client) ?? 1) - 1;
    if (left === 0) this.#by_client.delete(client);
    else this.#by_client.set(client, left);
    this.#all -= 1;
  }
}

function queueFull(who: string, count: number, limit: number): CoreError {
  return new CoreError("QUEUE_FULL", `The queue of ${who} is full: ${count} open jobs of at most ${limit}.`, {
    remedy: "Wait until some have ended, or cancel some.",
    data: { open_jobs: count, limit },
  });
}
