// 500 jobs in a row through the durable queue: pace, and whether memory grows. Store, assets, signing and log are the real ones;
// inference is a gradient, so that what is measured is everything beside it.
// `npx tsx --expose-gc core/bench/queue.ts`

import { report } from "./running-core.ts";
import { sealingJobs } from "./sealing-jobs.ts";

const JOBS = 500;
// More than are remembered, so that memory has reached its level before it is measured.
const WARM_UP = 150;

const { jobs, submit, close } = await sealingJobs();
try {
  await runMany(WARM_UP, 0);
  const before = memory();
  const started = performance.now();
  await runMany(JOBS, WARM_UP);
  const seconds = (performance.now() - started) / 1000;
  const after = memory();
  report("queue", {
    "jobs per second, with signature and log": JOBS / seconds,
    "heap before, MB": before.heap,
    "heap after, MB": after.heap,
    "heap growth per job, kB": ((after.heap - before.heap) * 1000) / JOBS,
    "resident before, MB": before.rss,
    "resident after, MB": after.rss,
    "ended jobs still remembered": jobs.counts().succeeded,
  });
} finally {
  await close();
}

/** A job that fails ends the bench. */
async function runMany(count: number, from: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => submit(from + i)));
}

function memory(): { heap: number; rss: number } {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed / 1e6, rss: rss / 1e6 };
}
