import type { HostJob, HostJobOptions, HostResult, HostStatus, InferenceHost } from "../../core/src/host/host-api.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";

/** What a test may do with a job at each of its steps: wait, or throw what the run is to end with. */
export type StepHook = (job: HostJob<"image">, step: number) => void | Promise<void>;

/**
 * An inference host inside the test's process. It does real work at small size: a gradient picture that depends on seed and
 * inputs, a step at a time, with progress and previews, and it obeys the signal between two steps.
 */
export class GradientHost implements InferenceHost {
  readonly workers: number;
  /** Jobs in the order in which they were started. */
  readonly started: string[] = [];
  busy = 0;
  onStep: StepHook = () => undefined;

  constructor(workers = 1) {
    this.workers = workers;
  }

  async run(job: HostJob, { signal, onProgress, onPreview }: HostJobOptions): Promise<HostResult> {
    if (job.task !== "image") throw new CoreError("UNSUPPORTED_TASK", "A gradient is a picture.");
    this.started.push(job.job_id);
    this.busy += 1;
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    try {
      const { width, height, num_inference_steps, num_images_per_prompt, seed, preview } = job.params;
      const shift = Object.values(job.inputs).reduce((sum, bytes) => sum + (bytes[0] ?? 0), 0);
      onProgress({ stage: "load", progress: 0, step: 0, total_steps: num_inference_steps });
      const images = Array.from({ length: num_images_per_prompt }, (_, i) => ({
        image: { width, height, channels: 3 as const, data: new Uint8Array(width * height * 3) },
        seed: (seed + i) >>> 0,
      }));
      for (let step = 1; step <= num_inference_steps; step++) {
        await new Promise(setImmediate);
        await Promise.race([this.onStep(job, step), aborted]);
        if (signal.aborted) throw new CoreError("CANCELLED", "The job was cancelled.");
        for (const { image, seed: own } of images) {
          for (let i = 0; i < image.data.length; i++) {
            image.data[i] = (Math.floor(i / 3) * step + own + shift) % 256;
          }
        }
        onProgress({ stage: "denoise", progress: step / num_inference_steps, step, total_steps: num_inference_steps });
        if (preview.every_steps > 0 && step % preview.every_steps === 0) {
          images.forEach(({ image }, output_index) => {
            onPreview({ image: { ...image, data: image.data.slice() }, output_index, step });
          });
        }
      }
      return {
        task: "image",
        generated: images,
        execution: { provider: "cpu", device: "test", runtime: "gradient", platform: process.platform },
        timings_ms: {},
      };
    } finally {
      this.busy -= 1;
    }
  }

  async status(): Promise<HostStatus> {
    const { busy, workers } = this;
    return { pid: process.pid, provider: "cpu", device: "test", memory_bytes: 0, restarts: 0, busy, workers };
  }

  async close(): Promise<void> {}
}
