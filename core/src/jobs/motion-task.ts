import { decodeMotion } from "../formats/decode-motion.ts";
import type { InferenceHost } from "../host/host-api.ts";
import type { MotionBundle } from "../models/bundle.ts";
import { frameCount, type Motion } from "../motion/motion.ts";
import { estimateMotionMemory, type ResolvedMotionParams } from "../pipelines/motion-params.ts";
import { CoreError, toCoreError } from "../protocol/errors.ts";
import { formatIssues } from "../protocol/issues.ts";
import { motionFiles } from "./motion-files.ts";
import { recordedParams } from "./recorded-params.ts";
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
        // A source is taken as it is: no graph runs.
        ...(params.source === undefined ? { bundle } : {}),
        memory_bytes: estimateMotionMemory(params, bundle),
        assets: namedAssets(params),
        preview_max_size: params.preview.max_size,
        checkAssets: async (read) => {
          if (params.source !== undefined) checkSource(await read(params.source), params, bundle);
        },
        run: async ({ job_id, inputs, prompt_privacy }, options) => {
          const result = await host.run({ job_id, task: "motion", params, bundle, inputs, prompt_privacy }, options);
          if (result.task !== "motion")
            throw new CoreError("INTERNAL", `A motion job gave a result of "${result.task}".`);
          const { execution, generated } = result;
          const files = await motionFiles(generated, bundle);
          return { execution, recorded_params: recordedParams(params), files: files.map((file) => async () => file) };
        },
      };
    },
  };
}

function namedAssets({ source }: ResolvedMotionParams): NamedAsset[] {
  return source === undefined ? [] : [{ field: "source", role: "source", sha256: source }];
}

/** Refuses a source that is no motion, or a longer one than the bundle may make. */
function checkSource(bytes: Uint8Array, { speed }: ResolvedMotionParams, { manifest }: MotionBundle): void {
  let motion: Motion;
  try {
    ({ motion } = decodeMotion(bytes));
  } catch (thrown) {
    const { code, message, remedy, data } = toCoreError(thrown);
    throw new CoreError(code, `params.source is no motion. ${message}`, {
      ...(remedy === undefined ? {} : { remedy }),
      data: { ...data, field: "params.source" },
      cause: thrown,
    });
  }
  const { max_duration_s } = manifest.motion_diffusion;
  const seconds = frameCount(motion) / motion.fps / speed;
  if (seconds <= max_duration_s + 1e-6) return;
  const issue = {
    path: "params.source",
    message: `must last at most ${max_duration_s} s, lasts ${Math.round(seconds * 10) / 10} s`,
  };
  throw new CoreError("INVALID_REQUEST", formatIssues([issue]), { data: { issues: [issue] } });
}
