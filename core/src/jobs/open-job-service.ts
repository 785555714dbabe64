import type { AssetStore } from "../assets/asset-store.ts";
import type { InferenceHost } from "../host/host-api.ts";
import type { Logger } from "../logger.ts";
import type { JobsUpdate, Request } from "../protocol/client-messages.ts";
import type { JobEvent, JobSummary, Output } from "../protocol/core-messages.ts";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import type { JobState, Task } from "../protocol/fields.ts";
import type { Limits } from "../protocol/limits.ts";
import type { Provenance } from "../provenance/provenance.ts";
import type { Store } from "../store.ts";
import type { Job } from "./job.ts";
import { type AdmissionParts, type AdmittedRequest, admit } from "./job-admission.ts";
import { jobNotFound, wrongJobState } from "./job-errors.ts";
import { type EventBody, JobEvents } from "./job-events.ts";
import { JobQueue, moveInLane } from "./job-queue.ts";
import type { JobOwner, JobService } from "./job-service.ts";
import { hasEnded, JobStore } from "./job-store.ts";
import { KeyedLock } from "./keyed-lock.ts";
import { requestDigest } from "./request-digest.ts";
import { summarise } from "./summarise.ts";

/** Options of {@link openJobService}. */
export interface JobServiceOptions {
  store: Store;
  assets: AssetStore;
  host: InferenceHost;
  provenance: Provenance;
  /** Fills every default of image parameters in and checks them. @throws CoreError */
  resolveImage: AdmissionParts["resolveImage"];
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
  /** Wait before the queue goes on after a full disk. */
  storage_retry_ms?: number;
}

