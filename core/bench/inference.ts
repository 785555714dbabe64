// What the inference process costs beside the graphs themselves: a call to it, loading a graph with and without the cache of
// optimised graphs, and the core's own arithmetic in a 20-step job (target: at most 5 % of it). The bundle is tiny-random-sd at
// 256 x 256, whose steps are far shorter than those of a full-size one: an upper bound of the share.
// `npm run build`, then `npx tsx core/bench/inference.ts [bundle folder]`.
import { join } from "node:path";
import { pino } from "pino";
import { createInferenceHost } from "../src/host/inference-host.ts";
import { machineFacts } from "../src/inference/machine.ts";
import { openSessions } from "../src/inference/open-sessions.ts";
import { runtimeVersion } from "../src/inference/providers.ts";
import { isFor } from "../src/models/bundle.ts";
import { readBundle } from "../src/models/read-bundle.ts";
import { generateImages } from "../src/pipelines/controlnet-image.ts";
import type { ResolvedImageParams } from "../src/pipelines/image-params.ts";
import { ImageParamsSchema } from "../src/protocol/image.ts";
import { quantile, report, temporaryHome } from "./running-core.ts";

const CALLS = 500;
const RUNS = 3;

const { home, remove } = temporaryHome();
const logger = pino({ level: "silent" });
const bundle = await readBundle(process.argv[2] ?? join("models", "tiny-random-sd"));
if (!isFor("image", bundle)) throw new Error("expected a bundle that makes pictures");
const machine = machineFacts();
const sessionsIn = (cache_folder: string) =>
  openSessions(
    {
      provider: "cpu",
      threads: 1,
      budget_bytes: machine.memory_total / 2,
      memory_total: machine.memory_total,
      cache_folder,
      cpu_fingerprint: machine.cpu_fingerprint,
      runtime_version: runtimeVersion(),
    },
    logger,
  );
const params: ResolvedImageParams = {
  ...ImageParamsSchema.parse({ prompt: "a house by the sea", negative_prompt: "blurred" }),
  bundle: bundle.manifest.id,
  width: 256,
  height: 256,
  num_inference_steps: 20,
  guidance_scale: 7.5,
  scheduler: "dpmpp_2m",
  seed: 1,
};
const { signal } = new AbortController();
const quiet = { signal, onProgress: () => undefined, onPreview: () => undefined };

try {
  const loads = { cold: [] as number[], warm: [] as number[] };
  for (let run = 0; run < RUNS; run++) {
    for (const kind of ["cold", "warm"] as const) {
      // A folder of its own for each run: the first load fills it, the second is served from it.
      const job = sessionsIn(join(home, `load-${run}`)).forJob(bundle, signal);
      await job.session("unet");
      loads[kind].push(job.load_ms);
    }
  }

  const shares: number[] = [];
  const sessions = sessionsIn(join(home, "pipeline"));
  for (let run = 0; run <= RUNS; run++) {
    const job = sessions.forJob(bundle, signal);
    let inGraphs = 0;
    const start = performance.now();
    await generateImages(params, {
      ...quiet,
      bundle,
      readAsset: () => Promise.reject(new Error("no inputs")),
      sessions: {
        session: async (name) => {
          const graph = await job.session(name);
          return {
            provider: graph.provider,
            run: async (feeds, outputs) => {
              const before = performance.now();
              try {
                return await graph.run(feeds, outputs);
              } finally {
                inGraphs += performance.now() - before;
              }
            },
          };
        },
      },
    });
    const total = performance.now() - start;
    job.end();
    // The first run loads the graphs.
    if (run > 0) shares.push((total - inGraphs) / total);
  }

  const host = createInferenceHost({
    provider: "cpu",
    workers: 1,
    threads: 1,
    memory_budget_bytes: 0,
    cancel_grace_ms: 10_000,
    cache_folder: join(home, "pipeline"),
    logger,
    env: process.env,
  });
  const calls: number[] = [];
  const trips: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const start = performance.now();
    const { timings_ms } = await host.run({ job_id: `job-${run}`, task: "image", params, bundle, inputs: {} }, quiet);
    const { load: _load, ...stages } = timings_ms;
    const inside = Object.values(stages).reduce((sum, ms) => sum + ms, 0);
    if (run > 0) trips.push(performance.now() - start - inside);
  }
  for (let call = 0; call < CALLS; call++) {
    const start = performance.now();
    await host.status();
    calls.push(performance.now() - start);
  }
  await host.close();

  report("inference", {
    "call to the inference process, p50, ms": quantile(calls, 0.5),
    "call to the inference process, p99, ms": quantile(calls, 0.99),
    "job there and back beside the work, median, ms": quantile(trips, 0.5),
    "load of the unet without cache, median, ms": quantile(loads.cold, 0.5),
    "load of the unet from cache, median, ms": quantile(loads.warm, 0.5),
    "share of a 20-step job outside graphs, median (target 0.05)": quantile(shares, 0.5),
    runs: RUNS,
  });
} finally {
  remove();
}
