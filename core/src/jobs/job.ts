import type { Output } from "../protocol/core-messages.ts";
import type { ErrorBody } from "../protocol/errors.ts";
import type { JobState, Task } from "../protocol/fields.ts";

/** A job as it is stored. */
export interface Job {
  job_id: string;
  task: Task;
  /** Parameters with every default filled in. */
  params: Record<string, unknown>;
  state: JobState;
  client: string;
  client_version: string;
  user?: string;
  project?: string;
  shot?: string;
  /** Whether the request asked to keep prompts out of its files; absent = not. */
  prompt_privacy?: boolean;
  idempotency_key?: string;
  priority: number;
  /** Place among jobs of the same client and priority; `move` changes it. */
  order: number;
  attempts: number;
  created: string;
  started?: string;
  ended?: string;
  outputs: Output[];
  error?: ErrorBody;
  /** Its files gave way to newer ones in a full store. */
  evicted?: boolean;
  /** Sequence number of the last event. */
  last_sequence: number;
}
