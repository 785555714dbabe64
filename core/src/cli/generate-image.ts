import { dirname } from "node:path";
import type { CoreClient } from "../client/core-client.ts";
import { makeFolder } from "../make-folder.ts";
import type { Output as JobOutput } from "../protocol/core-messages.ts";
import { followJob, interruptSignal } from "./follow-job.ts";
import { type GenerateImageOptions, paramsOfOptions, uploadFiles } from "./image-request.ts";
import type { Output } from "./output.ts";
import { numberedFile, saveFile } from "./save-output.ts";
import { type CoreChoice, withCore } from "./with-core.ts";

/** `genga generate image`: makes pictures, shows progress, saves the signed files. */
export async function generateImage(choice: CoreChoice, options: GenerateImageOptions, output: Output): Promise<void> {
  const named = await paramsOfOptions(options);
  makeFolder(dirname(options.out));
  const interrupt = interruptSignal();
  try {
    await withCore(choice, async (client) => {
      const params = await uploadFiles(client, named, process.cwd());
      const { job_id } = await client.submit("image", params);
      const outputs = await followJob(client, job_id, options.prompt, output, interrupt.signal);
      for (const [index, made] of outputs.entries()) {
        await saveMade(client, made, numberedFile(options.out, index, outputs.length), output);
      }
    });
  } finally {
    interrupt.release();
    output.end();
  }
}

/** Fetches one output with its sidecar, saves both and tells where. */
export async function saveMade(client: CoreClient, made: JobOutput, file: string, output: Output): Promise<void> {
  await saveFile(file, await client.getAsset(made.asset.sha256));
  if (made.sidecar !== undefined) await saveFile(`${file}.c2pa`, await client.getAsset(made.sidecar.sha256));
  const models = made.record.models.map((model) => model.name).join(", ");
  output.tell(
    {
      event: "saved",
      file,
      sha256: made.asset.sha256,
      seed: made.seed,
      models: made.record.models.map(({ bundle }) => bundle),
    },
    `${file}  seed ${made.seed}  ${models}`,
  );
}
