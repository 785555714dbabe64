import type { MachineFacts } from "../inference/machine.ts";
import type { SessionSettings } from "../inference/open-sessions.ts";
import type { ProviderName, ProviderTrial } from "../inference/provider-choice.ts";
import type { PipelinePreview, PipelineProgress } from "../pipelines/pipeline.ts";
import type { HostJob, HostResult } from "./host-api.ts";

/** How a worker thread is set up. */
export interface WorkerSettings extends SessionSettings {
  /** Device, as the machine names it; for the record. */
  device: string;
  /** Operating system and processor architecture; for the record. */
  platform: string;
  log_level: string;
  prompt_privacy: boolean;
}

/** What the inference process asks of a worker thread. */
export interface WorkerApi {
  start(settings: WorkerSettings): void;
  run(job: HostJob): Promise<HostResult>;
  /** Fires the job's signal; the pipeline stops at the next step. */
  cancel(job_id: string): void;
}

/** What the core asks of the inference process. */
export interface HostApi {
  facts(): HostFacts;
  /** May take the process down: graphics drivers do. */
  tryProvider(provider: ProviderName): Promise<ProviderTrial>;
  start(workers: number, settings: WorkerSettings): Promise<void>;
  run(job: HostJob): Promise<HostResult>;
  cancel(job_id: string): void;
  memory(): HostMemory;
}

/** What the inference process knows of machine and runtime. */
export interface HostFacts {
  machine: MachineFacts;
  runtime_version: string;
}

/** Memory of the inference process and what the machine has left. */
export interface HostMemory {
  memory_bytes: number;
  memory_total: number;
  memory_free: number;
}

/** One-way messages from a worker thread, through the inference process, to the core. */
export type HostEvent =
  | { event: "progress"; job_id: string; progress: PipelineProgress }
  | { event: "preview"; job_id: string; preview: PipelinePreview }
  | { event: "memory"; memory: HostMemory };

/** Tells a one-way message of our own processes from comlink's. */
export function isHostEvent(message: unknown): message is HostEvent {
  return typeof message === "object" && message !== null && "event" in message;
}
