import type { BundleSessions } from "../inference/session.ts";
import type { Bundle } from "../models/bundle.ts";
import type { RawImage } from "../tensor/image.ts";

/** How far a pipeline is; `progress` in [0, 1] never goes back. */
export interface PipelineProgress {
  stage: string;
  progress: number;
  step: number;
  total_steps: number;
}

/** A small picture of an unfinished output. */
export interface PipelinePreview {
  image: RawImage;
  output_index: number;
  step: number;
}

/** What every pipeline gets beside its parameters. */
export interface PipelineContext<B extends Bundle = Bundle> {
  bundle: B;
  sessions: BundleSessions;
  /** Gives the bytes of an input asset that the parameters name. */
  readAsset(sha256: string): Promise<Uint8Array>;
  signal: AbortSignal;
  onProgress(progress: PipelineProgress): void;
  onPreview(preview: PipelinePreview): void;
}

/** A finished picture, not yet encoded or signed. */
export interface GeneratedImage {
  image: RawImage;
  /** Seed that this picture's noise started from. */
  seed: number;
  /** Node graph that made it in another program, for the record. */
  workflow?: unknown;
}
