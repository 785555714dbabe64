import { join } from "node:path";
import { pino } from "pino";
import { openAssetStore } from "../src/assets/file-asset-store.ts";
import { readConfig } from "../src/config.ts";
import type { InferenceHost } from "../src/host/host-api.ts";
import { createImageTask } from "../src/jobs/image-task.ts";
import type { JobService } from "../src/jobs/job-service.ts";
import { openJobService } from "../src/jobs/open-job-service.ts";
import { openRegistry } from "../src/models/registry.ts";
import { openProvenanceFor } from "../src/open-provenance-for.ts";
import { resolveImageParams } from "../src/pipelines/image-params.ts";
import { LIMITS_DEFAULTS } from "../src/protocol/limits.ts";
import { openStore } from "../src/store.ts";
import { temporaryHome } from "./running-core.ts";

/** Jobs over real parts, with a gradient in place of inference. */
export interface SealingJobs {
  jobs: JobService;
  /** Submits a job and waits for its result. */
  submit(number: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens the jobs of a fresh home folder. */
export async function sealingJobs(): Promise<SealingJobs> {
  const { home, remove } = temporaryHome();
  const logger = pino({ level: "warn" });
  const config = readConfig({ env: { GENGA_HOME: home } });
  const store = openStore(join(home, "store"));
  const assets = await openAssetStore({
    folder: join(home, "assets"),
    store,
    quota_bytes: 2 ** 30,
    max_asset_bytes: 2 ** 28,
    clock: Date.now,
  });
  const provenance = await openProvenanceFor(config, logger);
  const registry = await openRegistry({ folders: config.bundle_folders, cache_folder: join(home, "cache"), logger });
  let drawn = 0;
  const jobs = await openJobService({
    store,
    assets,
    host: gradientHost,
    provenance,
    tasks: {
      image: createImageTask({
        host: gradientHost,
        resolve(params) {
          const bundle = registry.bundleFor("image", "tiny-random-sd");
          return { params: resolveImageParams(params, { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => 0 }), bundle };
        },
      }),
    },
    limits: LIMITS_DEFAULTS,
    clock: Date.now,
    drawJobId: () => {
      drawn += 1;
      return `job-${drawn}`;
    },
    software: "genga bench",
    logger,
    max_ended_jobs: 100,
  });
  return {
    jobs,
    async submit(number) {
      const params = { prompt: `frame ${number}`, width: 64, height: 64, num_inference_steps: 4, seed: number };
      const { job_id } = await jobs.submit({ task: "image", params, priority: 0 }, { name: "bench", version: "1" });
      await new Promise<void>((resolve, reject) => {
        const stop = jobs.subscribe(job_id, 0, (event) => {
          if (event.type === "failed") reject(new Error(event.error.message));
          if (event.type !== "result") return;
          resolve();
          setImmediate(() => stop());
        });
      });
    },
    async close() {
      await jobs.stop();
      await assets.close();
      await provenance.close();
      await store.close();
      remove();
    },
  };
}

const gradientHost: InferenceHost = {
  workers: 1,
  async run(job, { onProgress }) {
    const { task, params } = job;
    if (task !== "image") throw new Error("a gradient is a picture");
    const { width, height, seed, num_inference_steps } = params;
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7 + seed) % 256);
    for (let step = 1; step <= num_inference_steps; step++) {
      onProgress({ stage: "denoise", progress: step / num_inference_steps, step, total_steps: num_inference_steps });
    }
    return {
      task,
      generated: [{ image: { width, height, channels: 3, data }, seed }],
      execution: { provider: "cpu", device: "bench", runtime: "gradient", platform: process.platform },
      timings_ms: {},
    };
  },
  status: async () => ({
    pid: process.pid,
    provider: "cpu",
    device: "bench",
    memory_bytes: 0,
    restarts: 0,
    busy: 0,
    workers: 1,
  }),
  close: async () => undefined,
};
