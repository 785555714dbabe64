import { decodeTexture } from "../formats/decode-texture.ts";
import type { GlbFile } from "../formats/glb-file.ts";
import { linearToSrgb, srgbToLinear } from "../mesh/srgb.ts";
import type { PaintTexels } from "../mesh/texturing/paint-texels.ts";
import type { RawImage } from "../tensor/image.ts";
import type { TextureSurface } from "./texture-surface.ts";

/** What the surface looks like before it is painted, a row for each texel. */
export interface PresentLook {
  /** sRGB in [0, 1], [texels, 3]. */
  readonly colour: Float32Array;
  /** Opacity, 0 … 255, [texels]. */
  readonly alpha: Uint8Array;
  /** Textures (of the surface) whose material uses the opacity. */
  readonly withAlpha: ReadonlySet<number>;
}

/** Reads the base colour of each texel from the file's materials: factor × texture × the vertices' colours (glTF 2.0 §3.9.2). */
export async function readPresentLook(
  file: GlbFile,
  { surface, groups, order }: TextureSurface,
  texels: PaintTexels,
): Promise<PresentLook> {
  const { triangle, shares } = texels;
  const colour = new Float32Array(triangle.length * 3);
  const alpha = new Uint8Array(triangle.length).fill(255);
  const pictures = new Map<number, RawImage | undefined>();
  const looks = [];
  for (const { primitive } of order) {
    const material = primitive.material === undefined ? undefined : file.json.materials?.[primitive.material];
    const index = material?.pbrMetallicRoughness?.baseColorTexture?.index;
    if (index !== undefined && !pictures.has(index)) pictures.set(index, await decodeTexture(file, index));
    const factor = material?.pbrMetallicRoughness?.baseColorFactor ?? [1, 1, 1, 1];
    looks.push({ factor, picture: index === undefined ? undefined : pictures.get(index) });
  }
  const entryOf = new Uint32Array(surface.texture.length);
  for (const [entry, { primitive, first }] of order.entries()) {
    entryOf.fill(entry, first, first + primitive.indices.length / 3);
  }
  for (let row = 0; row < triangle.length; row += 1) {
    const entry = entryOf[triangle[row] as number] as number;
    const { primitive, first } = order[entry] as (typeof order)[number];
    const { factor, picture } = looks[entry] as (typeof looks)[number];
    const corner = ((triangle[row] as number) - first) * 3;
    const [ka, kb] = [shares[row * 2] as number, shares[row * 2 + 1] as number];
    const mix = (data: Float32Array, width: number, k: number) =>
      ka * (data[(primitive.indices[corner] as number) * width + k] as number) +
      kb * (data[(primitive.indices[corner + 1] as number) * width + k] as number) +
      (1 - ka - kb) * (data[(primitive.indices[corner + 2] as number) * width + k] as number);
    let texel = -1;
    if (picture !== undefined && primitive.lookUvs !== undefined) {
      const at = (value: number, side: number) => Math.min(side - 1, Math.floor((value - Math.floor(value)) * side));
      const x = at(mix(primitive.lookUvs, 2, 0), picture.width);
      const y = at(mix(primitive.lookUvs, 2, 1), picture.height);
      texel = (y * picture.width + x) * 4;
    }
    for (let k = 0; k < 3; k += 1) {
      const painted = texel < 0 || picture === undefined ? 1 : srgbToLinear((picture.data[texel + k] as number) / 255);
      const vertex = primitive.colours === undefined ? 1 : mix(primitive.colours, 3, k);
      colour[row * 3 + k] = linearToSrgb(Math.min(1, (factor[k] as number) * painted * vertex));
    }
    if (texel >= 0 && picture !== undefined) alpha[row] = picture.data[texel + 3] as number;
  }
  const withAlpha = new Set(
    groups.flatMap(({ primitives: [first] }, index) => {
      const mode = first?.material === undefined ? "OPAQUE" : file.json.materials?.[first.material]?.alphaMode;
      return mode === "MASK" || mode === "BLEND" ? [index] : [];
    }),
  );
  return { colour, alpha, withAlpha };
}
