// Writes models of the shape programs with exact captions, as training data:
//   npx tsx core/bench/make-shapes.ts DIR [models of each category] [captions of each model] [first seed]
//
// DIR/shapes.jsonl, one model a line: `category`, `seed`, `captions`, `values`, `materials` ([red, green, blue sRGB,
// roughness, metallic], all in 0 to 1), `triangles`, `offset` (bytes into shapes.bin).
// DIR/shapes.bin, of each model: corners float32 [triangles, 3, 3], metres, +Y up, then the material of each triangle,
// uint32 [triangles]; little-endian.
// DIR/categories.json: [{`name`, `size_m`: least and greatest length of the longest side}].
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Model, triangleCount } from "../src/mesh/mesh.ts";
import { PROGRAMS } from "../src/mesh/programs/index.ts";
import { makeModel } from "../src/mesh/programs/make-model.ts";
import { linearToSrgb } from "../src/mesh/srgb.ts";
import { describeModel } from "../src/mesh/words/describe-model.ts";
import { drawModel } from "../src/mesh/words/draw-model.ts";

const [folder = "shapes", models = "100", captions = "6", first = "1"] = process.argv.slice(2);
const lines: string[] = [];
const blocks: Buffer[] = [];
let offset = 0;
for (const { category } of PROGRAMS) {
  for (let number = 0; number < Number(models); number += 1) {
    const seed = Number(first) + number;
    const drawn = drawModel(category, seed);
    if (drawn.category !== category) throw new Error(`The word "${category}" is read as ${drawn.category}.`);
    const model = makeModel(category, drawn.values);
    const triangles = model.parts.reduce((sum, { mesh }) => sum + triangleCount(mesh), 0);
    const said = Array.from({ length: Number(captions) }, (_, at) =>
      describeModel(category, drawn.values, seed * 64 + at),
    );
    const materials = model.materials.map(({ baseColour, roughness, metallic }) => [
      ...baseColour.map((value) => round(linearToSrgb(value))),
      round(roughness),
      round(metallic),
    ]);
    const { values } = drawn;
    lines.push(JSON.stringify({ category, seed, captions: [...new Set(said)], values, materials, triangles, offset }));
    blocks.push(cornersOf(model, triangles), materialsOf(model, triangles));
    offset += triangles * 40;
  }
}
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "shapes.bin"), Buffer.concat(blocks));
writeFileSync(join(folder, "shapes.jsonl"), `${lines.join("\n")}\n`);
const categories = PROGRAMS.map(({ category, size }) => ({ name: category, size_m: size }));
writeFileSync(join(folder, "categories.json"), `${JSON.stringify(categories, null, 1)}\n`);
process.stdout.write(`${lines.length} models, ${(offset / 1e6).toFixed(1)} MB\n`);

function cornersOf(model: Model, triangles: number): Buffer {
  const corners = new Float32Array(triangles * 9);
  let at = 0;
  for (const { mesh } of model.parts) {
    for (const index of mesh.indices) {
      corners.set(mesh.positions.subarray(index * 3, index * 3 + 3), at);
      at += 3;
    }
  }
  return Buffer.from(corners.buffer);
}

function materialsOf(model: Model, triangles: number): Buffer {
  const materials = new Uint32Array(triangles);
  let at = 0;
  for (const { mesh, material } of model.parts) {
    materials.fill(material, at, at + triangleCount(mesh));
    at += triangleCount(mesh);
  }
  return Buffer.from(materials.buffer);
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
