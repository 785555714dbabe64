import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BundleSessions } from "../../core/src/inference/session.ts";
import type { MotionBundle } from "../../core/src/models/bundle.ts";
import { MotionDiffusionBundleSchema } from "../../core/src/models/bundle-manifest.ts";
import { resolveMotionParams } from "../../core/src/pipelines/motion-params.ts";
import { LIMITS_DEFAULTS } from "../../core/src/protocol/limits.ts";
import { openGraphs, type SeenRun as SeenGraphRun } from "../support/open-graphs.ts";
import { makePipelineContext } from "./pipeline-context.ts";

/** Reads a motion bundle of a folder, without checking its files. */
export function readMotionBundle(folder: string): MotionBundle {
  const bytes = readFileSync(join(folder, "bundle.json"));
  return {
    manifest: MotionDiffusionBundleSchema.parse(JSON.parse(bytes.toString())),
    folder,
    manifest_sha256: createHash("sha256").update(bytes).digest("hex"),
  };
}

/** The committed bundle of random weights. */
export const tinyMotionBundle = readMotionBundle(
  fileURLToPath(new URL("../../models/tiny-random-motion", import.meta.url)),
);

/** A run of a graph, as a test saw it. */
export type SeenMotionRun = SeenGraphRun;

/** The bundle's graphs in this process, each loaded once; tells every run. */
export function openMotionSessions(
  bundle: MotionBundle = tinyMotionBundle,
  onRun: (run: SeenGraphRun) => void = () => {},
  threads = 1,
) {
  return openGraphs(bundle, onRun, threads);
}

/** Resolves parameters as the core does. */
export function resolveMotion(params: Record<string, unknown>, bundle: MotionBundle = tinyMotionBundle) {
  return resolveMotionParams(params, { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => 99 });
}

/** A pipeline's context over assets in memory, with what it told. */
export function makeMotionContext(
  sessions: BundleSessions,
  assets: Map<string, Uint8Array> = new Map(),
  bundle: MotionBundle = tinyMotionBundle,
) {
  return makePipelineContext(bundle, sessions, assets);
}
