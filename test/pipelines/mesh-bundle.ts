import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createOrtSession, type LoadedGraph } from "../../core/src/inference/ort-session.ts";
import type { BundleSessions, NamedTensors } from "../../core/src/inference/session.ts";
import { bundleFile, componentOf, type MeshBundle } from "../../core/src/models/bundle.ts";
import { MeshDiffusionBundleSchema } from "../../core/src/models/bundle-manifest.ts";
import { resolveMeshParams } from "../../core/src/pipelines/mesh-params.ts";
import type { PipelineContext, PipelinePreview, PipelineProgress } from "../../core/src/pipelines/pipeline.ts";
import { LIMITS_DEFAULTS } from "../../core/src/protocol/limits.ts";

/** Reads a mesh bundle of a folder, without checking its files. */
export function readMeshBundle(folder: string): MeshBundle {
  const bytes = readFileSync(join(folder, "bundle.json"));
  return {
    manifest: MeshDiffusionBundleSchema.parse(JSON.parse(bytes.toString())),
    folder,
    manifest_sha256: createHash("sha256").update(bytes).digest("hex"),
  };
}

/** The committed bundle of random weights. */
export const tinyMeshBundle = readMeshBundle(fileURLToPath(new URL("../../models/tiny-random-mesh", import.meta.url)));

/** A run of a graph, as a test saw it. */
export interface SeenMeshRun {
  component: string;
  feeds: NamedTensors;
}

/** The bundle's graphs in this process, each loaded once; tells every run. */
export function openMeshSessions(
  bundle: MeshBundle = tinyMeshBundle,
  onRun: (run: SeenMeshRun) => void = () => {},
  threads = 1,
): BundleSessions & { close(): Promise<void> } {
  const graphs = new Map<string, Promise<LoadedGraph>>();
  const load = (name: string) => {
    const component = componentOf(bundle, name);
    const file = bundleFile(bundle, component.file);
    return createOrtSession({ file, component, label: name, provider: "cpu", threads });
  };
  return {
    async session(name) {
      const graph = graphs.get(name) ?? load(name);
      graphs.set(name, graph);
      const { provider, run } = await graph;
      return {
        provider,
        run: (feeds, outputs) => {
          onRun({ component: name, feeds });
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
export function resolveMesh(params: Record<string, unknown>, bundle: MeshBundle = tinyMeshBundle) {
  return resolveMeshParams(params, { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => 99 });
}

/** A pipeline's context over assets in memory, with what it told. */
export function makeMeshContext(
  sessions: BundleSessions,
  assets: Map<string, Uint8Array> = new Map(),
  bundle: MeshBundle = tinyMeshBundle,
) {
  const cancel = new AbortController();
  const progress: PipelineProgress[] = [];
  const previews: PipelinePreview[] = [];
  const context: PipelineContext<MeshBundle> = {
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
