import type { ImageManifest } from "../models/image-manifest.ts";
import type { RemoteBundle } from "../models/remote-bundle.ts";
import type { ResolvedImageParams } from "../pipelines/image-params.ts";
import type { BackendFacts, DeclaredModel } from "../protocol/record.ts";
import type { HostJob, HostJobOptions, HostResult } from "./host-api.ts";

/** A job as it crosses to a backend. */
export interface BackendJob extends Omit<HostJob<"image">, "bundle"> {
  bundle: RemoteBundle;
}

/** What comes back when a job succeeded there. */
export interface BackendResult extends HostResult<"image"> {
  backend: BackendFacts;
}

/** A model that a backend offers. */
export interface RemoteListing {
  manifest: ImageManifest;
  backend: string;
  /** Models that every request with it loads. */
  models: readonly DeclaredModel[];
  /** Whether a server that has it can be reached now. */
  online: boolean;
}

/** A request as a backend will run it. */
export interface RemoteRequest {
  params: ResolvedImageParams;
  bundle: RemoteBundle;
  memory_bytes: number;
}

/** Another program that makes pictures for the core, as the rest of the core sees it. */
export interface ImageBackend {
  /** Gives the backend that a bundle id belongs to; undefined for bundles of the core's own. */
  backendOf(bundle_id: string): string | undefined;
  /** Jobs that a backend may be given at once. */
  workers(backend: string): number;
  /**
   * Checks a request and fills in every default, as resolveImageParams does for bundles of the core's own.
   *
   * @param queued signal of a job that was accepted before: for it, a server that is away is waited for
   * @throws CoreError INVALID_REQUEST, UNSUPPORTED_CONTROL, BUNDLE_NOT_FOUND, BUNDLE_INVALID, BACKEND_UNAVAILABLE, CANCELLED after the signal
   */
  resolve(params: Record<string, unknown>, queued?: AbortSignal): Promise<RemoteRequest>;
  /** Runs a job. Rejects as InferenceHost.run does, and with BACKEND_UNAVAILABLE, BACKEND_FAILED. */
  run(job: BackendJob, options: HostJobOptions): Promise<BackendResult>;
  /** Gives all that is offered, what cannot be reached now included. */
  list(): RemoteListing[];
  /** Lets go of every server; prompts of running jobs were ended by their signals. */
  close(): void;
}
