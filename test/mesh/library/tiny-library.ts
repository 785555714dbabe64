import { readFileSync } from "node:fs";
import { decodeImage } from "../../../core/src/formats/decode-image.ts";
import { type ModelLibrary, openLibrary } from "../../../core/src/mesh/library/open-library.ts";

const FOLDER = "models/tiny-random-mesh";

/** library.json of the tiny bundle: ten models. */
export const TINY_INDEX = readFileSync(`${FOLDER}/library.json`, "utf8");
/** library.bin of the tiny bundle. */
export const TINY_DATA = new Uint8Array(readFileSync(`${FOLDER}/library.bin`));

/** Opens the library of the tiny bundle. */
export function tinyLibrary(): ModelLibrary {
  return openLibrary(TINY_INDEX, TINY_DATA, async (bytes) => {
    const { width, height, channels, data } = await decodeImage(bytes, { max_pixels: 2 ** 22 });
    return { width, height, channels, data: Uint8Array.from(data, (value) => Math.round(value * 255)) };
  });
}
