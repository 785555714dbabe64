import type { CoreClient } from "../client/core-client.ts";
import { followJob, interruptSignal } from "./follow-job.ts";
import { freeFiles } from "./free-files.ts";
import { fileOf, type GenerateMotionOptions, motionParams, placeOf } from "./motion-request.ts";
import type { Output } from "./output.ts";
import { uploadFiles } from "./request-file.ts";
import { saveAllMade } from "./save-made.ts";
import { tellWarnings } from "./tell-warnings.ts";
import { type CoreChoice, withCore } from "./with-core.ts";

/** Seconds of a segment where neither the options nor the bundle say. */
const DURATION_S = 4;

/** `genga generate motion`: makes motions, shows progress, saves the signed files. */
export async function generateMotion(
  choice: CoreChoice,
  options: GenerateMotionOptions,
  output: Output,
): Promise<void> {
  // Read before a core is started, so that a slip of the pen is told at once.
  await motionParams(options, DURATION_S);
  const place = placeOf(options.out);
  const interrupt = interruptSignal();
  try {
    await withCore(choice, async (client) => {
      const named = await motionParams(options, durationOf(client, options.bundle));
      const params = await uploadFiles(client, "motion", named, process.cwd());
      const { job_id } = await client.submit("motion", params);
      const label = options.prompt.join(", ") || (options.source ?? "");
      const outputs = await followJob(client, job_id, label, output, interrupt.signal);
      tellWarnings(
        outputs.flatMap(({ record }) => record.motion?.warnings ?? []),
        output,
      );
      const variations = new Set(outputs.map(({ variation }) => variation)).size;
      const files = outputs.map(({ format = "json", variation = 0, asset, seed }) =>
        fileOf(place, { format, variation, name: asset.name ?? `motion-${seed}` }, variations),
      );
      await saveAllMade(client, outputs, "folder" in place ? freeFiles(files) : files, output);
    });
  } finally {
    interrupt.release();
    output.end();
  }
}

/** Seconds of a segment that the bundle's forms begin with. */
function durationOf(client: CoreClient, id: string | undefined): number {
  const bundles = client.welcome?.capabilities.bundles ?? [];
  const bundle = bundles.find((one) => (id === undefined ? one.task === "motion" && one.default : one.id === id));
  return bundle?.motion?.defaults.duration_s ?? DURATION_S;
}
