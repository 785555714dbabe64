import type { HostJob, HostJobOptions, HostResult, HostStatus, InferenceHost } from "../../core/src/host/host-api.ts";
import type { Bundle } from "../../core/src/models/bundle.ts";
import { encodeMesh } from "../../core/src/pipelines/encode-mesh.ts";
import type { PipelineContext } from "../../core/src/pipelines/pipeline.ts";
import { generateMeshes } from "../../core/src/pipelines/text-to-3d.ts";
import { textureMesh } from "../../core/src/pipelines/texture-mesh.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { openGraphs } from "./open-graphs.ts";

/** An inference host inside the test's process that runs the real pipelines of meshes and of their textures. */
export class MeshHost implements InferenceHost {
  readonly workers = 1;
  /** Jobs in the order in which they were started. */
  readonly started: string[] = [];
  /** What a test may do whenever the pipeline says how far it is: wait, or throw what the run is to end with. */
  onProgress: (stage: string) => void = () => undefined;
  readonly #graphs = new Map<string, ReturnType<typeof openGraphs>>();

  async run(job: HostJob, options: HostJobOptions): Promise<HostResult> {
    this.started.push(job.job_id);
    const execution = { provider: "cpu", device: "test", runtime: "onnxruntime", platform: process.platform };
    const { signal } = options;
    switch (job.task) {
      case "mesh": {
        const { task, params, prompt_privacy = false } = job;
        const made = await generateMeshes(params, this.#context(job, job.bundle, options));
        const generated = await Promise.all(made.map((mesh) => encodeMesh(mesh, params, { prompt_privacy, signal })));
        return { task, generated, execution, timings_ms: {} };
      }
      case "texture": {
        const generated = await textureMesh(job.params, this.#context(job, job.bundle, options));
        return { task: job.task, generated, execution, timings_ms: {} };
      }
      default:
        throw new CoreError("UNSUPPORTED_TASK", "This host makes and paints meshes.");
    }
  }

  #context<B extends Bundle>(
    { inputs }: HostJob,
    bundle: B,
    { signal, onProgress, onPreview }: HostJobOptions,
  ): PipelineContext<B> {
    const { id } = bundle.manifest;
    const sessions = this.#graphs.get(id) ?? openGraphs(bundle);
    this.#graphs.set(id, sessions);
    return {
      bundle,
      sessions,
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
    };
  }

  async status(): Promise<HostStatus> {
    const { workers } = this;
    return { pid: process.pid, provider: "cpu", device: "test", memory_bytes: 0, restarts: 0, busy: 0, workers };
  }

  async close(): Promise<void> {
    for (const graphs of this.#graphs.values()) await graphs.close();
  }
}
