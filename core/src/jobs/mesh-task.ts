import { decodeImage } from "../formats/decode-image.ts";
import type { InferenceHost } from "../host/host-api.ts";
import type { MeshBundle } from "../models/bundle.ts";
import { estimateMeshMemory, type ResolvedMeshParams } from "../pipelines/mesh-params.ts";
import { CoreError } from "../protocol/errors.ts";
import { LIMITS_DEFAULTS } from "../protocol/limits.ts";
import { atField } from "./at-field.ts";
import { meshFiles } from "./mesh-files.ts";
import type { NamedAsset, Task } from "./task.ts";

/** What the task needs of the core. */
export interface MeshTaskParts {
  host: InferenceHost;
  /** Checks parameters and fills in every default. @throws CoreError */
  resolve(params: Record<string, unknown>): { params: ResolvedMeshParams; bundle: MeshBundle };
}

/** The task `mesh`: each variation in each level of detail and format, one file each. */
export function createMeshTask({ host, resolve }: MeshTaskParts): Task {
  return {
    resolve(raw) {
      const { params, bundle } = resolve(raw);
      return {
        params: { ...params },
        bundle,
        memory_bytes: estimateMeshMemory(params, bundle),
        assets: namedAssets(params),
        preview_max_size: params.preview.max_size,
        checkAssets: async (read) => {
          const { image } = params;
          if (image === undefined) return;
          const bytes = await read(image);
          await atField("params.image", () => decodeImage(bytes, { max_pixels: LIMITS_DEFAULTS.max_pixels }));
        },
        run: async ({ job_id, inputs, prompt_privacy }, options) => {
          const result = await host.run({ job_id, task: "mesh", params, bundle, inputs, prompt_privacy }, options);
          if (result.task !== "mesh") throw new CoreError("INTERNAL", `A mesh job gave a result of "${result.task}".`);
          const { execution, generated } = result;
          return { execution, files: meshFiles(generated).map((file) => async () => file) };
        },
      };
    },
  };
}

function namedAssets({ image }: ResolvedMeshParams): NamedAsset[] {
  return image === undefined ? [] : [{ field: "image", role: "image", sha256: image }];
}
