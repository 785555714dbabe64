import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import type { AssetStore } from "../../core/src/assets/asset-store.ts";
import { openAssetStore } from "../../core/src/assets/file-asset-store.ts";
import { readConfig } from "../../core/src/config.ts";
import type { InferenceHost } from "../../core/src/host/host-api.ts";
import { createImageTask } from "../../core/src/jobs/image-task.ts";
import type { JobOwner, JobService } from "../../core/src/jobs/job-service.ts";
import { createMeshTask } from "../../core/src/jobs/mesh-task.ts";
import { createMotionTask } from "../../core/src/jobs/motion-task.ts";
import { type JobServiceOptions, openJobService } from "../../core/src/jobs/open-job-service.ts";
import { createTextureTask } from "../../core/src/jobs/texture-task.ts";
import { openRegistry } from "../../core/src/models/registry.ts";
import { openProvenanceFor } from "../../core/src/open-provenance-for.ts";
import { resolveImageParams } from "../../core/src/pipelines/image-params.ts";
import { resolveMeshParams } from "../../core/src/pipelines/mesh-params.ts";
import { resolveMotionParams } from "../../core/src/pipelines/motion-params.ts";
import { resolveTextureParams } from "../../core/src/pipelines/texture-params.ts";
import type { JobEvent } from "../../core/src/protocol/core-messages.ts";
import { LIMITS_DEFAULTS } from "../../core/src/protocol/limits.ts";
import type { OpenProvenance } from "../../core/src/provenance/open-provenance.ts";
import { openStore, type Store } from "../../core/src/store.ts";

const MODELS = fileURLToPath(new URL("../../models", import.meta.url));
export const ARTIST: JobOwner = { name: "artist", version: "1.0" };
/** Bundle of tiny random weights that is in the repository. */
export const BUNDLE = "tiny-random-sd";
const MOTION_BUNDLE = "tiny-random-motion";
const MESH_BUNDLE = "tiny-random-mesh";

/** The parts that jobs need, over a folder of their own; real but for the host. */
export interface JobSetup {
  home: string;
  store: Store;
  assets: AssetStore;
  provenance: OpenProvenance;
  jobs: JobService;
  /** Closes all, and leaves the folder. */
  close(): Promise<void>;
}

/** Makes a home folder; given to `openJobs` more than once, it stands for a restart. */
export function makeHome(): { home: string; remove(): void } {
  const home = mkdtempSync(join(tmpdir(), "genga-jobs-"));
  return { home, remove: () => rmSync(home, { recursive: true, force: true }) };
}

export async function openJobs(
  home: string,
  host: InferenceHost,
  options: Partial<JobServiceOptions> & { quota_bytes?: number; grace_ms?: number } = {},
): Promise<JobSetup> {
  const logger = pino({ level: "silent" });
  const config = readConfig({ env: { GENGA_HOME: home } });
  const { quota_bytes = 2 ** 30, grace_ms = 0, ...rest } = options;
  const store = openStore(join(home, "store"));
  const assets = await openAssetStore({
    folder: join(home, "assets"),
    store,
    quota_bytes,
    max_asset_bytes: 2 ** 28,
    clock: Date.now,
    grace_ms,
  });
  const provenance = await openProvenanceFor(config, logger);
  const registry = await openRegistry({ folders: [MODELS], cache_folder: join(home, "cache"), logger });
  let drawn = 0;
  const jobs = await openJobService({
    store,
    assets,
    host,
    provenance,
    tasks: {
      image: createImageTask({
        host,
        resolve(params) {
          const bundle = registry.bundleFor("image", BUNDLE);
          return { params: resolveImageParams(params, { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => 7 }), bundle };
        },
      }),
      motion: createMotionTask({
        host,
        resolve(params) {
          const bundle = registry.bundleFor("motion", MOTION_BUNDLE);
          return {
            params: resolveMotionParams(params, { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => 7 }),
            bundle,
          };
        },
      }),
      mesh: createMeshTask({
        host,
        resolve(params) {
          const bundle = registry.bundleFor("mesh", MESH_BUNDLE);
          return { params: resolveMeshParams(params, { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => 7 }), bundle };
        },
      }),
      texture: createTextureTask({
        host,
        resolve(params) {
          const bundle = registry.bundleFor("image", BUNDLE);
          return {
            params: resolveTextureParams(params, { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => 7 }),
            bundle,
          };
        },
      }),
    },
    limits: { max_open_jobs_per_client: 600 },
    clock: Date.now,
    drawJobId: () => {
      drawn += 1;
      return `job-${process.hrtime.bigint()}-${drawn}`;
    },
    software: "genga test",
    logger,
    storage_retry_ms: 20,
    ...rest,
  });
  return {
    home,
    store,
    assets,
    provenance,
    jobs,
    async close() {
      await jobs.stop();
      await assets.close();
      await provenance.close();
      await store.close();
    },
  };
}

/** A request for a picture of 64 × 64 pixels. */
export function request(prompt: string, more: Record<string, unknown> = {}) {
  const { priority = 0, idempotency_key, project, shot, ...params } = more;
  return {
    task: "image" as const,
    params: { prompt, width: 64, height: 64, num_inference_steps: 3, seed: 1, ...params },
    priority: Number(priority),
    ...(idempotency_key === undefined ? {} : { idempotency_key: String(idempotency_key) }),
    ...(project === undefined ? {} : { project: String(project) }),
    ...(shot === undefined ? {} : { shot: String(shot) }),
  };
}

/** Collects a job's events, and waits for one. */
export function watch(jobs: JobService, job_id: string, after_event = 0) {
  const events: JobEvent[] = [];
  const waiting = new Set<() => void>();
  const stop = jobs.subscribe(job_id, after_event, (event) => {
    events.push(event);
    for (const check of waiting) check();
  });
  return {
    events,
    stop,
    types: () => events.map(({ type }) => type),
    /** Resolves with the first event of a type, now or later; rejects when the job fails instead. */
    until<T extends JobEvent["type"]>(type: T): Promise<Extract<JobEvent, { type: T }>> {
      return new Promise((resolve, reject) => {
        const check = () => {
          const found = events.find((event): event is Extract<JobEvent, { type: T }> => event.type === type);
          const failed = events.find((event) => event.type === "failed");
          if (found === undefined && failed === undefined) return;
          waiting.delete(check);
          if (found !== undefined) resolve(found);
          else if (failed?.type === "failed") reject(new Error(`${failed.error.code}: ${failed.error.message}`));
        };
        waiting.add(check);
        check();
      });
    },
  };
}

/** A door that a test opens: what waits at it goes on then. */
export function makeGate() {
  let open: () => void = () => undefined;
  let reached: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const arrived = new Promise<void>((resolve) => {
    reached = resolve;
  });
  return {
    open: () => open(),
    /** Resolves when something waits. */
    arrived,
    wait: () => {
      reached();
      return opened;
    },
  };
}
