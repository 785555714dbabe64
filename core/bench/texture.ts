// Paints models that have texture coordinates of their own and measures what the texture pass promises:
//   npx tsx core/bench/texture.ts --models DIR [--bundle DIR] [--out DIR] [--only NAME] [--size 1024] [--view 512] [--strength 1] [--steps N] [--prompt TEXT] [--file GLB]
// DIR holds the models named below, CC0, with these paths under it. With --out: each painted GLB, and its turntable as PNG.
// One line a model: texels painted of those seen, views, colour step at borders between views (ΔE*ab, median and 95th percentile; in
// brackets the same between neighbours of one view), whether texture coordinates and all that was not painted are byte for byte as before,
// seconds, and of these CPU.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { encodeImage } from "../src/formats/encode-image.ts";
import { type GlbFile, readGlb } from "../src/formats/glb-file.ts";
import { createOrtSession, type LoadedGraph } from "../src/inference/ort-session.ts";
import { measureSeams, type SeamMeasures } from "../src/mesh/texturing/measure-seams.ts";
import { VIEW_SIDES } from "../src/mesh/texturing/plan-views.ts";
import { bundleFile, componentOf, type ImageBundle, isFor } from "../src/models/bundle.ts";
import { readBundle } from "../src/models/read-bundle.ts";
import { textureMesh } from "../src/pipelines/texture-mesh.ts";
import { resolveTextureParams } from "../src/pipelines/texture-params.ts";
import { LIMITS_DEFAULTS } from "../src/protocol/limits.ts";

const MODELS: readonly (readonly [file: string, prompt: string])[] = [
  ["polyhaven/wooden_bookshelf_worn_1k.glb", "a teal wooden bookshelf"],
  ["polyhaven/sofa_03_1k.glb", "a red sofa"],
  ["polyhaven/painted_wooden_stool_1k.glb", "a yellow wooden stool"],
  ["polyhaven/wooden_table_02_1k.glb", "a brown wooden table"],
  ["polyhaven/tea_set_01_1k.glb", "a blue tea set with gold rims"],
  ["polyhaven/painted_wooden_cabinet_1k.glb", "a green wooden cabinet"],
  ["polyhaven/painted_wooden_cabinet_02_1k.glb", "a cream wooden cabinet"],
  ["quaternius-fruit-characters-animated-2017/Avocado.glb", "a green avocado"],
  ["quaternius-rpg-asset-pack-2017/Scroll.glb", "a beige scroll"],
  ["quaternius-rpg-asset-pack-2017/Book.glb", "a navy book"],
];

const { values } = parseArgs({
  options: {
    models: { type: "string" },
    bundle: { type: "string", default: fileURLToPath(new URL("../../models/starter-image", import.meta.url)) },
    out: { type: "string" },
    only: { type: "string", default: "" },
    size: { type: "string", default: "1024" },
    strength: { type: "string", default: "1" },
    steps: { type: "string" },
    prompt: { type: "string" },
    file: { type: "string" },
    view: { type: "string" },
  },
});
if (values.models === undefined && values.file === undefined) {
  throw new Error("Give the folder of the models: --models DIR");
}
const bundle = await readBundle(values.bundle);
if (!isFor("image", bundle)) throw new Error(`${values.bundle} is no image bundle`);
const sessions = openSessions(bundle);
if (values.out !== undefined) mkdirSync(values.out, { recursive: true });

const chosen = values.file === undefined ? MODELS.filter(([file]) => file.includes(values.only)) : [[values.file, ""]];
for (const [file = "", prompt = ""] of chosen) {
  const bytes = readFileSync(values.file ?? join(values.models ?? "", file));
  const params = resolveTextureParams(
    {
      mesh: "0".repeat(64),
      prompt: values.prompt ?? prompt,
      seed: 1,
      texture_size: Number(values.size),
      strength: Number(values.strength),
      ...(values.view === undefined ? {} : { view_size: Number(values.view) }),
      ...(values.steps === undefined ? {} : { num_inference_steps: Number(values.steps) }),
    },
    { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => 1 },
  );
  let seams: SeamMeasures | undefined;
  let words = "";
  const name = basename(file, ".glb");
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const [made] = await textureMesh(
    params,
    {
      bundle,
      sessions,
      readAsset: async () => bytes,
      signal: new AbortController().signal,
      onProgress: () => {},
      onPreview: () => {},
    },
    ({ texels, paint, views }) => {
      seams = measureSeams(texels, paint);
      words = views.map((index) => VIEW_SIDES[index]?.words).join(", ");
    },
  );
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  if (made === undefined || seams === undefined) throw new Error("nothing was made");
  const { painted, views, warnings } = made.facts;
  const kept = compareFiles(readGlb(bytes), readGlb(made.bytes));
  console.log(
    `${name}: painted ${(painted * 100).toFixed(1)} %, ${views} views, ΔE ${seams.median.toFixed(2)} / ${seams.p95.toFixed(2)} (${seams.withinMedian.toFixed(2)} / ${seams.withinP95.toFixed(2)}) over ${seams.pairs} pairs, ${kept}, ${seconds.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s CPU`,
  );
  console.log(`  ${words}`);
  for (const warning of warnings) console.log(`  ! ${warning}`);
  if (values.out !== undefined) {
    writeFileSync(join(values.out, `${name}.glb`), made.bytes);
    await writeTurntable(made.bytes, join(values.out, `${name}.png`));
  }
}

/** Loads each graph once. */
function openSessions(from: ImageBundle) {
  const graphs = new Map<string, Promise<LoadedGraph>>();
  return {
    session: (name: string) => {
      const component = componentOf(from, name);
      const graph =
        graphs.get(name) ??
        createOrtSession({
          file: bundleFile(from, component.file),
          component,
          label: name,
          provider: "cpu",
          threads: 2,
        });
      graphs.set(name, graph);
      return graph;
    },
  };
}

/** Compares every accessor of a file with the painted one, byte for byte, and all JSON but what painting has to change. */
function compareFiles(before: GlbFile, after: GlbFile): string {
  const rows = (file: GlbFile, index: number) => {
    const accessor = file.json.accessors?.[index];
    const view = accessor?.bufferView === undefined ? undefined : file.json.bufferViews?.[accessor.bufferView];
    const start = view?.byteOffset ?? 0;
    return Buffer.from(file.binary.subarray(start, start + (view?.byteLength ?? 0)));
  };
  const count = before.json.accessors?.length ?? 0;
  for (let index = 0; index < count; index += 1) {
    if (!rows(before, index).equals(rows(after, index))) return `ACCESSOR ${index} DIFFERS`;
  }
  const rest = ({ json }: GlbFile) => {
    const { materials, textures, images, bufferViews, buffers, meshes, extensionsUsed, extensionsRequired, ...kept } =
      json;
    return JSON.stringify(kept);
  };
  return rest(before) === rest(after) ? "UVs and the rest byte-identical" : "JSON DIFFERS";
}

/** Reads the painted file anew and draws what it looks like. */
async function writeTurntable(bytes: Uint8Array, file: string): Promise<void> {
  const { drawPaintedFile } = await import("./draw-painted-file.ts");
  writeFileSync(file, await encodeImage(await drawPaintedFile(bytes, 320), { mime: "image/png", quality: 100 }));
}
