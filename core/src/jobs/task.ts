import type { HostJobOptions } from "../host/host-api.ts";
import type { Bundle } from "../models/bundle.ts";
import type { RemoteBundle } from "../models/remote-bundle.ts";
import type { Output } from "../protocol/core-messages.ts";
import type { BackendFacts, Execution, GenerationRecord } from "../protocol/record.ts";
import type { RawImage } from "../tensor/image.ts";

/** An asset that a request's parameters name. */
export interface NamedAsset {
  /** Field that names it, for messages: `controls[0].image`. */
  field: string;
  /** What it is used for, for the record: `control:depth`. */
  role: string;
  sha256: string;
}

/** A file that a task made, encoded but neither signed nor stored. */
export interface TaskFile {
  bytes: Uint8Array;
  mime: string;
  /** Name suggested for saving. */
  title: string;
  seed: number;
  /** Pixels of a picture, for the perceptual hash in the log. */
  pixels?: RawImage;
  /** What clients are told of it beside its asset, seed and record. */
  facts: Pick<Output, "width" | "height" | "format" | "variation" | "frames" | "mesh" | "texture">;
  /** What the record says beside what it says of every job. */
  record: Pick<GenerationRecord, "motion" | "mesh" | "texture">;
  /** Node graph that made it in another program, for the record. */
  workflow?: unknown;
}

/** What a task's inference gave. */
export interface TaskResult {
  execution: Execution;
  /** Present when another program did it. */
  backend?: BackendFacts;
  /** Parameters as the record holds them; absent = as the job does. */
  recorded_params?: Record<string, unknown>;
  /** One for each file; called in their order, so that one at a time is encoded. */
  files: (() => Promise<TaskFile>)[];
}

/** A request of a task as it will run: with every default filled in, and what runs it. */
export interface TaskRequest {
  /** What is stored, recorded and told to whoever validates. */
  params: Record<string, unknown>;
  /** What runs it, about which the policy is asked; absent = no model takes part. */
  bundle?: Bundle | RemoteBundle;
  memory_bytes: number;
  /** Assets that the parameters name, in the order of the fields. */
  assets: readonly NamedAsset[];
  /** Longest side of previews, pixels. */
  preview_max_size: number;
  /**
   * Looks into the assets, which are all there, for what can be said of them before the job runs.
   *
   * @throws CoreError INVALID_REQUEST, ASSET_UNREADABLE naming the field
   */
  checkAssets?(read: (sha256: string) => Promise<Uint8Array>): Promise<void>;
  /** Runs inference. @throws CoreError as InferenceHost.run and ImageBackend.run do */
  run(job: TaskJob, options: HostJobOptions): Promise<TaskResult>;
}

/** The job that a request runs as. */
export interface TaskJob {
  job_id: string;
  /** Bytes of every asset that the params name, by SHA-256; already checked against it. */
  inputs: Record<string, Uint8Array>;
  /** Whether prompts are kept out of its files. */
  prompt_privacy: boolean;
}

/** A task that the core offers. */
export interface Task {
  /**
   * Fills every default in and checks the parameters against schema, limits and bundle.
   *
   * @param queued signal of a job that was accepted before: for it, a server that is away is waited for
   * @throws CoreError
   */
  resolve(params: Record<string, unknown>, queued?: AbortSignal): Promise<TaskRequest> | TaskRequest;
}
