import type { InferenceHost } from "../host/host-api.ts";
import type { ImageBackend } from "../host/image-backend.ts";
import type { Logger } from "../logger.ts";
import type { Output } from "../protocol/core-messages.ts";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import type { Job } from "./job.ts";
import { type AdmissionParts, taskOf } from "./job-admission.ts";
import type { JobBook } from "./job-book.ts";
import type { EventBody } from "./job-events.ts";
import type { JobRetention } from "./job-retention.ts";
import { type RunnerParts, runJob } from "./job-runner.ts";
import type { OpenPlaces } from "./open-places.ts";

/** What running jobs needs. */
export interface WorkerParts extends RunnerParts, Pick<AdmissionParts, "tasks"> {
  /** Jobs that the core's own inference process may be given at once. */
  host: Pick<InferenceHost, "workers">;
  /** Other programs that make pictures. */
  backend?: Pick<ImageBackend, "workers"> | undefined;
  /** Names what runs a job: {@link OWN_HOST}, or a backend. */
  runsOn: (job: Job) => string;
  book: JobBook;
  places: OpenPlaces;
  retention: JobRetention;
  logger: Logger;
  /** Attempts of a job whose process ended while it ran. */
  max_attempts: number;
  /** Wait before what could not be written is written again. */
  storage_retry_ms: number;
}

/** Name of the core's own inference process among what runs jobs. */
export const OWN_HOST = "";

/** A job that is running. */
interface Run {
  /** What runs it. */
  runsOn: string;
  /** Ends inference. */
  host: AbortController;
  cancelled: boolean;
  done: Promise<void>;
}

type Outcome =
  | { state: "succeeded"; outputs: Output[] }
  | { state: "again" }
  | { state: "interrupted" }
  | { state: "cancelled" }
  | { state: "failed"; error: CoreError };

/** Takes jobs from the queue, runs them and writes down how they end. */
export class JobWorker {
  readonly #parts: WorkerParts;
  readonly #running = new Map<string, Run>();
  readonly #stop = new AbortController();
  /** Set while the queue waits for room on the disk. */
  #storage_timer: NodeJS.Timeout | undefined;
  paused = false;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  /** Queues again what ran when the core ended, or ends it after too many attempts; then work begins. */
  async recover(): Promise<void> {
    const { book, max_attempts, logger } = this.#parts;
    for (const job of [...book.jobs.open.values()]) {
      if (job.state === "queued") book.queue.add(job);
      if (job.state !== "running") continue;
      if (job.attempts < max_attempts) await this.#requeue(job);
      else {
        const message = `The core ended ${job.attempts} times while the job ran; it is not tried again.`;
        const error = new CoreError("HOST_CRASHED", message, {
          remedy: "Run `genga doctor`, lower the size or the number of images, then retry the job.",
          data: { attempts: job.attempts },
        }).toBody();
        await this.end({ ...job, state: "failed", error }, { type: "failed", error });
      }
      logger.warn({ job_id: job.job_id, attempts: job.attempts }, "the core ended while a job ran");
    }
    this.work();
  }

