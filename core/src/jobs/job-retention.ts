import type { AssetKeeper, AssetStore } from "../assets/asset-store.ts";
import type { Logger } from "../logger.ts";
import type { Job } from "./job.ts";
import type { JobBook } from "./job-book.ts";

/** What retention needs. */
export interface RetentionParts {
  book: JobBook;
  assets: AssetStore;
  /** Milliseconds since 1970. */
  clock: () => number;
  logger: Logger;
  /** Ended jobs that are remembered. */
  max_ended_jobs: number;
  /** Time after its end in which a job's files are not given up for new ones. */
  protect_results_ms: number;
}

/**
 * How long ended jobs and their files stay. A job is forgotten, with its files, when it is removed or when too many are newer. Before
 * that its files may go alone: a full asset store takes those of the jobs that ended longest ago, and the job is marked `evicted`.
 */
export class JobRetention implements AssetKeeper {
  readonly #parts: RetentionParts;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /** Forgets jobs whose locks the caller holds. */
  async forget(jobs: readonly Job[]): Promise<void> {
    const { book, assets } = this.#parts;
    await book.jobs.forget(jobs, (batch, { job_id }) => {
      book.events.forget(batch, job_id);
      void assets.release(job_id, batch);
    });
  }

  /** Forgets the oldest ended jobs beyond the number that is remembered. */
  async forgetOld(): Promise<void> {
    const { book, logger, max_ended_jobs } = this.#parts;
    const surplus = book.jobs.ended.size - max_ended_jobs;
    if (surplus <= 0) return;
    const old = [...book.jobs.ended.keys()].slice(0, surplus);
    try {
      // Not within the lock of the job that just ended: whoever retries an old one may be waiting for that.
      await book.lock.run(old, () => this.forget(this.#ended(old)));
    } catch (error) {
      // On a full disk; they are forgotten when the next job ends.
      logger.warn({ err: error }, "old jobs could not be forgotten");
    }
  }

  *expendable(): Iterable<string> {
    const { book, clock, protect_results_ms } = this.#parts;
    const until = new Date(clock() - protect_results_ms).toISOString();
    for (const { job_id, ended = "", evicted } of book.jobs.ended.values()) {
      if (ended > until) return;
      if (evicted !== true) yield job_id;
    }
  }

  async giveUp(job_ids: readonly string[]): Promise<void> {
    const { book, assets, logger } = this.#parts;
    await book.lock.run(job_ids, async () => {
      const jobs = this.#ended(job_ids).map((job): Job => ({ ...job, evicted: true }));
      await book.jobs.update(jobs, (batch) => {
        for (const { job_id } of jobs) {
          book.events.markEvicted(batch, job_id);
          void assets.release(job_id, batch);
        }
      });
    });
    logger.info({ jobs: job_ids.length }, "the asset store is full: files of the oldest ended jobs made room");
  }

  #ended(job_ids: readonly string[]): Job[] {
    const { jobs } = this.#parts.book;
    return job_ids.flatMap((id) => (jobs.ended.has(id) ? (jobs.get(id) ?? []) : []));
  }
}
