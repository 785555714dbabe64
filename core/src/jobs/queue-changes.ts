import type { JobsUpdate } from "../protocol/client-messages.ts";
import type { JobSummary } from "../protocol/core-messages.ts";
import { CoreError } from "../protocol/errors.ts";
import type { Job } from "./job.ts";
import { type AdmissionParts, admit } from "./job-admission.ts";
import type { JobBook } from "./job-book.ts";
import { wrongJobState } from "./job-errors.ts";
import { moveInLane } from "./job-queue.ts";
import type { JobRetention } from "./job-retention.ts";
import { hasEnded } from "./job-store.ts";
import type { OpenPlaces } from "./open-places.ts";

/** What changes of the queue need. */
export interface QueueChangeParts extends AdmissionParts {
  book: JobBook;
  places: OpenPlaces;
  retention: JobRetention;
}

/**
 * Carries out a change of the queue for all its jobs, or for none; gives the jobs that it changed.
 *
 * @throws CoreError JOB_NOT_FOUND, JOB_STATE, INVALID_REQUEST, QUEUE_FULL, and what admission throws at a retry
 */
export async function changeQueue(
  { action, job_ids, before }: Omit<JobsUpdate, "type" | "id">,
  parts: QueueChangeParts,
): Promise<JobSummary[]> {
  const { book } = parts;
  const ids = job_ids ?? (action === "retry" ? failedOf(book) : undefined);
  if (ids === undefined) {
    throw new CoreError("INVALID_REQUEST", `"${action}" names no job; expected job_ids.`, {
      data: { field: "job_ids" },
    });
  }
  const locked = new Set([...ids, ...(action === "move" ? openOf(book, before ?? ids[0]) : [])]);
  return book.lock.run([...locked], async () => {
    const jobs = [...new Set(ids)].map((id) => book.job(id));
    switch (action) {
      case "pause":
        return pause(jobs, book);
      case "resume":
        return resume(jobs, book);
      case "retry":
        return retry(jobs, parts);
      case "move":
        return move(jobs, before, locked, book);
      case "remove":
        return remove(jobs, parts);
    }
  });
}

async function pause(jobs: Job[], book: JobBook): Promise<JobSummary[]> {
  for (const job of jobs)
    if (job.state !== "queued" && job.state !== "paused") throw wrongJobState(job, "paused", "queued");
  const changing = jobs.filter(({ state }) => state === "queued");
  const paused = changing.map((job): Job => ({ ...job, state: "paused" }));
  // Taken out first: a job must not start while its pause is being written.
  const taken = changing.map(({ job_id }) => book.queue.remove(job_id));
  try {
    await book.commit(paused, () => ({ type: "paused" }));
  } catch (error) {
    for (const job of taken) if (job !== undefined) book.queue.add(job);
    throw error;
  }
  return book.summaries(paused);
}

async function resume(jobs: Job[], book: JobBook): Promise<JobSummary[]> {
  for (const job of jobs)
    if (job.state !== "queued" && job.state !== "paused") throw wrongJobState(job, "resumed", "paused");
  const queued = jobs.filter(({ state }) => state === "paused").map((job): Job => ({ ...job, state: "queued" }));
  await book.commit(queued, (job) => ({ type: "queued", position: book.positionIfAdded(job) }));
  for (const job of queued) book.queue.add(job);
  return book.summaries(queued);
}

async function retry(jobs: Job[], parts: QueueChangeParts): Promise<JobSummary[]> {
  const { book, places } = parts;
  for (const job of jobs) {
    if (job.state !== "failed" && job.state !== "cancelled" && job.evicted !== true)
      throw wrongJobState(job, "retried", "failed, cancelled or without its files");
  }
  const named = new Map<string, string[]>();
  for (const job of jobs) named.set(job.job_id, (await admit(job.task, job.params, parts)).assets);
  const counted: string[] = [];
  try {
    for (const { client } of jobs) {
      places.take(client);
      counted.push(client);
    }
    const queued = jobs.map(
      ({ error: _, ended: __, started: ___, evicted: ____, ...job }): Job => ({
        ...job,
        state: "queued",
        attempts: 0,
        outputs: [],
      }),
    );
    await book.commit(
      queued,
      (job) => ({ type: "queued", position: book.positionIfAdded(job) }),
      (batch) => {
        // A job that was evicted keeps its inputs again.
        for (const { job_id } of jobs) void parts.assets.retain(job_id, named.get(job_id) ?? [], batch);
      },
    );
    for (const job of queued) book.queue.add(job);
    return book.summaries(queued);
  } catch (error) {
    for (const client of counted) places.free(client);
    throw error;
  }
}

async function move(
  jobs: Job[],
  before_id: string | undefined,
  locked: ReadonlySet<string>,
  book: JobBook,
): Promise<JobSummary[]> {
  const before = before_id === undefined ? undefined : book.job(before_id);
  for (const job of before === undefined ? jobs : [...jobs, before]) {
    if (!book.queue.has(job.job_id)) throw wrongJobState(job, "moved", "queued");
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
  if (before !== undefined && jobs.includes(before)) return book.summaries(jobs);
  const { client, priority } = target;
  // One that came while this waited for the lock is behind all others anyway.
  const lane = book.queue.lane(client, priority).filter(({ job_id }) => locked.has(job_id));
  // A job of another priority takes the one of the job that it is put before.
  const joining = jobs.filter((job) => job.priority !== priority);
  const orders = moveInLane(
    [...lane, ...joining].sort((a, b) => a.order - b.order),
    jobs.map(({ job_id }) => job_id),
    before?.job_id,
  );
  for (const { job_id, order } of joining) if (!orders.has(job_id)) orders.set(job_id, order);
  const moved = [...orders].flatMap(([job_id, order]): Job[] => {
    const job = book.jobs.open.get(job_id);
    return job === undefined ? [] : [{ ...job, order, priority }];
  });
  await book.commit(moved);
  // One that was taken meanwhile is about to start; its place no longer matters.
  for (const job of moved) if (book.queue.has(job.job_id)) book.queue.add(job);
  return book.summaries(jobs.flatMap(({ job_id }) => book.jobs.open.get(job_id) ?? []));
}

async function remove(jobs: Job[], { book, retention }: QueueChangeParts): Promise<JobSummary[]> {
  for (const job of jobs)
    if (!hasEnded(job.state)) throw wrongJobState(job, "removed", "succeeded, failed or cancelled");
  await retention.forget(jobs);
  return book.summaries(jobs);
}

/** Gives the open jobs of a job's client: those whose places a move may change. */
function openOf(book: JobBook, job_id: string | undefined): string[] {
  const client = job_id === undefined ? undefined : book.job(job_id).client;
  return [...book.jobs.open.values()].filter((job) => job.client === client).map((job) => job.job_id);
}

function failedOf(book: JobBook): string[] {
  return [...book.jobs.ended.values()].filter(({ state }) => state === "failed").map(({ job_id }) => job_id);
}