  /** Starts as many jobs as may run now. */
  work(): void {
    const { book } = this.#parts;
    while (!this.#stop.signal.aborted && !this.paused && this.#storage_timer === undefined) {
      const job = book.queue.take((runsOn) => this.#hasRoom(runsOn));
      if (job === undefined) return;
      const runsOn = this.#parts.runsOn(job);
      const run: Run = { runsOn, host: new AbortController(), cancelled: false, done: Promise.resolve() };
      this.#running.set(job.job_id, run);
      run.done = this.#run(job, run).finally(() => {
        this.#running.delete(job.job_id);
        this.work();
      });
    }
  }

  /** Whether the inference process, or a backend, can take one more job. */
  #hasRoom(runsOn: string): boolean {
    const { host, backend } = this.#parts;
    let running = 0;
    for (const run of this.#running.values()) if (run.runsOn === runsOn) running += 1;
    return running < (runsOn === OWN_HOST ? host.workers : (backend?.workers(runsOn) ?? 0));
  }

  /** Ends a job that runs; its `cancelled` event follows. Gives false if it does not run. */
  cancel(job_id: string): boolean {
    const run = this.#running.get(job_id);
    if (run === undefined) return false;
    run.cancelled = true;
    run.host.abort();
    return true;
  }

  /** Lets running steps end; their jobs wait for the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#storage_timer);
    for (const { host } of this.#running.values()) host.abort();
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  /** Commits a job's end with its outputs, so that a result is there as a whole or not at all. The caller holds its lock. */
  async end(job: Job, body: EventBody): Promise<void> {
    const { book, places, retention, assets } = this.#parts;
    const ended: Job = { ...job, ended: book.now() };
    const files = ended.outputs.flatMap(({ asset, sidecar }) => (sidecar === undefined ? [asset] : [asset, sidecar]));
    const hashes = files.map(({ sha256 }) => sha256);
    await book.commit(
      [ended],
      () => body,
      (batch) => void assets.retain(job.job_id, hashes, batch),
    );
    places.free(job.client);
    void retention.forgetOld();
  }

  async #run(taken: Job, run: Run): Promise<void> {
    const { book } = this.#parts;
    const { job_id } = taken;
    let job: Job | undefined;
    try {
      job = await book.lock.run([job_id], () => this.#start(job_id));
    } catch (error) {
      this.#waitForStorage(taken, error);
      return;
    }
    if (job === undefined) return;
    const running = job;
    const outcome = await this.#outcome(running, run);
    for (;;) {
      try {
        // A cancel may come while the end waits to be written.
        await book.lock.run([job_id], () => this.#finish(running, run.cancelled ? { state: "cancelled" } : outcome));
        return;
      } catch (error) {
        const last = this.#stop.signal.aborted;
        this.#complain(job_id, error);
        if (last) return;
        // What is done stays in memory until there is room: running it again would cost the work, or undo a cancel.
        await this.#storageRetry();
      }
    }
  }

  /** Marks a job as running, durably, so that a crash counts as an attempt. Gives undefined if it was paused or cancelled meanwhile. */
  async #start(job_id: string): Promise<Job | undefined> {
    const { book } = this.#parts;
    const queued = book.jobs.open.get(job_id);
    if (queued?.state !== "queued" || this.#stop.signal.aborted) return undefined;
    const { ended: _, error: __, ...rest } = queued;
    const job: Job = { ...rest, state: "running", attempts: queued.attempts + 1, started: book.now(), outputs: [] };
    await book.commit([job], () => ({ type: "started", attempt: job.attempts }));
    return job;
  }

  async #outcome(job: Job, run: Run): Promise<Outcome> {
    const { book, logger, max_attempts, tasks } = this.#parts;
    try {
      // The parameters were checked when the job came; the bundles may have changed since.
      const request = await taskOf(job.task, tasks).resolve(job.params, run.host.signal);
      if (run.cancelled) return { state: "cancelled" };
      const outputs = await runJob(job, request, this.#parts, {
        signal: run.host.signal,
        isCancelled: () => run.cancelled,
        emit: (event) => book.events.fleeting(job.job_id, event),
      });
      return { state: "succeeded", outputs };
    } catch (thrown) {
      const error = toCoreError(thrown);
      if (run.cancelled) return { state: "cancelled" };
      // A signal to the whole process group may reach the inference process before the core tells it to stop.
      if (this.#stop.signal.aborted && (error.code === "CANCELLED" || error.code === "HOST_CRASHED"))
        return { state: "interrupted" };
      logger.warn(
        { job_id: job.job_id, attempt: job.attempts, code: error.code, err: error.cause ?? error },
        error.message,
      );
      if (error.code !== "HOST_CRASHED") return { state: "failed", error };
      return job.attempts < max_attempts
        ? { state: "again" }
        : { state: "failed", error: lastAttempt(error, job.attempts) };
    }
  }

  async #finish(job: Job, outcome: Outcome): Promise<void> {
    switch (outcome.state) {
      case "again":
        return this.#requeue(job);
      case "interrupted":
        return this.#requeue({ ...job, attempts: job.attempts - 1 });
      case "cancelled":
        return this.end({ ...job, state: "cancelled" }, { type: "cancelled" });
      case "failed": {
        const error = outcome.error.toBody();
        return this.end({ ...job, state: "failed", error }, { type: "failed", error });
      }
      case "succeeded": {
        const { outputs } = outcome;
        const duration_ms = Math.max(0, this.#parts.clock() - Date.parse(job.started ?? job.created));
        return this.end({ ...job, state: "succeeded", outputs }, { type: "result", outputs, duration_ms });
      }
    }
  }

  async #requeue(job: Job): Promise<void> {
    const { book } = this.#parts;
    const { started: _, ...rest } = job;
    const queued: Job = { ...rest, state: "queued" };
    await book.commit([queued], () => ({ type: "queued", position: book.positionIfAdded(queued) }));
    book.queue.add(queued);
  }

  /** A start could not be written, so the disk is full: the job waits as it did before, and the queue with it. */
  #waitForStorage(job: Job, error: unknown): void {
    const { book, storage_retry_ms } = this.#parts;
    this.#complain(job.job_id, error);
    const waiting = book.jobs.open.get(job.job_id);
    if (waiting?.state === "queued") book.queue.add(waiting);
    if (this.#stop.signal.aborted) return;
    this.#storage_timer ??= setTimeout(() => {
      this.#storage_timer = undefined;
      this.work();
    }, storage_retry_ms);
  }

  /** Resolves when there may be room again, or when the core stops. */
  #storageRetry(): Promise<void> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", go);
        resolve();
      };
      const timer = setTimeout(go, this.#parts.storage_retry_ms);
      signal.addEventListener("abort", go);
    });
  }

  #complain(job_id: string, thrown: unknown): void {
    const error = toCoreError(thrown);
    const what = { job_id, code: error.code, err: error.cause ?? error };
    this.#parts.logger.error(what, "the queue waits: a job's state could not be written");
  }
}

function lastAttempt(error: CoreError, attempts: number): CoreError {
  const message = `${error.message} That was attempt ${attempts} of ${attempts}; it is not tried again.`;
  return new CoreError("HOST_CRASHED", message, {
    remedy:
      "Lower the size or the number of images, or choose a smaller bundle, or set the provider to cpu (`genga doctor` tells which work); then retry the job.",
    data: { ...error.data, attempts },
    cause: error,
  });
}
