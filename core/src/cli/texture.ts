import { followJob, interruptSignal } from "./follow-job.ts";
import type { Output } from "./output.ts";
import { uploadFiles } from "./request-file.ts";
import { saveAllMade } from "./save-made.ts";
import { tellWarnings } from "./tell-warnings.ts";
import { type TextureOptions, textureParams } from "./texture-request.ts";
import { type CoreChoice, withCore } from "./with-core.ts";

/** `genga texture`: paints a GLB from a prompt, shows progress, saves the signed file. */
export async function texture(
  choice: CoreChoice,
  model: string,
  words: string | undefined,
  options: TextureOptions,
  output: Output,
): Promise<void> {
  const named = textureParams(model, words, options);
  const interrupt = interruptSignal();
  try {
    await withCore(choice, async (client) => {
      const params = await uploadFiles(client, "texture", named, process.cwd());
      const { job_id } = await client.submit("texture", params);
      const outputs = await followJob(client, job_id, String(named.prompt), output, interrupt.signal);
      await saveAllMade(client, outputs, [options.out], output);
      tellWarnings(
        outputs.flatMap((made) => made.texture?.warnings ?? []),
        output,
      );
    });
  } finally {
    interrupt.release();
    output.end();
  }
}
