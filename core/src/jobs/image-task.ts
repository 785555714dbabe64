import type { InferenceHost } from "../host/host-api.ts";
import type { ImageBackend } from "../host/image-backend.ts";
import type { ImageBundle } from "../models/bundle.ts";
import { assetsOf, estimateMemory, type ResolvedImageParams } from "../pipelines/image-params.ts";
import type { GeneratedImage } from "../pipelines/pipeline.ts";
import { CoreError } from "../protocol/errors.ts";
import type { Task, TaskFile, TaskResult } from "./task.ts";

/** What the task needs of the core. */
export interface ImageTaskParts {
  host: InferenceHost;
  /** Other programs that make pictures; absent = none. */
  backend?: ImageBackend | undefined;
  /** Checks parameters of a bundle of the core's own and fills in every default. @throws CoreError */
  resolve(params: Record<string, unknown>): { params: ResolvedImageParams; bundle: ImageBundle };
}

/** The task `image`: pictures by the core's own inference, or by a backend where the bundle is one of its. */
export function createImageTask({ host, backend, resolve }: ImageTaskParts): Task {
  return {
    async resolve(raw, queued) {
      const { bundle: id } = raw;
      if (typeof id === "string" && backend?.backendOf(id) !== undefined) {
        const { params, bundle, memory_bytes } = await backend.resolve(raw, queued);
        return {
          ...whatParamsSay(params),
          bundle,
          memory_bytes,
          run: async ({ job_id, inputs }, options) =>
            resultOf(await backend.run({ job_id, task: "image", params, bundle, inputs }, options), params),
        };
      }
      const { params, bundle } = resolve(raw);
      return {
        ...whatParamsSay(params),
        bundle,
        memory_bytes: estimateMemory(params, bundle),
        run: async ({ job_id, inputs }, options) => {
          const result = await host.run({ job_id, task: "image", params, bundle, inputs }, options);
          if (result.task !== "image")
            throw new CoreError("INTERNAL", `An image job gave a result of "${result.task}".`);
          return resultOf(result, params);
        },
      };
    },
  };
}

function whatParamsSay(params: ResolvedImageParams) {
  return { params: { ...params }, assets: assetsOf(params), preview_max_size: params.preview.max_size };
}

function resultOf(
  { generated, ...facts }: Omit<TaskResult, "files"> & { generated: GeneratedImage[] },
  params: ResolvedImageParams,
): TaskResult {
  return { ...facts, files: generated.map((made) => () => encode(made, params)) };
}

async function encode({ image, seed, workflow }: GeneratedImage, { output }: ResolvedImageParams): Promise<TaskFile> {
  // Brings sharp along, which a core at rest does without.
  const { encodeImage } = await import("../formats/encode-image.ts");
  return {
    bytes: await encodeImage(image, output),
    mime: output.mime,
    title: `image-${seed}.${output.mime.slice("image/".length)}`,
    seed,
    pixels: image,
    facts: { width: image.width, height: image.height },
    record: {},
    ...(workflow === undefined ? {} : { workflow }),
  };
}
