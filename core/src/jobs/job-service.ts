import type { JobsUpdate, Request } from "../protocol/client-messages.ts";
import type { JobEvent, JobSummary } from "../protocol/core-messages.ts";
import type { JobState, Task } from "../protocol/fields.ts";

/** On whose behalf a job runs. */
export interface JobOwner {
  name: string;
  version: string;
  user?: string;
}

/** What the server, the page and the command line may do with jobs. All errors are CoreErrors. */
export interface JobService {
  /** Checks a request as `submit` does and runs nothing; gives the parameters with every default filled in. */
  validate(
    task: Task,
    params: Record<string, unknown>,
  ): Promise<{ params: Record<string, unknown>; memory_bytes?: number }>;
  /** Stores the job durably before it resolves. */
  submit(
    request: Omit<Request, "type" | "id" | "attach">,
    owner: JobOwner,
  ): Promise<{ job_id: string; position: number; duplicate: boolean }>;
  /** Resolves when the cancel was handed on; the job's `cancelled` event follows. */
  cancel(job_id: string): Promise<void>;
  /**
   * Replays the events after `after_event`, then gives the later ones, in order and without a gap, until unsubscribed. An end that
   * a retry undid is not replayed: the replay then begins with the `queued` of the retry.
   *
   * @throws CoreError JOB_NOT_FOUND
   */
  subscribe(job_id: string, after_event: number, listener: (event: JobEvent) => void): () => void;
  list(options: { states?: readonly JobState[]; limit: number }): { jobs: JobSummary[]; paused: boolean };
  /** Gives the jobs that were changed. */
  update(change: Omit<JobsUpdate, "type" | "id">): Promise<JobSummary[]>;
  counts(): { queued: number; running: number; succeeded: number; failed: number; cancelled: number };
  /** Takes no more work, lets running steps end, leaves unfinished jobs queued for the next start. */
  stop(): Promise<void>;
}
