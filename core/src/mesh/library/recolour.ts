import type { RawImage } from "../../tensor/image.ts";
import { COLOURS, type ColourName } from "../kit/materials.ts";
import type { LinearColour, Material, Model } from "../mesh.ts";
import { colourOfHex, linearToSrgbByte, srgbToLinear } from "../srgb.ts";
import { linearOfOklab, nameColour, oklabOf } from "./name-colour.ts";

type Lab = readonly [number, number, number];

/** Colours of this hue or nearer, degrees, are shades of the main one: a palette's gradient runs through several names. */
const SHADES_DEGREES = 32;
const PLAIN = 0.03;

/**
 * Gives a model whose colour of one name, with its shades, has become another; light and dark stay, textures keep their
 * pattern. Meshes are shared with the old model.
 */
export function recolour(model: Model, from: ColourName, to: ColourName): Model {
  const middle = middleOf(model, from);
  if (middle === undefined) return model;
  const target = oklabOf(colourOfHex(COLOURS[to]));
  const change = (colour: LinearColour): LinearColour => {
    const lab = oklabOf(colour);
    if (!isShade(lab, middle, nameColour(colour) === from)) return colour;
    const lightness = Math.min(0.97, Math.max(0.05, target[0] + 0.85 * (lab[0] - middle[0])));
    return linearOfOklab([lightness, target[1], target[2]]);
  };
  const textures = new Map<RawImage, Map<string, RawImage>>();
  const materials = model.materials.map((material): Material => {
    const { baseColourTexture } = material;
    if (baseColourTexture === undefined) return { ...material, baseColour: change(material.baseColour) };
    const factor = material.baseColour.join();
    const known = textures.get(baseColourTexture) ?? new Map<string, RawImage>();
    const painted = known.get(factor) ?? repaint(baseColourTexture, material.baseColour, change);
    textures.set(baseColourTexture, known.set(factor, painted));
    return { ...material, baseColour: [1, 1, 1], baseColourTexture: painted };
  });
  return { ...model, materials };
}

function isShade([lightness, a, b]: Lab, middle: Lab, isNamedSo: boolean): boolean {
  const [chroma, middleChroma] = [Math.hypot(a, b), Math.hypot(middle[1], middle[2])];
  if (middleChroma < PLAIN) return isNamedSo || (chroma < PLAIN && Math.abs(lightness - middle[0]) < 0.12);
  if (chroma < PLAIN) return isNamedSo;
  const turn = ((Math.atan2(b, a) - Math.atan2(middle[2], middle[1])) * 180) / Math.PI;
  return isNamedSo || Math.abs(((turn + 540) % 360) - 180) < SHADES_DEGREES;
}

/** Mean of the colour of that name over the surface, in OKLab. */
function middleOf(model: Model, name: ColourName): Lab | undefined {
  const sum = [0, 0, 0];
  let weight = 0;
  for (const { mesh, material } of model.parts) {
    const { baseColour, baseColourTexture } = model.materials[material] as Material;
    const { positions, indices, uvs } = mesh;
    for (let corner = 0; corner < indices.length; corner += 3) {
      const [a, b, c] = [0, 1, 2].map((k) => indices[corner + k] as number) as [number, number, number];
      const colour = colourAt(baseColour, baseColourTexture, uvs, [a, b, c]);
      if (nameColour(colour) !== name) continue;
      const area = areaOf(positions, a * 3, b * 3, c * 3);
      oklabOf(colour).forEach((value, k) => {
        sum[k] = (sum[k] as number) + value * area;
      });
      weight += area;
    }
  }
  return weight > 0 ? (sum.map((value) => value / weight) as unknown as Lab) : undefined;
}

function colourAt(
  factor: LinearColour,
  texture: RawImage | undefined,
  uvs: Float32Array | undefined,
  corners: readonly [number, number, number],
): LinearColour {
  if (texture === undefined || uvs === undefined) return factor;
  const mean = (k: number) => corners.reduce((sum, vertex) => sum + (uvs[vertex * 2 + k] as number), 0) / 3;
  const column = Math.min(texture.width - 1, Math.floor(mean(0) * texture.width));
  const row = Math.min(texture.height - 1, Math.floor(mean(1) * texture.height));
  const at = (row * texture.width + column) * texture.channels;
  return factor.map(
    (value, k) => value * srgbToLinear((texture.data[at + k] as number) / 255),
  ) as unknown as LinearColour;
}

function areaOf(positions: Float32Array, a: number, b: number, c: number): number {
  const edge = (to: number, k: number) => (positions[to + k] as number) - (positions[a + k] as number);
  const cross = (i: number, j: number) => edge(b, i) * edge(c, j) - edge(b, j) * edge(c, i);
  return Math.hypot(cross(1, 2), cross(2, 0), cross(0, 1)) / 2;
}

function repaint(texture: RawImage, factor: LinearColour, change: (colour: LinearColour) => LinearColour): RawImage {
  const { channels, data } = texture;
  const painted = data.slice();
  // Palettes repeat few colours: each is worked out once.
  const known = new Map<number, readonly number[]>();
  for (let at = 0; at < data.length; at += channels) {
    const key = ((data[at] as number) << 16) | ((data[at + 1] as number) << 8) | (data[at + 2] as number);
    let bytes = known.get(key);
    if (bytes === undefined) {
      const colour = factor.map((value, k) => value * srgbToLinear((data[at + k] as number) / 255));
      bytes = change(colour as unknown as LinearColour).map(linearToSrgbByte);
      known.set(key, bytes);
    }
    painted.set(bytes, at);
  }
  return { ...texture, data: painted };
}
