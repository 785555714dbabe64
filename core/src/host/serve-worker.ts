import { parentPort, type TransferListItem } from "node:worker_threads";
import { expose, transfer } from "comlink";
import { openSessions, type Sessions } from "../inference/open-sessions.ts";
import { createLogger, type Logger } from "../logger.ts";
import type { PipelineContext } from "../pipelines/pipeline.ts";
import type { RunnableTask, TaskTypes } from "../pipelines/tasks.ts";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import type { HostJob, HostResult } from "./host-api.ts";
import { ownedImage } from "./owned-image.ts";
import { portEndpoint } from "./port-endpoint.ts";
import { StageTimer } from "./stage-timer.ts";
import { transferErrors } from "./transfer-errors.ts";
import type { HostEvent, WorkerApi, WorkerSettings } from "./worker-api.ts";

/** How a worker thread does one task. */
export interface TaskWorker<T extends RunnableTask> {
  /** Runs the task's pipeline. */
  run(job: HostJob<T>, context: PipelineContext<TaskTypes[T]["bundle"]>): Promise<TaskTypes[T]["generated"][]>;
  /** Gives one of its results on buffers that nothing else uses, and these, so that they may be handed to another thread. */
  handOver(generated: TaskTypes[T]["generated"]): { generated: TaskTypes[T]["generated"]; buffers: ArrayBufferLike[] };
}

/** How a worker thread does each task. */
export type TaskWorkers = { [K in RunnableTask]: TaskWorker<K> };

interface Started {
  settings: WorkerSettings;
  sessions: Sessions;
  logger: Logger;
}

/**
 * Serves jobs in this worker thread. The thread owns each job's AbortController, as a signal cannot cross: `cancel` reaches it
 * between two runs of a graph, each of which gives the event loop a turn.
 */
export function serveWorker(tasks: TaskWorkers): void {
  const port = parentPort;
  if (port === null) throw new Error("a worker's entry runs in a worker thread only");
  const cancels = new Map<string, AbortController>();
  let started: Started | undefined;

  const post = (event: HostEvent, transferred: TransferListItem[] = []) => port.postMessage(event, transferred);

  const run = async <T extends RunnableTask>(job: HostJob<T>): Promise<HostResult<T>> => {
    if (started === undefined) throw new Error("run before start");
    const { settings, sessions, logger } = started;
    const { job_id, bundle, inputs } = job;
    const cancel = new AbortController();
    cancels.set(job_id, cancel);
    const timer = new StageTimer();
    const task: TaskWorkers[T] = tasks[job.task];
    try {
      const jobSessions = sessions.forJob(bundle, cancel.signal);
      try {
        const made = await task.run(job, {
          bundle,
          sessions: jobSessions,
          signal: cancel.signal,
          readAsset: async (sha256) => {
            const bytes = inputs[sha256];
            if (bytes === undefined)
              throw new CoreError("ASSET_NOT_FOUND", `The job was sent without the asset ${sha256}.`);
            return bytes;
          },
          onProgress: (progress) => {
            timer.enter(progress.stage);
            post({ event: "progress", job_id, progress });
          },
          onPreview: (preview) =>
            post({ event: "preview", job_id, preview: { ...preview, image: ownedImage(preview.image) } }),
        });
        const { provider, device, platform, runtime_version, threads } = settings;
        const runtime = `onnxruntime-node ${runtime_version} (${threads} ${threads === 1 ? "thread" : "threads"})`;
        const handed = made.map((generated) => task.handOver(generated));
        const result: HostResult<T> = {
          task: job.task,
          generated: handed.map(({ generated }) => generated),
          execution: { provider, device, runtime, platform },
          timings_ms: timer.end(jobSessions.load_ms),
        };
        return transfer(result, [...new Set(handed.flatMap(({ buffers }) => buffers))]);
      } finally {
        jobSessions.end();
      }
    } catch (thrown) {
      const error = toCoreError(thrown);
      if (error.code === "INTERNAL") logger.error({ err: thrown, job_id }, "a pipeline failed");
      throw error;
    } finally {
      cancels.delete(job_id);
    }
  };

  const api: WorkerApi = {
    start: (settings) => {
      const logger = createLogger({ level: settings.log_level, prompt_privacy: settings.prompt_privacy });
      started = { settings, logger, sessions: openSessions(settings, logger) };
    },
    run,
    cancel: (job_id) => cancels.get(job_id)?.abort(),
  };
  transferErrors();
  expose(api, portEndpoint(port));
}
