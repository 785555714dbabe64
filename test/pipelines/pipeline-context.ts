import type { BundleSessions } from "../../core/src/inference/session.ts";
import type { Bundle } from "../../core/src/models/bundle.ts";
import type { PipelineContext, PipelinePreview, PipelineProgress } from "../../core/src/pipelines/pipeline.ts";

/** A pipeline's context over assets in memory, with what it told. */
export function makePipelineContext<B extends Bundle>(
  bundle: B,
  sessions: BundleSessions,
  assets: Map<string, Uint8Array> = new Map(),
) {
  const cancel = new AbortController();
  const progress: PipelineProgress[] = [];
  const previews: PipelinePreview[] = [];
  const context: PipelineContext<B> = {
    bundle,
    sessions,
    signal: cancel.signal,
    readAsset: async (sha256) => {
      const asset = assets.get(sha256);
      if (asset === undefined) throw new Error(`the test has no asset ${sha256}`);
      return asset;
    },
    onProgress: (event) => progress.push(event),
    onPreview: (event) => previews.push(event),
  };
  return { context, cancel, progress, previews };
}
