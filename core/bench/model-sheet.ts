// Draws GLB files side by side into a PNG, row by row:
//   npx tsx core/bench/model-sheet.ts sheet.png CELL COLUMNS < list of files, one a line
import { readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { encodeImage } from "../src/formats/encode-image.ts";
import { decodeMeshGlb } from "../src/formats/mesh-glb.ts";
import type { Model } from "../src/mesh/mesh.ts";
import { drawSheet } from "./draw-sheet.ts";

const [file = "sheet.png", cell = "160", columns = "8"] = process.argv.slice(2);
const names = (await text(process.stdin)).split("\n").filter(Boolean);
const models: Model[] = [];
for (const name of names) models.push(await decodeMeshGlb(await readFile(name)));
const image = drawSheet(models, Number(cell), Number(columns));
await writeFile(file, await encodeImage(image, { mime: "image/png", quality: 100 }));
