import type { AssetStore } from "../assets/asset-store.ts";
import type { InferenceHost } from "../host/host-api.ts";
import type { ImageBackend } from "../host/image-backend.ts";
import type { Logger } from "../logger.ts";
import type { JobsUpdate } from "../protocol/client-messages.ts";
import type { JobEvent, JobSummary } from "../protocol/core-messages.ts";
import { CoreError } from "../protocol/errors.ts";
import type { JobState, Task } from "../protocol/fields.ts";
import type { Limits } from "../protocol/limits.ts";
import type { Provenance } from "../provenance/provenance.ts";
import type { Store } from "../store.ts";
import type { Job } from "./job.ts";
import { admit, type Tasks } from "./job-admission.ts";
import { JobBook } from "./job-book.ts";
import { jobNotFound, wrongJobState } from "./job-errors.ts";
import { JobIntake, type JobRequest } from "./job-intake.ts";
import { JobRetention } from "./job-retention.ts";
import type { JobOwner, JobService } from "./job-service.ts";
import { JobWorker, OWN_HOST } from "./job-worker.ts";
import { OpenPlaces } from "./open-places.ts";
import { changeQueue } from "./queue-changes.ts";
import { summarise } from "./summarise.ts";

/** Options of {@link openJobService}. */
export interface JobServiceOptions {
  store: Store;
  assets: AssetStore;
  host: Pick<InferenceHost, "workers">;
  /** Other programs that make pictures; absent = none. */
  backend?: Pick<ImageBackend, "workers" | "backendOf">;
  provenance: Provenance;
  /** What the core offers to make. */
  tasks: Tasks;
  limits: Pick<Limits, "max_open_jobs_per_client">;
  /** Milliseconds since 1970. */
  clock: () => number;
  /** Gives an identifier that no job has. */
  drawJobId: () => string;
  /** Name and version of the program, for the record. */
  software: string;
  logger: Logger;
  /** Attempts of a job whose process ended while it ran. */
  max_attempts?: number;
  /** Open jobs of all clients. */
  max_open_jobs?: number;
  /** Ended jobs that are remembered; older ones are forgotten and their assets released. */
  max_ended_jobs?: number;
  /** Time after its end in which a job's files are not given up for new ones. */
  protect_results_ms?: number;
  /** Wait before the queue goes on after a full disk. */
  storage_retry_ms?: number;
}

export const JOB_SERVICE_DEFAULTS = {
  max_attempts: 3,
  max_open_jobs: 100_000,
  max_ended_jobs: 1000,
  protect_results_ms: 24 * 60 * 60 * 1000,
  storage_retry_ms: 5000,
};

/**
 * Opens the jobs of a store: those that ran when the core ended are queued again, or fail after too many attempts, and work begins.
 *
 * @throws CoreError STORAGE_FULL
 */
export async function openJobService(options: JobServiceOptions): Promise<JobService> {
  const service = new DurableJobService({ ...JOB_SERVICE_DEFAULTS, ...options });
  await service.recover();
  return service;
}

/** Options with their defaults; a core without other programs has no backend. */
type FilledOptions = Required<Omit<JobServiceOptions, "backend">> & Pick<JobServiceOptions, "backend">;

class DurableJobService implements JobService {
  readonly #options: FilledOptions;
  readonly #book: JobBook;
  readonly #places: OpenPlaces;
  readonly #retention: JobRetention;
  readonly #intake: JobIntake;
  readonly #worker: JobWorker;
  #stopping = false;
  #stopped: Promise<void> | undefined;

  constructor(options: FilledOptions) {
    this.#options = options;
    const runsOn = ({ params }: Job) =>
      (typeof params.bundle === "string" ? options.backend?.backendOf(params.bundle) : undefined) ?? OWN_HOST;
    const book = new JobBook({ ...options, runsOn });
    const places = new OpenPlaces({ per_client: options.limits.max_open_jobs_per_client, all: options.max_open_jobs });
    for (const { client } of book.jobs.open.values()) places.count(client);
    const retention = new JobRetention({ ...options, book });
    const refuseWhenStopping = () => this.#refuseWhenStopping();
    const parts = { ...options, book, places, retention, runsOn, refuseWhenStopping };
    this.#book = book;
    this.#places = places;
    this.#retention = retention;
    this.#intake = new JobIntake(parts);
    this.#worker = new JobWorker(parts);
    this.#worker.paused = book.jobs.settings.get("paused") ?? false;
    options.assets.keepFor(retention);
  }

