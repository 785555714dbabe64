import type { PipelinePreview, PipelineProgress } from "../pipelines/pipeline.ts";
import type { RunnableTask, TaskTypes } from "../pipelines/tasks.ts";
import type { Execution } from "../protocol/record.ts";

/** A job of a task as it crosses to the inference host. */
export type HostJob<T extends RunnableTask = RunnableTask> = {
  [K in T]: {
    job_id: string;
    task: K;
    params: TaskTypes[K]["params"];
    bundle: TaskTypes[K]["bundle"];
    /** Bytes of every asset that the params name, by SHA-256; already checked against it. */
    inputs: Record<string, Uint8Array>;
    /** Whether prompts are kept out of what is encoded here. */
    prompt_privacy?: boolean;
  };
}[T];

/** What comes back when a job succeeded. */
export type HostResult<T extends RunnableTask = RunnableTask> = {
  [K in T]: {
    task: K;
    /** Pictures, motions or meshes, in the order of their seeds. */
    generated: TaskTypes[K]["generated"][];
    execution: Execution;
    /** Milliseconds by stage: load, encode, denoise, decode. */
    timings_ms: Record<string, number>;
  };
}[T];

/** Callbacks of a running job. */
export interface HostJobOptions {
  signal: AbortSignal;
  onProgress(progress: PipelineProgress): void;
  onPreview(preview: PipelinePreview): void;
}

/** How the inference host is. */
export interface HostStatus {
  pid: number | undefined;
  provider: string;
  device: string;
  memory_bytes: number;
  restarts: number;
  busy: number;
  workers: number;
}

/**
 * The inference process as the rest of the core sees it.
 *
 * `run` gives a result of the job's task, and rejects with CoreError: CANCELLED after the signal fired (cooperative within one step; the process is killed after a
 * grace period otherwise), HOST_CRASHED if the process ended, OUT_OF_MEMORY, INFERENCE_FAILED, BUNDLE_CORRUPT, ASSET_UNREADABLE.
 */
export interface InferenceHost {
  /** Jobs that may run at once. */
  readonly workers: number;
  run(job: HostJob, options: HostJobOptions): Promise<HostResult>;
  status(): Promise<HostStatus>;
  /** Ends the process; running jobs get their signal's chance first. */
  close(): Promise<void>;
}
