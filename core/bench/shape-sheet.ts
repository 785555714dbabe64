// Draws a sheet of all shape programs with drawn values into a PNG:
//   npx tsx core/bench/shape-sheet.ts sheet.png [seed] [category]
// With a category, 30 draws of that one.
import { writeFileSync } from "node:fs";
import { encodeImage } from "../src/formats/encode-image.ts";
import type { Model } from "../src/mesh/mesh.ts";
import { PROGRAMS } from "../src/mesh/programs/index.ts";
import { drawValues, findProgram, makeModel } from "../src/mesh/programs/make-model.ts";
import { rasterize } from "../src/mesh/rasterize.ts";

const [file = "sheet.png", seed = "1", category] = process.argv.slice(2);
const CELL = 240;
const COLUMNS = 6;

let state = Number(seed) >>> 0;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

const programs = category === undefined ? PROGRAMS : Array.from({ length: 30 }, () => findProgram(category));
const rows = Math.ceil(programs.length / COLUMNS);
const sheet = new Uint8Array(CELL * COLUMNS * CELL * rows * 3).fill(236);
programs.forEach((program, index) => {
  const model = makeModel(program.category, drawValues(program, random));
  const { colour } = rasterize(model, viewOf(model), { width: CELL, height: CELL, supersampling: 3 });
  const [left, top] = [(index % COLUMNS) * CELL, Math.floor(index / COLUMNS) * CELL];
  for (let y = 0; y < CELL; y += 1) {
    const row = colour.data.subarray(y * CELL * 3, (y + 1) * CELL * 3);
    sheet.set(row, ((top + y) * CELL * COLUMNS + left) * 3);
  }
});
const image = { width: CELL * COLUMNS, height: CELL * rows, channels: 3, data: sheet } as const;
writeFileSync(file, await encodeImage(image, { mime: "image/png", quality: 100 }));

/** From the front, the right and a little above; the whole model in sight. */
function viewOf(model: Model) {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const { mesh } of model.parts) {
    mesh.positions.forEach((value, at) => {
      low[at % 3] = Math.min(low[at % 3] as number, value);
      high[at % 3] = Math.max(high[at % 3] as number, value);
    });
  }
  const middle = [0, 1, 2].map((k) => ((low[k] as number) + (high[k] as number)) / 2) as [number, number, number];
  const reach = Math.hypot(...[0, 1, 2].map((k) => (high[k] as number) - (low[k] as number))) * 1.75;
  const direction = [0.52, 0.42, 0.74];
  const position = middle.map((value, k) => value + reach * (direction[k] as number)) as [number, number, number];
  return { position, target: middle, fovDegrees: 34 };
}
