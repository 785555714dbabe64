import { followJob, interruptSignal } from "./follow-job.ts";
import { freeFiles } from "./free-files.ts";
import { type GenerateMeshOptions, meshFile, meshParams, meshPlace } from "./mesh-request.ts";
import type { Output } from "./output.ts";
import { uploadFiles } from "./request-file.ts";
import { saveAllMade } from "./save-made.ts";
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
  const asked = meshParams(words, options);
  const place = meshPlace(options.out);
  const interrupt = interruptSignal();
  try {
    await withCore(choice, async (client) => {
      const params = await uploadFiles(client, "mesh", asked, process.cwd());
      const { job_id } = await client.submit("mesh", params);
      const label = String(asked.prompt ?? options.image ?? "mesh");
      const outputs = await followJob(client, job_id, label, output, interrupt.signal);
      const variations = new Set(outputs.map(({ mesh }) => mesh?.variation)).size;
      const files = outputs.map(({ mesh, asset, seed }) => {
        const { format = "glb", variation = 0, lod = 0 } = mesh ?? {};
        return meshFile(place, { name: asset.name ?? `mesh-${seed}`, format, variation, lod }, variations);
      });
      await saveAllMade(client, outputs, "folder" in place ? freeFiles(files) : files, output);
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