export const JOB_SERVICE_DEFAULTS = {
  max_attempts: 3,
  max_open_jobs: 100_000,
  max_ended_jobs: 1000,
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

/** A job that is running. */
interface Run {
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

class DurableJobService implements JobService {
  readonly #options: Required<JobServiceOptions>;
  readonly #jobs: JobStore;
  readonly #events: JobEvents;
  readonly #queue = new JobQueue<Job>();
  readonly #lock = new KeyedLock();
  readonly #running = new Map<string, Run>();
  readonly #open_by_client = new Map<string, number>();
  /** Requests that were counted and are not stored yet. */
  #arriving = 0;
  #order = 0;
  #paused: boolean;
  #stopping = false;
  #stopped: Promise<void> | undefined;
  #storage_timer: NodeJS.Timeout | undefined;

  constructor(options: Required<JobServiceOptions>) {
    this.#options = options;
    this.#jobs = new JobStore(options.store);
    this.#events = new JobEvents(this.#jobs.events, options.clock);
    this.#paused = this.#jobs.settings.get("paused") ?? false;
    for (const job of this.#jobs.open.values()) {
      this.#order = Math.max(this.#order, job.order);
      this.#count(job.client, 1);
    }
  }

  /** Queues again what ran when the core ended. */
  async recover(): Promise<void> {
    const { max_attempts } = this.#options;
    for (const job of [...this.#jobs.open.values()]) {
      if (job.state === "queued") this.#queue.add(job);
      if (job.state !== "running") continue;
      if (job.attempts < max_attempts) await this.#requeue(job);
      else {
        const error = new CoreError(
          "HOST_CRASHED",
          `The core ended ${job.attempts} times while the job ran; it is not tried again.`,
          {
            remedy: "Run `genga doctor`, lower the size or the number of images, then retry the job.",
            data: { attempts: job.attempts },
          },
        );
        await this.#end({ ...job, state: "failed", error: error.toBody() }, { type: "failed", error: error.toBody() });
      }
      this.#options.logger.warn({ job_id: job.job_id, attempts: job.attempts }, "the core ended while a job ran");
    }
    this.#work();
  }

  async validate(task: Task, params: Record<string, unknown>) {
    const admitted = await admit(task, params, this.#options);
    return { params: { ...admitted.params }, memory_bytes: admitted.memory_bytes };
  }

  async submit(request: Omit<Request, "type" | "id" | "attach">, owner: JobOwner) {
    this.#refuseWhenStopping();
    const { idempotency_key } = request;
    if (idempotency_key === undefined) return this.#accept(request, owner);
    return this.#lock.run([`request ${owner.name}\0${idempotency_key}`], async () => {
      const first = this.#jobs.request(owner.name, idempotency_key);
      if (first === undefined) return this.#accept(request, owner);
      if (first.digest !== requestDigest(request)) {
        throw new CoreError(
          "IDEMPOTENCY_CONFLICT",
          `The idempotency key "${idempotency_key}" was used for job ${first.job_id} with other parameters.`,
          { remedy: "Send the same parameters, or another key.", data: { job_id: first.job_id } },
        );
      }
      return { job_id: first.job_id, position: this.#queue.position(first.job_id) ?? 0, duplicate: true };
    });
  }

  async cancel(job_id: string): Promise<void> {
    await this.#lock.run([job_id], async () => {
      const job = this.#job(job_id);
      const run = this.#running.get(job_id);
      if (job.state === "running" && run !== undefined) {
        run.cancelled = true;
        run.host.abort();
        return;
      }
      if (job.state === "cancelled") return;
      if (job.state !== "queued" && job.state !== "paused")
        throw wrongJobState(job, "cancelled", "queued, paused or running");
      const taken = this.#queue.remove(job_id);
      try {
        await this.#end({ ...job, state: "cancelled" }, { type: "cancelled" });
      } catch (error) {
        if (taken !== undefined) this.#queue.add(taken);
        throw error;
      }
    });
    this.#work();
  }

  subscribe(job_id: string, after_event: number, listener: (event: JobEvent) => void): () => void {
    if (!this.#jobs.has(job_id)) throw jobNotFound(job_id);
    return this.#events.subscribe(job_id, after_event, listener);
  }

  list({ states, limit }: { states?: readonly JobState[]; limit: number }) {
    const wanted = (state: JobState) => states === undefined || states.includes(state);
    const jobs: JobSummary[] = [];
    const add = (given: Iterable<JobSummary>) => {
      for (const summary of given) {
        if (jobs.length >= limit) return;
        if (wanted(summary.state)) jobs.push(summary);
      }
    };
    const open = [...this.#jobs.open.values()];
    add(
      open
        .filter(({ state, job_id }) => state === "running" || (state === "queued" && !this.#queue.has(job_id)))
        .map((job) => this.#summary(job)),
    );
    if (wanted("queued")) add(this.#queue.list(limit).map((job, position) => summarise(job, { position })));
    add(open.filter(({ state }) => state === "paused").map((job) => this.#summary(job)));
    add([...this.#jobs.ended.values()].reverse());
    return { jobs, paused: this.#paused };
  }

  async update({ action, job_ids, before }: Omit<JobsUpdate, "type" | "id">): Promise<JobSummary[]> {
    this.#refuseWhenStopping();
    if (job_ids === undefined && (action === "pause" || action === "resume")) {
      await this.#pauseQueue(action === "pause");
      return [];
    }
    const ids = job_ids ?? (action === "retry" ? this.#failed() : undefined);
    if (ids === undefined) {
      throw new CoreError("INVALID_REQUEST", `"${action}" names no job; expected job_ids.`, {
        data: { field: "job_ids" },
      });
    }
    const locked = new Set([...ids, ...(action === "move" ? this.#openOf(before ?? ids[0]) : [])]);
    const changed = await this.#lock.run([...locked], async () => {
      const jobs = [...new Set(ids)].map((id) => this.#job(id));
      switch (action) {
        case "pause":
          return this.#pause(jobs);
        case "resume":
          return this.#resume(jobs);
        case "retry":
          return this.#retry(jobs);
        case "move":
          return this.#move(jobs, before, locked);
        case "remove":
          return this.#remove(jobs);
      }
    });
    this.#work();
    return changed;
  }

  counts() {
    const counts = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 };
    for (const { state } of this.#jobs.open.values()) counts[state === "running" ? "running" : "queued"] += 1;
    for (const { state } of this.#jobs.ended.values()) {
      if (state === "succeeded" || state === "failed" || state === "cancelled") counts[state] += 1;
    }
    return counts;
  }

  stop(): Promise<void> {
    this.#stopped ??= (async () => {
      this.#stopping = true;
      clearTimeout(this.#storage_timer);
      for (const { host } of this.#running.values()) host.abort();
      await Promise.all([...this.#running.values()].map(({ done }) => done));
      await this.#lock.idle();
    })();
    return this.#stopped;
  }

  async #accept(request: Omit<Request, "type" | "id" | "attach">, owner: JobOwner) {
    this.#refuseWhenFull(owner.name);
    this.#count(owner.name, 1);
    this.#arriving += 1;
    try {
      const admitted = await admit(request.task, request.params, this.#options);
      return await this.#store(request, owner, admitted);
    } catch (error) {
      this.#count(owner.name, -1);
      throw error;
    } finally {
      this.#arriving -= 1;
    }
  }

  async #store(request: Omit<Request, "type" | "id" | "attach">, owner: JobOwner, { params, assets }: AdmittedRequest) {
    this.#refuseWhenStopping();
    this.#order += 1;
    const job: Job = {
      job_id: this.#options.drawJobId(),
      task: request.task,
      params: { ...params },
      state: "queued",
      client: owner.name,
      client_version: owner.version,
      ...(owner.user === undefined ? {} : { user: owner.user }),
      ...(request.project === undefined ? {} : { project: request.project }),
      ...(request.shot === undefined ? {} : { shot: request.shot }),
      ...(request.idempotency_key === undefined ? {} : { idempotency_key: request.idempotency_key }),
      priority: request.priority,
      order: this.#order,
      attempts: 0,
      created: this.#now(),
      outputs: [],
      last_sequence: 0,
    };
    const position = this.#positionIfAdded(job);
    const events: JobEvent[] = [];
    try {
      await this.#jobs.commit([job], (batch) => {
        events.push(this.#events.record(batch, job, { type: "queued", position }));
        void this.#options.assets.retain(job.job_id, assets, batch);
        if (job.idempotency_key !== undefined) {
          this.#jobs.addRequest(batch, job.client, job.idempotency_key, {
            job_id: job.job_id,
            digest: requestDigest(request),
          });
        }
      });
    } catch (error) {
      await this.#options.assets.release(job.job_id).catch(() => "the disk is full; memory was released");
      throw error;
    }
    this.#queue.add(job);
    this.#publish(events);
    this.#work();
    return { job_id: job.job_id, position, duplicate: false };
  }

  /** Starts as many jobs as may run now. */
  #work(): void {
    while (
      !this.#stopping &&
      !this.#paused &&
      this.#storage_timer === undefined &&
      this.#running.size < this.#options.host.workers
    ) {
      const job = this.#queue.take();
      if (job === undefined) return;
      const run: Run = { host: new AbortController(), cancelled: false, done: Promise.resolve() };
      this.#running.set(job.job_id, run);
      run.done = this.#run(job.job_id, run).finally(() => {
        this.#running.delete(job.job_id);
        this.#work();
      });
    }
  }

  async #run(job_id: string, run: Run): Promise<void> {
    let job: Job | undefined;
    try {
      job = await this.#lock.run([job_id], () => this.#start(job_id));
      if (job === undefined) return;
      const running = job;
      const outcome = await this.#outcome(running, run);
      await this.#lock.run([job_id], () => this.#finish(running, outcome));
    } catch (error) {
      this.#waitForStorage(job_id, error);
    }
  }

  /** Marks a job as running, durably, so that a crash counts as an attempt. Gives undefined if it was paused or cancelled meanwhile. */
  async #start(job_id: string): Promise<Job | undefined> {
    const queued = this.#jobs.open.get(job_id);
    if (queued?.state !== "queued" || this.#stopping) return undefined;
    const { ended: _, error: __, ...rest } = queued;
    const job: Job = { ...rest, state: "running", attempts: queued.attempts + 1, started: this.#now(), outputs: [] };
    await this.#commit([job], () => ({ type: "started", attempt: job.attempts }));
    return job;
  }

  async #outcome(job: Job, run: Run): Promise<Outcome> {
    try {
      // The parameters were checked when the job came; the bundles may have changed since.
      const { params, bundle } = this.#options.resolveImage(job.params);
      if (run.cancelled) return { state: "cancelled" };
      // The runner brings sharp along, which a core at rest does without.
      const { runJob } = await import("./job-runner.ts");
      const outputs = await runJob(job, params, bundle, this.#options, {
        signal: run.host.signal,
        isCancelled: () => run.cancelled,
        emit: (event) => this.#events.fleeting(job.job_id, event),
      });
      return { state: "succeeded", outputs };
    } catch (thrown) {
      const error = toCoreError(thrown);
      if (run.cancelled) return { state: "cancelled" };
      // A signal to the whole process group may reach the inference process before the core tells it to stop.
      if (this.#stopping && (error.code === "CANCELLED" || error.code === "HOST_CRASHED"))
        return { state: "interrupted" };
      const { logger, max_attempts } = this.#options;
      logger.warn(
        { job_id: job.job_id, attempt: job.attempts, code: error.code, err: error.cause ?? error },
        error.message,
      );
      if (error.code !== "HOST_CRASHED") return { state: "failed", error };
      if (job.attempts < max_attempts) return { state: "again" };
      const { message, remedy, data } = error;
      return {
        state: "failed",
        error: new CoreError("HOST_CRASHED", `${message} That was attempt ${job.attempts} of ${max_attempts}.`, {
          remedy: remedy ?? "Lower the size or the number of images, or choose a smaller bundle, then retry the job.",
          data: { ...data, attempts: job.attempts },
          cause: error,
        }),
      };
    }
  }

  async #finish(job: Job, outcome: Outcome): Promise<void> {
    switch (outcome.state) {
      case "again":
        return this.#requeue(job);
      case "interrupted":
        return this.#requeue({ ...job, attempts: job.attempts - 1 });
      case "cancelled":
        return this.#end({ ...job, state: "cancelled" }, { type: "cancelled" });
      case "failed": {
        const error = outcome.error.toBody();
        return this.#end({ ...job, state: "failed", error }, { type: "failed", error });
      }
      case "succeeded": {
        const { outputs } = outcome;
        const duration_ms = Math.max(0, this.#options.clock() - Date.parse(job.started ?? job.created));
        return this.#end({ ...job, state: "succeeded", outputs }, { type: "result", outputs, duration_ms });
      }
    }
  }

  /** Commits a job's end with its outputs, so that a result is there as a whole or not at all. */
  async #end(job: Job, body: EventBody): Promise<void> {
    const ended: Job = { ...job, ended: this.#now() };
    const events: JobEvent[] = [];
    const files = ended.outputs.flatMap(({ asset, sidecar }) => (sidecar === undefined ? [asset] : [asset, sidecar]));
    await this.#jobs.commit([ended], (batch) => {
      events.push(this.#events.record(batch, ended, body));
      void this.#options.assets.retain(
        job.job_id,
        files.map(({ sha256 }) => sha256),
        batch,
      );
    });
    this.#count(job.client, -1);
    this.#publish(events);
    void this.#forgetOld();
  }

  async #requeue(job: Job): Promise<void> {
    const { started: _, ...rest } = job;
    const queued: Job = { ...rest, state: "queued" };
    await this.#commit([queued], () => ({ type: "queued", position: this.#positionIfAdded(queued) }));
    this.#queue.add(queued);
  }

  /** A commit failed, so the disk is full: the job waits as it did before, and work goes on when there may be room again. */
  #waitForStorage(job_id: string, thrown: unknown): void {
    const error = toCoreError(thrown);
    const { logger, storage_retry_ms } = this.#options;
    logger.error(
      { job_id, code: error.code, err: error.cause ?? error },
      "the queue waits: a job's state could not be written",
    );
    const job = this.#jobs.open.get(job_id);
    // On disk it may still stand as running; then it is queued again at the next start.
    if (job !== undefined) this.#queue.add(job.state === "running" ? this.#rewound(job) : job);
    if (this.#stopping) return;
    this.#storage_timer ??= setTimeout(() => {
      this.#storage_timer = undefined;
      this.#work();
    }, storage_retry_ms);
  }

  #rewound(job: Job): Job {
    job.state = "queued";
    job.attempts -= 1;
    return job;
  }

  async #pauseQueue(paused: boolean): Promise<void> {
    await this.#options.store.write((batch) => this.#jobs.settings.put(batch, "paused", paused));
    this.#paused = paused;
    this.#work();
  }

  async #pause(jobs: Job[]): Promise<JobSummary[]> {
    for (const job of jobs)
      if (job.state !== "queued" && job.state !== "paused") throw wrongJobState(job, "paused", "queued");
    const changing = jobs.filter(({ state }) => state === "queued");
    const paused = changing.map((job): Job => ({ ...job, state: "paused" }));
    // Taken out first: a job must not start while its pause is being written.
    const taken = changing.map(({ job_id }) => this.#queue.remove(job_id));
    try {
      await this.#commit(paused, () => ({ type: "paused" }));
    } catch (error) {
      for (const job of taken) if (job !== undefined) this.#queue.add(job);
      throw error;
    }
    return this.#summaries(paused);
  }

  async #resume(jobs: Job[]): Promise<JobSummary[]> {
    for (const job of jobs)
      if (job.state !== "queued" && job.state !== "paused") throw wrongJobState(job, "resumed", "paused");
    const queued = jobs.filter(({ state }) => state === "paused").map((job): Job => ({ ...job, state: "queued" }));
    await this.#commit(queued, (job) => ({ type: "queued", position: this.#positionIfAdded(job) }));
    for (const job of queued) this.#queue.add(job);
    return this.#summaries(queued);
  }

  async #retry(jobs: Job[]): Promise<JobSummary[]> {
    for (const job of jobs) {
      if (job.state !== "failed" && job.state !== "cancelled")
        throw wrongJobState(job, "retried", "failed or cancelled");
    }
    for (const job of jobs) await admit(job.task, job.params, this.#options);
    const counted: string[] = [];
    try {
      for (const { client } of jobs) {
        this.#refuseWhenFull(client);
        this.#count(client, 1);
        counted.push(client);
      }
      const queued = jobs.map(
        ({ error: _, ended: __, started: ___, ...job }): Job => ({ ...job, state: "queued", attempts: 0 }),
      );
      await this.#commit(queued, (job) => ({ type: "queued", position: this.#positionIfAdded(job) }));
      for (const job of queued) this.#queue.add(job);
      return this.#summaries(queued);
    } catch (error) {
      for (const client of counted) this.#count(client, -1);
      throw error;
    }
  }

  async #move(jobs: Job[], before_id: string | undefined, locked: ReadonlySet<string>): Promise<JobSummary[]> {
    const before = before_id === undefined ? undefined : this.#job(before_id);
    for (const job of before === undefined ? jobs : [...jobs, before]) {
      if (!this.#queue.has(job.job_id)) throw wrongJobState(job, "moved", "queued");
    }
    const [first] = jobs;
    const target = before ?? first;
    if (target === undefined || first === undefined) return [];
    const stranger = jobs.find(
      ({ client, priority }) => client !== target.client || (before === undefined && priority !== target.priority),
    );
    if (stranger !== undefined) {
      throw new CoreError(
        "INVALID_REQUEST",
        `Job ${stranger.job_id} and job ${target.job_id} belong to different clients or priorities; only a client's own jobs of one priority have an order.`,
        {
          remedy: "Clients take turns; to run a job earlier than all others, send it with a higher priority.",
          data: { job_id: stranger.job_id },
        },
      );
    }
    if (before !== undefined && jobs.includes(before)) return this.#summaries(jobs);
    const { client, priority } = target;
    // One that came while this waited for the lock is behind all others anyway.
    const lane = this.#queue.lane(client, priority).filter(({ job_id }) => locked.has(job_id));
    // A job of another priority takes the one of the job that it is put before.
    const joining = jobs.filter((job) => job.priority !== priority);
    const orders = moveInLane(
      [...lane, ...joining].sort((a, b) => a.order - b.order),
      jobs.map(({ job_id }) => job_id),
      before?.job_id,
    );
    for (const { job_id, order } of joining) if (!orders.has(job_id)) orders.set(job_id, order);
    const moved = [...orders].flatMap(([job_id, order]): Job[] => {
      const job = this.#jobs.open.get(job_id);
      return job === undefined ? [] : [{ ...job, order, priority }];
    });
    await this.#commit(moved);
    // One that was taken meanwhile is about to start; its place no longer matters.
    for (const job of moved) if (this.#queue.has(job.job_id)) this.#queue.add(job);
    return this.#summaries(jobs.flatMap(({ job_id }) => this.#jobs.open.get(job_id) ?? []));
  }

  async #remove(jobs: Job[]): Promise<JobSummary[]> {
    for (const job of jobs)
      if (!hasEnded(job.state)) throw wrongJobState(job, "removed", "succeeded, failed or cancelled");
    await this.#forget(jobs);
    return this.#summaries(jobs);
  }

  async #forget(jobs: readonly Job[]): Promise<void> {
    await this.#jobs.forget(jobs, (batch, { job_id }) => {
      this.#events.forget(batch, job_id);
      void this.#options.assets.release(job_id, batch);
    });
  }

  async #forgetOld(): Promise<void> {
    const surplus = this.#jobs.ended.size - this.#options.max_ended_jobs;
    if (surplus <= 0) return;
    const old = [...this.#jobs.ended.keys()].slice(0, surplus);
    try {
      // Not within the lock of the job that just ended: whoever retries an old one may be waiting for that.
      await this.#lock.run(old, () =>
        this.#forget(old.flatMap((id) => (this.#jobs.ended.has(id) ? (this.#jobs.get(id) ?? []) : []))),
      );
    } catch (error) {
      // On a full disk; they are forgotten when the next job ends.
      this.#options.logger.warn({ err: error }, "old jobs could not be forgotten");
    }
  }

  /** Commits jobs, each with its event if there is one, and tells the listeners. */
  async #commit(jobs: Job[], body?: (job: Job) => EventBody): Promise<void> {
    if (jobs.length === 0) return;
    const events: JobEvent[] = [];
    await this.#jobs.commit(jobs, (batch) => {
      if (body !== undefined) for (const job of jobs) events.push(this.#events.record(batch, job, body(job)));
    });
    this.#publish(events);
  }

  #publish(events: readonly JobEvent[]): void {
    for (const event of events) this.#events.publish(event);
  }

  #positionIfAdded(job: Job): number {
    if (this.#queue.has(job.job_id)) return this.#queue.position(job.job_id) ?? 0;
    this.#queue.add(job);
    const position = this.#queue.position(job.job_id) ?? 0;
    this.#queue.remove(job.job_id);
    return position;
  }

  #summary(job: Job): JobSummary {
    return summarise(job, { position: this.#queue.position(job.job_id), progress: this.#events.progress(job.job_id) });
  }

  #summaries(jobs: readonly Job[]): JobSummary[] {
    return jobs.map((job) => this.#summary(job));
  }

  /** Gives the open jobs of a job's client: those whose places a move may change. */
  #openOf(job_id: string | undefined): string[] {
    const client = job_id === undefined ? undefined : this.#job(job_id).client;
    return [...this.#jobs.open.values()].filter((job) => job.client === client).map((job) => job.job_id);
  }

  #failed(): string[] {
    return [...this.#jobs.ended.values()].filter(({ state }) => state === "failed").map(({ job_id }) => job_id);
  }

  #job(job_id: string): Job {
    const job = this.#jobs.get(job_id);
    if (job === undefined) throw jobNotFound(job_id);
    return job;
  }

  #count(client: string, change: number): void {
    const count = (this.#open_by_client.get(client) ?? 0) + change;
    if (count === 0) this.#open_by_client.delete(client);
    else this.#open_by_client.set(client, count);
  }

  #refuseWhenFull(client: string): void {
    const { limits, max_open_jobs } = this.#options;
    const own = this.#open_by_client.get(client) ?? 0;
    const all = this.#jobs.open.size + this.#arriving;
    if (own < limits.max_open_jobs_per_client && all < max_open_jobs) return;
    const [who, count, limit] =
      own >= limits.max_open_jobs_per_client
        ? [`"${client}"`, own, limits.max_open_jobs_per_client]
        : ["the core", all, max_open_jobs];
    throw new CoreError("QUEUE_FULL", `The queue of ${who} is full: ${count} open jobs of at most ${limit}.`, {
      remedy: "Wait until some have ended, or cancel some.",
      data: { open_jobs: count, limit },
    });
  }

  #refuseWhenStopping(): void {
    if (!this.#stopping) return;
    throw new CoreError("SHUTTING_DOWN", "The core is stopping and takes no new work.", {
      remedy: "Connect again later.",
    });
  }

  #now(): string {
    return new Date(this.#options.clock()).toISOString();
  }
}