  async recover(): Promise<void> {
    await this.#worker.recover();
  }

  async validate(task: Task, params: Record<string, unknown>) {
    const admitted = await admit(task, params, this.#options);
    return { params: admitted.params, memory_bytes: admitted.memory_bytes };
  }

  async submit(request: JobRequest, owner: JobOwner) {
    this.#refuseWhenStopping();
    const accepted = await this.#intake.submit(request, owner);
    this.#worker.work();
    return accepted;
  }

  async cancel(job_id: string): Promise<void> {
    const book = this.#book;
    await book.lock.run([job_id], async () => {
      const job = book.job(job_id);
      if (job.state === "running" && this.#worker.cancel(job_id)) return;
      if (job.state === "cancelled") return;
      if (job.state !== "queued" && job.state !== "paused")
        throw wrongJobState(job, "cancelled", "queued, paused or running");
      const taken = book.queue.remove(job_id);
      try {
        await this.#worker.end({ ...job, state: "cancelled" }, { type: "cancelled" });
      } catch (error) {
        if (taken !== undefined) book.queue.add(taken);
        throw error;
      }
    });
    this.#worker.work();
  }

  subscribe(job_id: string, after_event: number, listener: (event: JobEvent) => void): () => void {
    if (!this.#book.jobs.has(job_id)) throw jobNotFound(job_id);
    return this.#book.events.subscribe(job_id, after_event, listener);
  }

  list({ states, limit }: { states?: readonly JobState[]; limit: number }) {
    const { jobs: store, queue } = this.#book;
    const wanted = (state: JobState) => states === undefined || states.includes(state);
    const jobs: JobSummary[] = [];
    const add = (given: Iterable<JobSummary>) => {
      for (const summary of given) {
        if (jobs.length >= limit) return;
        if (wanted(summary.state)) jobs.push(summary);
      }
    };
    const open = [...store.open.values()];
    add(
      open
        .filter(({ state, job_id }) => state === "running" || (state === "queued" && !queue.has(job_id)))
        .map((job) => this.#book.summary(job)),
    );
    if (wanted("queued")) add(queue.list(limit).map((job, position) => summarise(job, { position })));
    add(open.filter(({ state }) => state === "paused").map((job) => this.#book.summary(job)));
    add([...store.ended.values()].reverse());
    return { jobs, paused: this.#worker.paused };
  }

  async update(change: Omit<JobsUpdate, "type" | "id">): Promise<JobSummary[]> {
    this.#refuseWhenStopping();
    const { action, job_ids } = change;
    if (job_ids === undefined && (action === "pause" || action === "resume")) {
      await this.#pauseQueue(action === "pause");
      return [];
    }
    const parts = { ...this.#options, book: this.#book, places: this.#places, retention: this.#retention };
    const changed = await changeQueue(change, parts);
    this.#worker.work();
    return changed;
  }

  counts() {
    const { open, ended } = this.#book.jobs;
    const counts = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 };
    for (const { state } of open.values()) counts[state === "running" ? "running" : "queued"] += 1;
    for (const { state } of ended.values()) {
      if (state === "succeeded" || state === "failed" || state === "cancelled") counts[state] += 1;
    }
    return counts;
  }

  stop(): Promise<void> {
    this.#stopped ??= (async () => {
      this.#stopping = true;
      await this.#worker.stop();
      await this.#book.lock.idle();
    })();
    return this.#stopped;
  }

  async #pauseQueue(paused: boolean): Promise<void> {
    const { settings } = this.#book.jobs;
    await this.#options.store.write((batch) => settings.put(batch, "paused", paused));
    this.#worker.paused = paused;
    this.#worker.work();
  }

  #refuseWhenStopping(): void {
    if (!this.#stopping) return;
    throw new CoreError("SHUTTING_DOWN", "The core is stopping and takes no new work.", {
      remedy: "Connect again later.",
    });
  }
}
