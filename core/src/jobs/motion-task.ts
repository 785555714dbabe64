import type { InferenceHost } from "../host/host-api.ts";
import type { MotionBundle } from "../models/bundle.ts";
import { estimateMotionMemory, type ResolvedMotionParams } from "../pipelines/motion-params.ts";
import { CoreError } from "../protocol/errors.ts";
import type { NamedAsset, Task } from "./task.ts";

/** What the task needs of the core. */
export interface MotionTaskParts {
  host: InferenceHost;
  /** Checks parameters and fills in every default. @throws CoreError */
  resolve(params: Record<string, unknown>): { params: ResolvedMotionParams; bundle: MotionBundle };
}

/** The task `motion`: each variation in each format, one file each. */
export function createMotionTask({ host, resolve }: MotionTaskParts): Task {
  return {
    resolve(raw) {
      const { params, bundle } = resolve(raw);
      return {
        params: { ...params },
        bundle,
        memory_bytes: estimateMotionMemory(params, bundle),
        assets: namedAssets(params),
        preview_max_size: params.preview.max_size,
        run: async ({ job_id, inputs, prompt_privacy }, options) => {
          const result = await host.run({ job_id, task: "motion", params, bundle, inputs }, options);
          if (result.task !== "motion")
            throw new CoreError("INTERNAL", `A motion job gave a result of "${result.task}".`);
          // The encoders come with the first motion; a core at rest does without them.
          const { motionFiles } = await import("./motion-files.ts");
          const { execution, generated } = result;
          return { execution, files: await motionFiles(generated, params, { bundle, prompt_privacy }) };
        },
      };
    },
  };
}

function namedAssets({ source }: ResolvedMotionParams): NamedAsset[] {
  return source === undefined ? [] : [{ field: "source", role: "source", sha256: source }];
}
