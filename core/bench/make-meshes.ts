// Makes meshes for models/training/mesh/evaluate.py through the pipeline of the core, in this process.
// First line of stdin: JSON with `bundle`, a folder, and `out`, a folder for GLB files. Each further line: `key`, a name for the file, and
// `params` of the task `mesh`. Answers a JSON line each: `file`, `origin`, `seed`, what was measured of the file, `ms`, `peak_mb` of this
// process so far; or `error`.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { validateBytes } from "gltf-validator";
import { z } from "zod";
import { createOrtSession } from "../src/inference/ort-session.ts";
import type { BundleSessions } from "../src/inference/session.ts";
import { countOpenEdges, measureModel } from "../src/mesh/measure-model.ts";
import { measureTopology } from "../src/mesh/measure-topology.ts";
import { measureUvs } from "../src/mesh/measure-uvs.ts";
import type { Model } from "../src/mesh/mesh.ts";
import { bundleFile, componentOf, isFor } from "../src/models/bundle.ts";
import { readBundle } from "../src/models/read-bundle.ts";
import { encodeMesh } from "../src/pipelines/encode-mesh.ts";
import { resolveMeshParams } from "../src/pipelines/mesh-params.ts";
import { generateMeshes } from "../src/pipelines/text-to-3d.ts";
import { LIMITS_DEFAULTS } from "../src/protocol/limits.ts";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const setup = z.object({ bundle: z.string(), out: z.string() }).parse(JSON.parse((await lines.next()).value ?? ""));
const bundle = await readBundle(setup.bundle);
if (!isFor("mesh", bundle)) throw new Error(`${setup.bundle} is a bundle for ${bundle.manifest.task}; expected mesh.`);
await mkdir(setup.out, { recursive: true });

const loaded = new Map<string, ReturnType<typeof createOrtSession>>();
const sessions: BundleSessions = {
  session(name) {
    const component = componentOf(bundle, name);
    const open = () =>
      createOrtSession({
        file: bundleFile(bundle, component.file),
        component,
        label: name,
        provider: "cpu",
        threads: 1,
      });
    const known = loaded.get(name) ?? open();
    loaded.set(name, known);
    return known;
  },
};

for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
  const { key, params: asked } = z.object({ key: z.string(), params: z.unknown() }).parse(JSON.parse(line.value));
  const start = performance.now();
  try {
    const params = resolveMeshParams(asked, { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => 0 });
    const signal = new AbortController().signal;
    const stages: Record<string, number> = {};
    let [stage, since] = ["", start];
    const [made] = await generateMeshes(params, {
      bundle,
      sessions,
      readAsset: () => Promise.reject(new Error("no assets here")),
      signal,
      onProgress(progress) {
        const now = performance.now();
        if (stage !== "") stages[stage] = Math.round((stages[stage] ?? 0) + now - since);
        [stage, since] = [progress.stage, now];
      },
      onPreview: () => undefined,
    });
    if (made === undefined) throw new Error("no mesh came out");
    const encoded = await encodeMesh(made, params, { prompt_privacy: false, signal });
    const ms = Math.round(performance.now() - start);
    const glb = encoded.files.find(({ format, lod }) => format === "glb" && lod === 0);
    if (glb === undefined) throw new Error("no GLB came out");
    const file = join(setup.out, `${key}.glb`);
    await writeFile(file, glb.bytes);
    const { issues } = await validateBytes(glb.bytes);
    print({
      file,
      origin: made.origin,
      seed: made.seed,
      ...measured(made.levels[0] as Model),
      levels: made.levels.slice(1).map((level, at) => ({ share: params.lods[at], ...measured(level) })),
      errors: issues.numErrors,
      warnings: issues.numWarnings,
      bytes: glb.bytes.length,
      ms,
      stages,
      peak_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    });
  } catch (error) {
    print({ error: error instanceof Error ? error.message : String(error) });
  }
}
for (const graph of loaded.values()) await (await graph).release();

function measured(model: Model) {
  const parts = model.parts.map(({ mesh }) => measureTopology(mesh));
  const { triangles, size, low } = measureModel(model);
  const uvs = measureUvs(model.parts.map(({ mesh }) => mesh));
  return {
    triangles,
    size_m: size,
    lowest_m: low[1],
    parts: parts.length,
    components: parts.reduce((sum, { components }) => sum + components, 0),
    // Parts may be closed each, or together: models of the library are cut where the material changes.
    watertight: parts.every(({ watertight }) => watertight) || countOpenEdges(model) === 0,
    manifold: parts.every(({ manifold }) => manifold),
    uv_overlapping: uvs.overlapping,
    uv_outside: uvs.outside,
  };
}

function print(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
