import { dirname } from "node:path";
import { makeFolder } from "../make-folder.ts";
import { followJob, interruptSignal } from "./follow-job.ts";
import { type GenerateImageOptions, paramsOfOptions } from "./image-request.ts";
import type { Output } from "./output.ts";
import { uploadFiles } from "./request-file.ts";
import { saveAllMade } from "./save-made.ts";
import { numberedFile } from "./save-output.ts";
import { type CoreChoice, withCore } from "./with-core.ts";

/** `genga generate image`: makes pictures, shows progress, saves the signed files. */
export async function generateImage(choice: CoreChoice, options: GenerateImageOptions, output: Output): Promise<void> {
  const named = await paramsOfOptions(options);
  makeFolder(dirname(options.out));
  const interrupt = interruptSignal();
  try {
    await withCore(choice, async (client) => {
      const params = await uploadFiles(client, "image", named, process.cwd());
      const { job_id } = await client.submit("image", params);
      const outputs = await followJob(client, job_id, options.prompt, output, interrupt.signal);
      const files = outputs.map((_, index) => numberedFile(options.out, index, outputs.length));
      await saveAllMade(client, outputs, files, output);
    });
  } finally {
    interrupt.release();
    output.end();
  }
}
