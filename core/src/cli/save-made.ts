import type { CoreClient } from "../client/core-client.ts";
import type { Output as JobOutput } from "../protocol/core-messages.ts";
import { describeMeshOrigin, describeMeshShape, describeTexture } from "./describe-mesh.ts";
import type { Output } from "./output.ts";
import { saveFile } from "./save-output.ts";

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
      ...(made.mesh === undefined ? {} : { mesh: made.mesh }),
      ...(made.texture === undefined ? {} : { texture: made.texture }),
    },
    [`${file}  seed ${made.seed}  ${models}`, ...meshLines(made).map((line) => `  ${line}`)].join("\n"),
  );
}

function meshLines({ mesh, texture }: JobOutput): string[] {
  return [
    ...(mesh === undefined ? [] : [describeMeshOrigin(mesh), describeMeshShape(mesh)]),
    ...(texture === undefined ? [] : [describeTexture(texture)]),
  ];
}
