/** What the queue must know of a waiting job. */
export interface QueuedJob {
  job_id: string;
  client: string;
  priority: number;
  /** Place among jobs of the same client and priority. */
  order: number;
}

/**
 * The order in which waiting jobs run: higher priority first; among equal ones the clients take turns, the one served longest ago
 * first, so that one client's 500 jobs do not keep another's one waiting; a client's own jobs by their `order`.
 */
export class JobQueue<J extends QueuedJob> {
  readonly #jobs = new Map<string, J>();
  readonly #runsOn: (job: J) => string;
  /** Waiting jobs by what runs them. */
  readonly #waiting = new Map<string, number>();
  /** Jobs by priority and client, each list sorted. */
  readonly #lanes = new Map<number, Map<string, J[]>>();
  /** Turn in which a client was served last. */
  readonly #served = new Map<string, number>();
  #turn = 0;

  /** @param runsOn names what runs a job, where not all jobs run in the same place */
  constructor(runsOn: (job: J) => string = () => "") {
    this.#runsOn = runsOn;
  }

  get size(): number {
    return this.#jobs.size;
  }

  has(job_id: string): boolean {
    return this.#jobs.has(job_id);
  }

  add(job: J): void {
    this.remove(job.job_id);
    const clients = this.#lanes.get(job.priority) ?? new Map<string, J[]>();
    const lane = clients.get(job.client) ?? [];
    const behind = lane.findLastIndex((other) => other.order <= job.order);
    lane.splice(behind + 1, 0, job);
    clients.set(job.client, lane);
    this.#lanes.set(job.priority, clients);
    this.#jobs.set(job.job_id, job);
    this.#count(job, 1);
  }

  remove(job_id: string): J | undefined {
    const job = this.#jobs.get(job_id);
    if (job === undefined) return undefined;
    this.#jobs.delete(job_id);
    this.#count(job, -1);
    const clients = this.#lanes.get(job.priority);
    const lane = clients?.get(job.client);
    if (clients === undefined || lane === undefined) return job;
    lane.splice(lane.indexOf(job), 1);
    if (lane.length === 0) clients.delete(job.client);
    if (clients.size === 0) this.#lanes.delete(job.priority);
    return job;
  }

  /**
   * Takes the job that is to run next, and counts it as its client's turn.
   *
   * @param hasRoom whether what runs a job can take one more; jobs of others stand aside and keep their place
   */
  take(hasRoom: (runsOn: string) => boolean = () => true): J | undefined {
    const open = new Set([...this.#waiting.keys()].filter(hasRoom));
    if (open.size === 0) return undefined;
    const job = this.#first(open);
    if (job === undefined) return undefined;
    this.remove(job.job_id);
    this.#turn += 1;
    this.#served.set(job.client, this.#turn);
    return job;
  }

  /** Gives the waiting jobs in the order in which they will run. */
  list(limit = Number.POSITIVE_INFINITY): J[] {
    return [...this.#inOrder(limit)];
  }

  /** Gives the number of jobs that run before this one; undefined if it does not wait. Counted, not walked: a queue may be long. */
  position(job_id: string): number | undefined {
    const job = this.#jobs.get(job_id);
    if (job === undefined) return undefined;
    let ahead = 0;
    for (const { priority, rows } of this.#classes()) {
      if (priority !== job.priority) {
        for (const [, lane] of rows) ahead += lane.length;
        continue;
      }
      const own = rows.findIndex(([client]) => client === job.client);
      const round = rows[own]?.[1].indexOf(job) ?? 0;
      rows.forEach(([, lane], row) => {
        if (row !== own) ahead += Math.min(lane.length, row < own ? round + 1 : round);
      });
      return ahead + round;
    }
    return undefined;
  }

  /** Gives a client's jobs of one priority in their own order. */
  lane(client: string, priority: number): readonly J[] {
    return this.#lanes.get(priority)?.get(client) ?? [];
  }

  #first(open: ReadonlySet<string>): J | undefined {
    for (const job of this.#inOrder(Number.POSITIVE_INFINITY)) if (open.has(this.#runsOn(job))) return job;
    return undefined;
  }

  #count(job: J, change: number): void {
    const runsOn = this.#runsOn(job);
    const count = (this.#waiting.get(runsOn) ?? 0) + change;
    if (count > 0) this.#waiting.set(runsOn, count);
    else this.#waiting.delete(runsOn);
  }

  *#inOrder(limit: number): Iterable<J> {
    let given = 0;
    for (const { rows } of this.#classes()) {
      const rounds = Math.max(...rows.map(([, lane]) => lane.length));
      for (let round = 0; round < rounds; round++) {
        for (const [, lane] of rows) {
          const job = lane[round];
          if (job === undefined) continue;
          if (given >= limit) return;
          given += 1;
          yield job;
        }
      }
    }
  }

  /** Gives the classes of priority, highest first, each with its clients in the row in which they take turns. */
  *#classes(): Iterable<{ priority: number; rows: [string, J[]][] }> {
    const served = new Map(this.#served);
    let turn = this.#turn;
    for (const priority of [...this.#lanes.keys()].sort((a, b) => b - a)) {
      const rows = [...(this.#lanes.get(priority) ?? [])].sort(([a, laneA], [b, laneB]) => {
        const byTurn = (served.get(a) ?? 0) - (served.get(b) ?? 0);
        // Of clients that were never served, the one whose job came first.
        return byTurn !== 0 ? byTurn : (laneA[0]?.order ?? 0) - (laneB[0]?.order ?? 0);
      });
      yield { priority, rows };
      // What the next class sees: in each round the row is walked once, so a client's last turn follows from its number of jobs.
      const rounds = Math.max(...rows.map(([, lane]) => lane.length));
      rows.forEach(([client, lane], row) => {
        served.set(client, turn + (lane.length - 1) * rows.length + row + 1);
      });
      turn += rounds * rows.length;
    }
  }
}

/**
 * Gives the orders after some of a lane's jobs were put before another one, or at the end; only those that change.
 *
 * The lane's own order numbers are dealt out again, so nothing outside the moved span changes.
 */
export function moveInLane(
  lane: readonly QueuedJob[],
  moved: readonly string[],
  before: string | undefined,
): Map<string, number> {
  const byId = new Map(lane.map((job) => [job.job_id, job]));
  const going = moved.flatMap((id) => byId.get(id) ?? []);
  const staying = lane.filter(({ job_id }) => !moved.includes(job_id));
  const index = before === undefined ? -1 : staying.findIndex(({ job_id }) => job_id === before);
  const arranged = index < 0 ? [...staying, ...going] : [...staying.slice(0, index), ...going, ...staying.slice(index)];
  const changed = new Map<string, number>();
  arranged.forEach((job, place) => {
    const order = lane[place]?.order;
    if (order !== undefined && order !== job.order) changed.set(job.job_id, order);
  });
  return changed;
}
