import type { JobEvent, JobSummary } from "../protocol/core-messages.ts";
import type { JobState } from "../protocol/fields.ts";
import type { Store, StoreBatch, Table } from "../store.ts";
import type { Job } from "./job.ts";
import { summarise } from "./summarise.ts";

/** The first job that an idempotency key gave, and what was asked for then. */
export interface IdempotentRequest {
  job_id: string;
  /** SHA-256 of task and parameters as they were sent. */
  digest: string;
}

const ENDED: ReadonlySet<JobState> = new Set(["succeeded", "failed", "cancelled"]);

/** Tells whether a state is final. */
export function hasEnded(state: JobState): boolean {
  return ENDED.has(state);
}

/**
 * The jobs on disk, with what is needed often in memory: open jobs whole, ended ones as the list shows them. Memory changes only
 * when a commit has succeeded.
 */
export class JobStore {
  readonly events: Table<JobEvent>;
  readonly settings: Table<boolean>;
  readonly #store: Store;
  readonly #jobs: Table<Job>;
  readonly #requests: Table<IdempotentRequest>;
  readonly #open = new Map<string, Job>();
  /** In the order in which they ended. */
  readonly #ended = new Map<string, JobSummary>();

  constructor(store: Store) {
    this.#store = store;
    this.#jobs = store.table("jobs");
    this.#requests = store.table("job_requests");
    this.events = store.table("job_events");
    this.settings = store.table("job_settings");
    const ended: JobSummary[] = [];
    for (const { value: job } of this.#jobs.entries()) {
      if (hasEnded(job.state)) ended.push(summarise(job));
      else this.#open.set(job.job_id, job);
    }
    ended.sort((a, b) => ((a.ended ?? "") < (b.ended ?? "") ? -1 : 1));
    for (const summary of ended) this.#ended.set(summary.job_id, summary);
  }

  /** Jobs that wait or run. */
  get open(): ReadonlyMap<string, Job> {
    return this.#open;
  }

  /** Ended jobs, oldest first. */
  get ended(): ReadonlyMap<string, JobSummary> {
    return this.#ended;
  }

  has(job_id: string): boolean {
    return this.#open.has(job_id) || this.#ended.has(job_id);
  }

  get(job_id: string): Job | undefined {
    return this.#open.get(job_id) ?? (this.#ended.has(job_id) ? this.#jobs.get(job_id) : undefined);
  }

  request(client: string, idempotency_key: string): IdempotentRequest | undefined {
    return this.#requests.get([client, idempotency_key]);
  }

  /** Commits jobs as they are now, with whatever else the callback adds. */
  async commit(jobs: readonly Job[], more: (batch: StoreBatch) => void): Promise<void> {
    await this.#store.write((batch) => {
      more(batch);
      for (const job of jobs) this.#jobs.put(batch, job.job_id, job);
    });
    for (const job of jobs) {
      this.#open.delete(job.job_id);
      this.#ended.delete(job.job_id);
      if (hasEnded(job.state)) this.#ended.set(job.job_id, summarise(job));
      else this.#open.set(job.job_id, job);
    }
  }

  /** Commits facts of ended jobs that stay where they are in the list, with whatever else the callback adds. */
  async update(jobs: readonly Job[], more: (batch: StoreBatch) => void): Promise<void> {
    await this.#store.write((batch) => {
      more(batch);
      for (const job of jobs) this.#jobs.put(batch, job.job_id, job);
    });
    for (const job of jobs) this.#ended.set(job.job_id, summarise(job));
  }

  addRequest(batch: StoreBatch, client: string, idempotency_key: string, request: IdempotentRequest): void {
    this.#requests.put(batch, [client, idempotency_key], request);
  }

  /** Forgets ended jobs, with whatever else the callback removes. */
  async forget(jobs: readonly Job[], more: (batch: StoreBatch, job: Job) => void): Promise<void> {
    await this.#store.write((batch) => {
      for (const job of jobs) {
        this.#jobs.remove(batch, job.job_id);
        if (job.idempotency_key !== undefined) this.#requests.remove(batch, [job.client, job.idempotency_key]);
        more(batch, job);
      }
    });
    for (const { job_id } of jobs) this.#ended.delete(job_id);
  }
}
