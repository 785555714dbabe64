import type { HostJob, HostJobOptions, HostResult, HostStatus, InferenceHost } from "../../core/src/host/host-api.ts";
import { encodeMotion } from "../../core/src/pipelines/encode-motion.ts";
import { generateMotion } from "../../core/src/pipelines/text-to-motion.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { openMotionSessions } from "../pipelines/motion-bundle.ts";

/** An inference host inside the test's process that runs the real motion pipeline on the bundle of random weights. */
export class MotionHost implements InferenceHost {
  readonly workers = 1;
  /** Jobs in the order in which they were started. */
  readonly started: string[] = [];
  /** What a test may do whenever the pipeline says how far it is: wait, or throw what the run is to end with. */
  onProgress: (stage: string) => void = () => undefined;
  readonly #sessions = openMotionSessions();

  async run(job: HostJob, { signal, onProgress, onPreview }: HostJobOptions): Promise<HostResult> {
    if (job.task !== "motion") throw new CoreError("UNSUPPORTED_TASK", "This host makes motion.");
    const { task, params, bundle, inputs, job_id, prompt_privacy = false } = job;
    this.started.push(job_id);
    const generated = await generateMotion(params, {
      bundle,
      sessions: this.#sessions,
      signal,
      onPreview,
      readAsset: async (sha256) => {
        const bytes = inputs[sha256];
        if (bytes === undefined) throw new CoreError("ASSET_NOT_FOUND", `The job came without the asset ${sha256}.`);
        return bytes;
      },
      onProgress: (progress) => {
        onProgress(progress);
        this.onProgress(progress.stage);
        if (signal.aborted) throw new CoreError("CANCELLED", "The job was cancelled.");
      },
    });
    const execution = { provider: "cpu", device: "test", runtime: "onnxruntime", platform: process.platform };
    const encoded = await Promise.all(generated.map((made) => encodeMotion(made, params, { prompt_privacy, signal })));
    return { task, generated: encoded, execution, timings_ms: {} };
  }

  async status(): Promise<HostStatus> {
    const { workers } = this;
    return { pid: process.pid, provider: "cpu", device: "test", memory_bytes: 0, restarts: 0, busy: 0, workers };
  }

  async close(): Promise<void> {
    await this.#sessions.close();
  }
}
