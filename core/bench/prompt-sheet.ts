// Draws what the mesh pipeline makes of prompts, unselected, into a PNG, six in a row, and prints what each was made of:
//   npx tsx core/bench/prompt-sheet.ts sheet.png models/starter-mesh auto prompts.txt [texture size]
// prompts.txt has one prompt a line; the line's number is its seed. The picture shows the textures at the size that is asked for.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeImage } from "../src/formats/encode-image.ts";
import { createOrtSession } from "../src/inference/ort-session.ts";
import type { Model } from "../src/mesh/mesh.ts";
import { bundleFile, componentOf, type MeshBundle } from "../src/models/bundle.ts";
import { MeshDiffusionBundleSchema } from "../src/models/bundle-manifest.ts";
import { resolveMeshParams } from "../src/pipelines/mesh-params.ts";
import { generateMeshes } from "../src/pipelines/text-to-3d.ts";
import { LIMITS_DEFAULTS } from "../src/protocol/limits.ts";
import { drawSheet } from "./draw-sheet.ts";

const [file = "sheet.png", folder = "models/starter-mesh", source = "auto", list = "prompts.txt", size = "512"] =
  process.argv.slice(2);
const bytes = readFileSync(join(folder, "bundle.json"));
const bundle: MeshBundle = {
  manifest: MeshDiffusionBundleSchema.parse(JSON.parse(bytes.toString())),
  folder,
  manifest_sha256: createHash("sha256").update(bytes).digest("hex"),
};
const graphs = new Map<string, ReturnType<typeof createOrtSession>>();
const session = async (name: string) => {
  const component = componentOf(bundle, name);
  const options = { file: bundleFile(bundle, component.file), component, label: name, provider: "cpu", threads: 1 };
  const graph = graphs.get(name) ?? createOrtSession(options as Parameters<typeof createOrtSession>[0]);
  graphs.set(name, graph);
  return await graph;
};

const prompts = readFileSync(list, "utf8")
  .split("\n")
  .filter((line) => line.trim() !== "");
const models: Model[] = [];
for (const [seed, prompt] of prompts.entries()) {
  const request = { prompt, seed, source, texture_size: Number(size) };
  const params = resolveMeshParams(request, { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => 0 });
  const [mesh] = await generateMeshes(params, {
    bundle,
    sessions: { session },
    readAsset: () => Promise.reject(new Error("prompts name no assets")),
    signal: new AbortController().signal,
    onProgress: () => {},
    onPreview: () => {},
  });
  const [model] = mesh?.levels ?? [];
  if (model !== undefined) models.push(model);
  process.stdout.write(`${JSON.stringify({ prompt, ...mesh?.origin })}\n`);
}
writeFileSync(file, await encodeImage(drawSheet(models, 256, 6), { mime: "image/png", quality: 100 }));
