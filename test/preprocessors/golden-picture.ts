import { readFileSync } from "node:fs";
import { decodeImage } from "../../core/src/formats/decode-image.ts";
import type { FloatImage } from "../../core/src/tensor/image.ts";

/** Decodes a picture of test/golden/preprocessors. */
export function goldenPicture(name: string): Promise<FloatImage> {
  const bytes = readFileSync(new URL(`../golden/preprocessors/${name}.png`, import.meta.url));
  return decodeImage(bytes, { max_pixels: 1_000_000 });
}
