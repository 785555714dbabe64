import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BundleSessions } from "../../core/src/inference/session.ts";
import type { ImageBundle } from "../../core/src/models/bundle.ts";
import { StableDiffusionBundleSchema } from "../../core/src/models/bundle-manifest.ts";
import { resolveImageParams } from "../../core/src/pipelines/image-params.ts";
import { LIMITS_DEFAULTS } from "../../core/src/protocol/limits.ts";
import { openGraphs, type SeenRun as SeenGraphRun } from "../support/open-graphs.ts";
import { makePipelineContext } from "./pipeline-context.ts";

const folder = fileURLToPath(new URL("../../models/tiny-random-sd", import.meta.url));
const bytes = readFileSync(new URL("../../models/tiny-random-sd/bundle.json", import.meta.url));

/** The committed bundle of random weights. */
export const tinyBundle: ImageBundle = {
  manifest: StableDiffusionBundleSchema.parse(JSON.parse(bytes.toString())),
  folder,
  manifest_sha256: createHash("sha256").update(bytes).digest("hex"),
};

/** A run of a graph, as a test saw it. */
export interface SeenRun extends SeenGraphRun {
  /** Timestep at the moment of the run; the buffer is used again. */
  timestep: number;
}

/** The bundle's graphs in this process, each loaded once; tells every run. */
export function openTinySessions(onRun: (run: SeenRun) => void = () => {}) {
  return openGraphs(tinyBundle, (run) => onRun({ ...run, timestep: Number(run.feeds.timestep?.data[0]) }));
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
  return makePipelineContext(bundle, sessions, assets);
}

/** Puts bytes into the assets of a test and gives their SHA-256. */
export function addAsset(assets: Map<string, Uint8Array>, content: Uint8Array): string {
  const sha256 = createHash("sha256").update(content).digest("hex");
  assets.set(sha256, content);
  return sha256;
}
