// Draws a sheet of all shape programs with drawn values into a PNG:
//   npx tsx core/bench/shape-sheet.ts sheet.png [seed] [category]
// With a category, 30 draws of that one.
import { writeFileSync } from "node:fs";
import { encodeImage } from "../src/formats/encode-image.ts";
import { PROGRAMS } from "../src/mesh/programs/index.ts";
import { drawValues, findProgram, makeModel } from "../src/mesh/programs/make-model.ts";
import { drawSheet } from "./draw-sheet.ts";

const [file = "sheet.png", seed = "1", category] = process.argv.slice(2);

let state = Number(seed) >>> 0;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

const programs = category === undefined ? PROGRAMS : Array.from({ length: 30 }, () => findProgram(category));
const models = programs.map((program) => makeModel(program.category, drawValues(program, random)));
writeFileSync(file, await encodeImage(drawSheet(models, 240, 6), { mime: "image/png", quality: 100 }));
