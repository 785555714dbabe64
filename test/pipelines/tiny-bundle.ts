import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createOrtSession, type LoadedGraph } from "../../core/src/inference/ort-session.ts";
import type { BundleSessions, GraphSession, NamedTensors } from "../../core/src/inference/session.ts";
import { bundleFile, componentOf, type ImageBundle } from "../../core/src/models/bundle.ts";
import { StableDiffusionBundleSchema } from "../../core/src/models/bundle-manifest.ts";
import { resolveImageParams } from "../../core/src/pipelines/image-params.ts";
import type { PipelineContext, PipelinePreview, PipelineProgress } from "../../core/src/pipelines/pipeline.ts";
import { LIMITS_DEFAULTS } from "../../core/src/protocol/limits.ts";

const folder = fileURLToPath(new URL("../../models/tiny-random-sd", import.meta.url));
const bytes = readFileSync(new URL("../../models/tiny-random-sd/bundle.json", import.meta.url));

/** The committed bundle of random weights. */
export const tinyBundle: ImageBundle = {
  manifest: StableDiffusionBundleSchema.parse(JSON.parse(bytes.toString())),
  folder,
  manifest_sha256: createHash("sha256").update(bytes).digest("hex"),
};

/** A run of a graph, as a test saw it. */
export interface SeenRun {
  component: string;
  feeds: NamedTensors;
  /** Timestep at the moment of the run; the buffer is used again. */
  timestep: number;
}

/** The bundle's graphs in this process, each loaded once; tells every run. */
export function openTinySessions(
  onRun: (run: SeenRun) => void = () => {},
): BundleSessions & { close(): Promise<void> } {
  const graphs = new Map<string, Promise<LoadedGraph>>();
  const load = (name: string) => {
    const component = componentOf(tinyBundle, name);
    const file = bundleFile(tinyBundle, component.file);
    return createOrtSession({ file, component, label: name, provider: "cpu", threads: 1 });
  };
  return {
    async session(name): Promise<GraphSession> {
      const graph = graphs.get(name) ?? load(name);
      graphs.set(name, graph);
      const { provider, run } = await graph;
      return {
        provider,
        run: (feeds, outputs) => {
          onRun({ component: name, feeds, timestep: Number(feeds.timestep?.data[0]) });
          return run(feeds, outputs);
        },
      };
    },
    async close() {
      for (const graph of graphs.values()) await (await graph).release();
    },
  };
}

/** Resolves parameters as the core does. */
export function resolve(params: Record<string, unknown>, bundle: ImageBundle = tinyBundle) {
  return resolveImageParams(params, { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => 99 });
}

/** A pipeline's context over assets in memory, with what it told. */
export function makeContext(
  sessions: BundleSessions,
  assets: Map<string, Uint8Array> = new Map(),
  bundle = tinyBundle,
) {
  const cancel = new AbortController();
  const progress: PipelineProgress[] = [];
  const previews: PipelinePreview[] = [];
  const context: PipelineContext<ImageBundle> = {
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

/** Puts bytes into the assets of a test and gives their SHA-256. */
export function addAsset(assets: Map<string, Uint8Array>, content: Uint8Array): string {
  const sha256 = createHash("sha256").update(content).digest("hex");
  assets.set(sha256, content);
  return sha256;
}
