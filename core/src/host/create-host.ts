import { Worker } from "node:worker_threads";
import { type Remote, transfer, wrap } from "comlink";
import { machineFacts, memoryFacts } from "../inference/machine.ts";
import { runtimeVersion, tryProvider } from "../inference/providers.ts";
import { CoreError } from "../protocol/errors.ts";
import type { HostJob, HostResult } from "./host-api.ts";
import { portEndpoint } from "./port-endpoint.ts";
import { type HostApi, type HostEvent, type HostMemory, isHostEvent, type WorkerApi } from "./worker-api.ts";

const MEMORY_REPORT_MS = 1000;
/** Pixels live outside the JavaScript heap, so this is plenty. */
const WORKER_HEAP_MB = 2048;

interface WorkerThread {
  api: Remote<WorkerApi>;
  /** The jobs of this worker one after another. */
  last: Promise<unknown>;
  jobs: number;
}

/** The inside of the inference process. */
export interface Host {
  readonly api: HostApi;
  readonly busy: boolean;
}

/**
 * Makes the inside of the inference process. Its main thread never runs a graph, so that it always hears the core; worker threads
 * do, one job at a time each. A worker is never terminated: while a graph runs in it, that would abort the process.
 */
export function createHost(workerEntry: string, send: (event: HostEvent) => void): Host {
  const workers: WorkerThread[] = [];
  const placed = new Map<string, WorkerThread>();
  const cancelled = new Set<string>();
  let reports: NodeJS.Timeout | undefined;

  const memory = (): HostMemory => ({ memory_bytes: process.memoryUsage.rss(), ...memoryFacts() });

  const startWorker = async (settings: Parameters<WorkerApi["start"]>[0]): Promise<void> => {
    const thread = new Worker(workerEntry, { resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB } });
    const lost = new Promise<never>((_resolve, reject) => {
      thread.on("error", (error) => {
        // Nothing of this process can be trusted after that; the core starts another one. stderr tells it what happened.
        process.stderr.write(`worker thread ended: ${error.stack ?? error.message}\n`);
        if ("code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY")
          process.stderr.write("JavaScript heap out of memory\n");
        reject(error);
        process.exit(70);
      });
    });
    thread.on("message", (message: unknown) => {
      if (isHostEvent(message)) send(message);
    });
    const api = wrap<WorkerApi>(portEndpoint(thread));
    await Promise.race([api.start(settings), lost]);
    workers.push({ api, last: Promise.resolve(), jobs: 0 });
  };

  const run = async (job: HostJob): Promise<HostResult> => {
    const worker = workers.reduce((best, other) => (other.jobs < best.jobs ? other : best), workers[0] ?? noWorker());
    worker.jobs++;
    placed.set(job.job_id, worker);
    reports ??= setInterval(() => send({ event: "memory", memory: memory() }), MEMORY_REPORT_MS);
    const turn = worker.last.then(async (): Promise<HostResult> => {
      if (cancelled.has(job.job_id)) throw new CoreError("CANCELLED", "The job was cancelled before it began.");
      return worker.api.run(transfer(job, buffersOf(job)));
    });
    worker.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      worker.jobs--;
      placed.delete(job.job_id);
      cancelled.delete(job.job_id);
      if (placed.size === 0) {
        clearInterval(reports);
        reports = undefined;
      }
    }
  };

  return {
    get busy() {
      return placed.size > 0;
    },
    api: {
      facts: () => ({ machine: machineFacts(), runtime_version: runtimeVersion() }),
      tryProvider,
      start: async (count, settings) => {
        await Promise.all(Array.from({ length: count }, () => startWorker(settings)));
      },
      run,
      cancel: (job_id) => {
        const worker = placed.get(job_id);
        if (worker === undefined) return;
        cancelled.add(job_id);
        void worker.api.cancel(job_id);
      },
      memory,
    },
  };
}

function noWorker(): never {
  throw new Error("run before start");
}

/** Gives the buffers of a job's inputs that may move to the worker instead of being copied. */
function buffersOf({ inputs }: HostJob): ArrayBuffer[] {
  const whole = Object.values(inputs).flatMap(({ buffer, byteLength }) =>
    buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [],
  );
  return [...new Set(whole)];
}
