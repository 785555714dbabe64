import { dirname } from "node:path";
import { makeFolder } from "../make-folder.ts";
import { followJob, interruptSignal } from "./follow-job.ts";
import { type GenerateMeshOptions, meshFile, meshParams, meshPlace } from "./mesh-request.ts";
import type { Output } from "./output.ts";
import { uploadFiles } from "./request-file.ts";
import { saveMade } from "./save-made.ts";
import { tellWarnings } from "./tell-warnings.ts";
import { type CoreChoice, withCore } from "./with-core.ts";

/** `genga generate mesh`: makes meshes, shows progress, saves the signed files and tells what the prompt asked in vain. */
export async function generateMesh(
  choice: CoreChoice,
  words: string | undefined,
  options: GenerateMeshOptions,
  output: Output,
): Promise<void> {
  // Read before a core is started, so that a slip of the pen is told at once.
  const named = meshParams(words, options);
  const place = meshPlace(options.out);
  const interrupt = interruptSignal();
  try {
    await withCore(choice, async (client) => {
      const params = await uploadFiles(client, "mesh", named, process.cwd());
      const { job_id } = await client.submit("mesh", params);
      const label = String(named.prompt ?? options.image ?? "mesh");
      const outputs = await followJob(client, job_id, label, output, interrupt.signal);
      const variations = new Set(outputs.map(({ mesh }) => mesh?.variation)).size;
      for (const made of outputs) {
        const { format = "glb", variation = 0, lod = 0 } = made.mesh ?? {};
        const name = made.asset.name ?? `mesh-${made.seed}`;
        const file = meshFile(place, { name, format, variation, lod }, variations);
        makeFolder(dirname(file));
        await saveMade(client, made, file, output);
      }
      tellWarnings(
        outputs.flatMap(({ mesh }) => mesh?.origin.warnings ?? []),
        output,
      );
    });
  } finally {
    interrupt.release();
    output.end();
  }
}
