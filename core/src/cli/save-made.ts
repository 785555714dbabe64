import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { CoreClient } from "../client/core-client.ts";
import { makeFolder } from "../make-folder.ts";
import type { Output as JobOutput } from "../protocol/core-messages.ts";
import { CoreError } from "../protocol/errors.ts";
import { describeMeshOrigin, describeMeshShape, describeTexture } from "./describe-mesh.ts";
import type { Output } from "./output.ts";
import { saveFile } from "./save-output.ts";

/** Saves each output of a job as the file at the same place of the list, in folders that are made where they are missing. */
export async function saveAllMade(
  client: CoreClient,
  outputs: readonly JobOutput[],
  files: readonly string[],
  output: Output,
): Promise<void> {
  for (const [index, made] of outputs.entries()) {
    const file = files[index];
    if (file === undefined)
      throw new CoreError("INTERNAL", `The job made ${outputs.length} files, not ${files.length}.`);
    makeFolder(dirname(file));
    await saveMade(client, made, file, output);
  }
}

/** Fetches one output with its sidecar, saves both and tells where, and whether there was such a file that it took the place of. */
export async function saveMade(client: CoreClient, made: JobOutput, file: string, output: Output): Promise<void> {
  const replaced = existsSync(file);
  await saveFile(file, await client.getAsset(made.asset.sha256));
  if (made.sidecar !== undefined) await saveFile(`${file}.c2pa`, await client.getAsset(made.sidecar.sha256));
  const models = made.record.models.map((model) => model.name).join(", ");
  output.tell(
    {
      event: "saved",
      file,
      sha256: made.asset.sha256,
      seed: made.seed,
      ...(replaced ? { replaced } : {}),
      models: made.record.models.map(({ bundle }) => bundle),
      ...(made.mesh === undefined ? {} : { mesh: made.mesh }),
      ...(made.texture === undefined ? {} : { texture: made.texture }),
    },
    [
      `${file}${replaced ? " (replaced)" : ""}  seed ${made.seed}  ${models}`,
      ...meshLines(made).map((line) => `  ${line}`),
    ].join("\n"),
  );
}

function meshLines({ mesh, texture }: JobOutput): string[] {
  return [
    ...(mesh === undefined ? [] : [describeMeshOrigin(mesh), describeMeshShape(mesh)]),
    ...(texture === undefined ? [] : [describeTexture(texture)]),
  ];
}
