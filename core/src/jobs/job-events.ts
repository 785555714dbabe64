import type { JobEvent } from "../protocol/core-messages.ts";
import type { StoreBatch, Table } from "../store.ts";
import type { Job } from "./job.ts";

/** An event without what the log adds. */
export type EventBody = DistributiveOmit<JobEvent, "job_id" | "sequence" | "time">;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** Hears a job's events. */
export type EventListener = (event: JobEvent) => void;

/**
 * Sequence numbers set aside, with the job's record, when a run starts. Progress and previews are not stored, so after a crash the
 * numbers go on behind those that a client may have seen.
 */
const RESERVED = 1_000_000;

interface Feed {
  /** Number of the last event, while the job runs and its end is not being written; else its record has it. */
  sequence: number | undefined;
  /** Latest progress, and latest preview of each output, of the current run. */
  fleeting: Map<string, JobEvent>;
  listeners: Map<EventListener, number>;
}

/**
 * The events of all jobs. What changes a job's state is stored, in the batch that changes it; progress and previews are kept in
 * memory, the latest of each kind, while the job runs.
 */
export class JobEvents {
  readonly #table: Table<JobEvent>;
  readonly #clock: () => number;
  readonly #feeds = new Map<string, Feed>();

  constructor(table: Table<JobEvent>, clock: () => number) {
    this.#table = table;
    this.#clock = clock;
  }

  /**
   * Adds a durable event to a batch and notes its number in the job; `publish` it once the batch is committed. Whatever it says ends the
   * current run: progress and previews that come while it is written are dropped, or they would take its number and it would seem old.
   */
  record(batch: StoreBatch, job: Job, body: EventBody): JobEvent {
    const feed = this.#feeds.get(job.job_id);
    const sequence = (feed?.sequence ?? job.last_sequence) + 1;
    if (feed !== undefined) feed.sequence = undefined;
    const event: JobEvent = { ...body, job_id: job.job_id, sequence, time: new Date(this.#clock()).toISOString() };
    job.last_sequence = body.type === "started" ? sequence + RESERVED : sequence;
    this.#table.put(batch, [job.job_id, sequence], event);
    return event;
  }

  /** Hands a committed event to the listeners. */
  publish(event: JobEvent): void {
    const feed = this.#feed(event.job_id);
    feed.sequence = event.type === "started" ? event.sequence : undefined;
    feed.fleeting.clear();
    deliver(feed, event);
    this.#dropIdle(event.job_id, feed);
  }

  /** Hands on progress or a preview of a running job; one that comes after the run is dropped. */
  fleeting(job_id: string, body: EventBody): void {
    // Not made anew: progress that comes late must leave nothing behind.
    const feed = this.#feeds.get(job_id);
    if (feed?.sequence === undefined) return;
    feed.sequence += 1;
    const event: JobEvent = { ...body, job_id, sequence: feed.sequence, time: new Date(this.#clock()).toISOString() };
    feed.fleeting.set(body.type === "preview" ? `preview ${body.output_index}` : body.type, event);
    deliver(feed, event);
  }

  /** Gives the latest progress of a running job. */
  progress(job_id: string): number {
    const event = this.#feeds.get(job_id)?.fleeting.get("progress");
    return event?.type === "progress" ? event.progress : 0;
  }

  /**
   * Replays what came after a number, then gives what comes, until the returned function is called. Of a job that was retried, the
   * replay begins with the `queued` of the last retry: an end that did not last is not replayed.
   */
  subscribe(job_id: string, after_event: number, listener: EventListener): () => void {
    const feed = this.#feed(job_id);
    const missed = [
      ...this.#stored(job_id, after_event),
      ...[...feed.fleeting.values()].filter(({ sequence }) => sequence > after_event),
    ].sort((a, b) => a.sequence - b.sequence);
    // Each call has a wrapper of its own: the same function may listen twice.
    const own: EventListener = (event) => listener(event);
    feed.listeners.set(own, after_event);
    for (const event of missed) deliverTo(feed, own, event);
    return () => {
      feed.listeners.delete(own);
      this.#dropIdle(job_id, feed);
    };
  }

  /** Adds to a batch that the files of a job's result are gone. */
  markEvicted(batch: StoreBatch, job_id: string): void {
    for (const event of this.#stored(job_id, 0)) {
      if (event.type === "result") this.#table.put(batch, [job_id, event.sequence], { ...event, evicted: true });
    }
  }

  /** Adds the removal of a job's events to a batch. */
  forget(batch: StoreBatch, job_id: string): void {
    for (const { key } of this.#table.entries({ start: [job_id], end: [job_id, Number.POSITIVE_INFINITY] })) {
      this.#table.remove(batch, key);
    }
    this.#feeds.delete(job_id);
  }

  /** Gives the stored events behind a number, from the last retry on. */
  #stored(job_id: string, after_event: number): JobEvent[] {
    const range = { start: [job_id, after_event + 1], end: [job_id, Number.POSITIVE_INFINITY] };
    const events = [...this.#table.entries(range)].map(({ value }) => value);
    const retry = events.findLastIndex(({ type }, i) => isEnd(type) && i < events.length - 1);
    return events.slice(retry + 1);
  }

  #feed(job_id: string): Feed {
    let feed = this.#feeds.get(job_id);
    if (feed === undefined) {
      feed = { sequence: undefined, fleeting: new Map(), listeners: new Map() };
      this.#feeds.set(job_id, feed);
    }
    return feed;
  }

  /** A feed that nobody hears and that keeps nothing needs no memory; the job's record has its last number. */
  #dropIdle(job_id: string, feed: Feed): void {
    if (feed.listeners.size === 0 && feed.sequence === undefined) this.#feeds.delete(job_id);
  }
}

function isEnd(type: JobEvent["type"]): boolean {
  return type === "result" || type === "failed" || type === "cancelled";
}

function deliver(feed: Feed, event: JobEvent): void {
  for (const listener of [...feed.listeners.keys()]) deliverTo(feed, listener, event);
}

/** A reader may find an event in the store a moment before it is published; its number keeps it from coming twice. */
function deliverTo(feed: Feed, listener: EventListener, event: JobEvent): void {
  const last = feed.listeners.get(listener);
  if (last === undefined || event.sequence <= last) return;
  feed.listeners.set(listener, event.sequence);
  listener(event);
}
