import { randomUUID } from "node:crypto";
import type { JobService } from "../../core/src/jobs/job-service.ts";
import type { JobEvent, JobSummary } from "../../core/src/protocol/core-messages.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { ImageParamsSchema } from "../../core/src/protocol/image.ts";
import { parseParams } from "../../core/src/protocol/parse.ts";

interface MemoryJob {
  summary: JobSummary;
  events: JobEvent[];
  listeners: Set<(event: JobEvent) => void>;
}

/** An event without what the service itself numbers. */
type EventBody = {
  [T in JobEvent["type"]]: Omit<Extract<JobEvent, { type: T }>, "job_id" | "sequence" | "time">;
}[JobEvent["type"]];

/** Jobs in memory, moved on by the test itself: the server's tests need events at moments of their choosing. */
export interface MemoryJobs extends JobService {
  emit(job_id: string, body: EventBody): void;
  /** Listeners of all jobs. */
  listeners(): number;
  stopped: boolean;
}

export function createMemoryJobs(): MemoryJobs {
  const jobs = new Map<string, MemoryJob>();
  const find = (job_id: string): MemoryJob => {
    const job = jobs.get(job_id);
    if (job === undefined) throw new CoreError("JOB_NOT_FOUND", `No job has the id "${job_id}".`);
    return job;
  };
  const service: MemoryJobs = {
    stopped: false,
    async validate(task, params) {
      if (task !== "image") throw new CoreError("UNSUPPORTED_TASK", `No pipeline for "${task}".`);
      return { params: parseParams(ImageParamsSchema, params) };
    },
    async submit({ task, params, priority }, { name }) {
      const checked = await service.validate(task, params);
      const job_id = randomUUID();
      const summary: JobSummary = {
        job_id,
        task,
        state: "queued",
        client: name,
        priority,
        attempts: 0,
        created: "2026-01-01T00:00:00Z",
        label: String(checked.params.prompt).slice(0, 40),
        progress: 0,
        outputs: [],
      };
      jobs.set(job_id, { summary, events: [], listeners: new Set() });
      service.emit(job_id, { type: "queued", position: 0 });
      return { job_id, position: 0, duplicate: false };
    },
    async cancel(job_id) {
      find(job_id).summary.state = "cancelled";
      service.emit(job_id, { type: "cancelled" });
    },
    subscribe(job_id, after_event, listener) {
      const job = find(job_id);
      for (const event of job.events) if (event.sequence > after_event) listener(event);
      job.listeners.add(listener);
      return () => void job.listeners.delete(listener);
    },
    list: ({ limit }) => ({ jobs: [...jobs.values()].slice(0, limit).map(({ summary }) => summary), paused: false }),
    async update({ job_ids = [] }) {
      return job_ids.map((id) => find(id).summary);
    },
    counts() {
      const counts = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 };
      for (const { summary } of jobs.values()) if (summary.state !== "paused") counts[summary.state] += 1;
      return counts;
    },
    async stop() {
      service.stopped = true;
    },
    emit(job_id, body) {
      const job = find(job_id);
      const event: JobEvent = { ...body, job_id, sequence: job.events.length + 1, time: "2026-01-01T00:00:00Z" };
      job.events.push(event);
      for (const listener of [...job.listeners]) listener(event);
    },
    listeners: () => [...jobs.values()].reduce((sum, { listeners }) => sum + listeners.size, 0),
  };
  return service;
}
