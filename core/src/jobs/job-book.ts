import type { JobEvent, JobSummary } from "../protocol/core-messages.ts";
import type { Store, StoreBatch } from "../store.ts";
import type { Job } from "./job.ts";
import { jobNotFound } from "./job-errors.ts";
import { type EventBody, JobEvents } from "./job-events.ts";
import { JobQueue } from "./job-queue.ts";
import { JobStore } from "./job-store.ts";
import { KeyedLock } from "./keyed-lock.ts";
import { summarise } from "./summarise.ts";

/** Options of {@link JobBook}. */
export interface JobBookOptions {
  store: Store;
  /** Milliseconds since 1970. */
  clock: () => number;
  /** Names what runs a job; absent = all run in the same place. */
  runsOn?: (job: Job) => string;
}

/**
 * All that is known of jobs, in one place: their records, their events and the order in which the waiting ones run. Whoever changes a
 * job holds its lock.
 */
export class JobBook {
  readonly jobs: JobStore;
  readonly events: JobEvents;
  readonly queue: JobQueue<Job>;
  readonly lock = new KeyedLock();
  readonly #clock: () => number;

  constructor({ store, clock, runsOn }: JobBookOptions) {
    this.#clock = clock;
    this.queue = new JobQueue(runsOn);
    this.jobs = new JobStore(store);
    this.events = new JobEvents(this.jobs.events, clock);
  }

  /** @throws CoreError JOB_NOT_FOUND */
  job(job_id: string): Job {
    const job = this.jobs.get(job_id);
    if (job === undefined) throw jobNotFound(job_id);
    return job;
  }

  /** Commits jobs, each with its event if there is one and whatever else belongs to the change, then tells the listeners. */
  async commit(
    jobs: readonly Job[],
    body?: (job: Job) => EventBody,
    more?: (batch: StoreBatch) => void,
  ): Promise<void> {
    if (jobs.length === 0) return;
    const events: JobEvent[] = [];
    await this.jobs.commit(jobs, (batch) => {
      if (body !== undefined) for (const job of jobs) events.push(this.events.record(batch, job, body(job)));
      more?.(batch);
    });
    for (const event of events) this.events.publish(event);
  }

  /** Gives the number of jobs that would run before this one if it waited. */
  positionIfAdded(job: Job): number {
    if (this.queue.has(job.job_id)) return this.queue.position(job.job_id) ?? 0;
    this.queue.add(job);
    const position = this.queue.position(job.job_id) ?? 0;
    this.queue.remove(job.job_id);
    return position;
  }

  summary(job: Job): JobSummary {
    return summarise(job, { position: this.queue.position(job.job_id), progress: this.events.progress(job.job_id) });
  }

  summaries(jobs: readonly Job[]): JobSummary[] {
    return jobs.map((job) => this.summary(job));
  }

  /** The time, as ISO 8601 in UTC. */
  now(): string {
    return new Date(this.#clock()).toISOString();
  }
}
