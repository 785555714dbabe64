import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BundleSessions } from "../../core/src/inference/session.ts";
import type { MeshBundle } from "../../core/src/models/bundle.ts";
import { MeshDiffusionBundleSchema } from "../../core/src/models/bundle-manifest.ts";
import { resolveMeshParams } from "../../core/src/pipelines/mesh-params.ts";
import { LIMITS_DEFAULTS } from "../../core/src/protocol/limits.ts";
import { openGraphs, type SeenRun as SeenGraphRun } from "../support/open-graphs.ts";
import { makePipelineContext } from "./pipeline-context.ts";

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
export type SeenMeshRun = SeenGraphRun;

/** The bundle's graphs in this process, each loaded once; tells every run. */
export function openMeshSessions(
  bundle: MeshBundle = tinyMeshBundle,
  onRun: (run: SeenGraphRun) => void = () => {},
  threads = 1,
) {
  return openGraphs(bundle, onRun, threads);
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
  return makePipelineContext(bundle, sessions, assets);
}
