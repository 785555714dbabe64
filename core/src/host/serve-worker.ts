import { parentPort, type TransferListItem } from "node:worker_threads";
import { expose, transfer } from "comlink";
import { openSessions, type Sessions } from "../inference/open-sessions.ts";
import { createLogger, type Logger } from "../logger.ts";
import type { GeneratedImage, PipelineContext } from "../pipelines/pipeline.ts";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import type { HostJob, HostResult } from "./host-api.ts";
import { portEndpoint } from "./port-endpoint.ts";
import { StageTimer } from "./stage-timer.ts";
import { transferErrors } from "./transfer-errors.ts";
import type { HostEvent, WorkerApi, WorkerSettings } from "./worker-api.ts";

/** Runs the pipeline of one task. */
export type RunTask = (job: HostJob, context: PipelineContext) => Promise<GeneratedImage[]>;

interface Started {
  settings: WorkerSettings;
  sessions: Sessions;
  logger: Logger;
}

/**
 * Serves jobs in this worker thread. The thread owns each job's AbortController, as a signal cannot cross: `cancel` reaches it
 * between two runs of a graph, each of which gives the event loop a turn.
 */
export function serveWorker(tasks: Record<HostJob["task"], RunTask>): void {
  const port = parentPort;
  if (port === null) throw new Error("a worker's entry runs in a worker thread only");
  const cancels = new Map<string, AbortController>();
  let started: Started | undefined;

  const post = (event: HostEvent, transferred: TransferListItem[] = []) => port.postMessage(event, transferred);

  const run = async (job: HostJob): Promise<HostResult> => {
    if (started === undefined) throw new Error("run before start");
    const { settings, sessions, logger } = started;
    const { job_id, bundle, inputs } = job;
    const cancel = new AbortController();
    cancels.set(job_id, cancel);
    const timer = new StageTimer();
    try {
      const jobSessions = sessions.forJob(bundle, cancel.signal);
      try {
        const images = await tasks[job.task](job, {
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
            post({ event: "preview", job_id, preview: { ...preview, image: owned(preview.image) } }),
        });
        const { provider, device, platform, runtime_version, threads } = settings;
        const runtime = `onnxruntime-node ${runtime_version} (${threads} ${threads === 1 ? "thread" : "threads"})`;
        const result: HostResult = {
          images: images.map((generated) => ({ ...generated, image: owned(generated.image) })),
          execution: { provider, device, runtime, platform },
          timings_ms: timer.end(jobSessions.load_ms),
        };
        return transfer(result, [...new Set(result.images.map(({ image }) => image.data.buffer))]);
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

/** Gives a picture whose bytes fill a buffer of their own that may be handed to another thread. */
function owned<T extends { data: Uint8Array }>(image: T): T {
  const { data } = image;
  const whole = data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength;
  return whole ? image : { ...image, data: new Uint8Array(data) };
}
