import { readFile } from "node:fs/promises";
import { decodeImage } from "../formats/decode-image.ts";
import { bakeTextures } from "../mesh/bake.ts";
import type { LibraryMatch } from "../mesh/library/find-model.ts";
import { type ModelLibrary, openLibrary } from "../mesh/library/open-library.ts";
import { recolour } from "../mesh/library/recolour.ts";
import { measureModel } from "../mesh/measure-model.ts";
import type { Material, Model } from "../mesh/mesh.ts";
import { sampleTexture } from "../mesh/sample-texture.ts";
import { simplifyModel } from "../mesh/simplify-model.ts";
import { standModel } from "../mesh/stand-model.ts";
import { stretchModel } from "../mesh/stretch-model.ts";
import { mixCorners } from "../mesh/texels.ts";
import { unwrapModel } from "../mesh/unwrap-model.ts";
import { randomOf } from "../mesh/words/random.ts";
import { bundleFile, type MeshBundle } from "../models/bundle.ts";
import { CoreError } from "../protocol/errors.ts";
import type { MeshOrigin } from "../protocol/mesh.ts";
import type { RawImage } from "../tensor/image.ts";
import type { ResolvedMeshParams } from "./mesh-params.ts";
import type { MeshProgress, MeshStage } from "./mesh-progress.ts";

/** A library's answer to a prompt, before its model is loaded. */
export interface LibraryPlan {
  readonly library: ModelLibrary;
  readonly match: LibraryMatch;
  /** All but the reason why this source was taken. */
  readonly origin: Omit<MeshOrigin, "reason" | "source">;
}

/** Kinds of things that a warning names at most. */
const MOST_NAMED = 12;
/** A texture of 4096². */
const MAX_PIXELS = 4096 * 4096;

/** Libraries that are open: each is as large as its files. */
const opened = new WeakMap<MeshBundle, Promise<ModelLibrary>>();

/**
 * Opens the models of a bundle, once; undefined for a bundle without.
 *
 * @throws CoreError BUNDLE_INVALID if its files are missing or wrong
 */
export async function openBundleLibrary(bundle: MeshBundle): Promise<ModelLibrary | undefined> {
  const known = opened.get(bundle);
  if (known !== undefined || bundle.manifest.mesh_diffusion.library === undefined) return known;
  const library = readLibrary(bundle, bundle.manifest.mesh_diffusion.library);
  opened.set(bundle, library);
  // One that cannot be read is tried again: its files may have been mended.
  library.catch(() => opened.delete(bundle));
  return library;
}

async function readLibrary(
  bundle: MeshBundle,
  library: NonNullable<MeshBundle["manifest"]["mesh_diffusion"]["library"]>,
): Promise<ModelLibrary> {
  const read = (file: string) =>
    readFile(bundleFile(bundle, file)).catch((cause: unknown) => {
      throw new CoreError("BUNDLE_INVALID", `Bundle "${bundle.manifest.id}": ${file} cannot be read.`, {
        remedy: "Install the bundle again.",
        cause,
      });
    });
  const [json, data] = await Promise.all([read(library.index.file), read(library.data.file)]);
  return openLibrary(json.toString("utf8"), data, decodeTexture);
}

async function decodeTexture(bytes: Uint8Array): Promise<RawImage> {
  const { width, height, channels, data } = await decodeImage(bytes, { max_pixels: MAX_PIXELS });
  const made = new Uint8Array(width * height * 3);
  for (let at = 0; at < made.length; at += 1)
    made[at] = Math.round((data[channels === 3 ? at : Math.floor(at / 3)] as number) * 255);
  return { width, height, channels: 3, data: made };
}

/**
 * Finds the model for a prompt.
 *
 * @param forced whether a model is wanted even if no word names one: then one is drawn by the seed, with a warning
 */
export function planLibrary(
  prompt: string,
  seed: number,
  library: ModelLibrary,
  forced: boolean,
): LibraryPlan | undefined {
  const match = library.find(prompt, seed) ?? (forced ? anyModel(library, seed) : undefined);
  if (match === undefined) return undefined;
  const { entry, score, unused, insteadOf } = match;
  const words = unused.map((word) => `"${word}"`).join(", ");
  const useless = unused.length === 0 ? [] : [`The library's model "${entry.name}" has no use for ${words}.`];
  const warnings =
    score === 0
      ? [unknownThing(library, `Took one drawn by the seed: ${entry.name}.`)]
      : insteadOf === undefined
        ? useless
        : [unknownThing(library, `Nearest to "${insteadOf}" is: ${entry.name}.`), ...useless];
  const { author, licence, source } = library.sourceOf(entry);
  const model = { id: entry.id, name: entry.name, author, licence, source, sha256: entry.sha256, changes: [] };
  return { library, match, origin: { category: entry.noun, confidence: score, model, warnings } };
}

function anyModel({ entries }: ModelLibrary, seed: number): LibraryMatch | undefined {
  const entry = entries[Math.floor(randomOf(seed, "any model")() * entries.length)];
  return entry && { entry, score: 0, size_m: entry.size_m, stretch: [1, 1, 1], unused: [] };
}

function unknownThing({ nouns }: ModelLibrary, taken: string): string {
  const known = Object.keys(nouns);
  const more = known.length > MOST_NAMED ? ` and ${known.length - MOST_NAMED} more` : "";
  return `The words name nothing that the library holds; it holds: ${known.slice(0, MOST_NAMED).join(", ")}${more}. ${taken}`;
}

/** Stages of a model of the library. */
export const LIBRARY_STAGES: readonly MeshStage[] = [
  ["shape", 1],
  ["simplify", 1],
  ["unwrap", 2],
  ["bake", 2],
];

/** A model of the library, made fit for the request. */
export interface LibraryModelMade {
  readonly model: Model;
  readonly changes: string[];
}

/**
 * Loads a model, recolours and stretches it as the words ask, brings it to the budget and gives it texture coordinates and a base colour
 * texture of its own: those of packs point into palettes that hundreds of models share, where nothing can be painted.
 *
 * @throws CoreError BUNDLE_INVALID
 */
export async function makeFromLibrary(
  { target_triangles, texture_size, size_m }: ResolvedMeshParams,
  { library, match }: LibraryPlan,
  progress: MeshProgress,
): Promise<LibraryModelMade> {
  const { entry, stretch } = match;
  await progress.at("shape", 0);
  // It is scaled once more below; the record tells what came of both.
  const changes = entry.changes.filter((change) => !change.startsWith("scaled"));
  let model = await library.load(entry);
  if (match.recolour !== undefined) {
    const { from, to } = match.recolour;
    model = recolour(model, from, to);
    changes.push(`recoloured from ${from} to ${to}`);
  }
  const before = Math.max(...measureModel(model).size);
  if (stretch.some((factor) => factor !== 1)) {
    model = stretchModel(model, stretch);
    changes.push(`stretched by ${stretch.join(", ")} along x, y, z`);
  }
  const grown = Math.max(...measureModel(model).size) / (before || 1);
  await progress.at("simplify", 0);
  const { triangles } = measureModel(model);
  if (triangles > target_triangles) {
    model = simplifyModel(model, target_triangles);
    changes.push(`simplified from ${triangles} triangles`);
  }
  const longest = size_m ?? match.size_m * grown;
  model = standModel(model, longest);
  changes.push(`scaled to ${Number(longest.toPrecision(3))} m`);
  await progress.at("unwrap", 0);
  const unwrapped = unwrapModel(model, { textureSize: texture_size });
  changes.push("unwrapped, colours baked into one texture");
  await progress.at("bake", 0);
  model = await bakeOldLook(unwrapped.model, unwrapped.oldUvs, texture_size);
  return { model: { ...model, name: entry.noun }, changes };
}

/** Bakes factors and old textures into one base colour texture; roughness, metalness and light stay factors of their materials. */
async function bakeOldLook(
  model: Model,
  oldUvs: readonly (Float32Array | undefined)[],
  textureSize: number,
): Promise<Model> {
  const meshes = model.parts.map(({ mesh }) => mesh);
  const materialOf = (part: number) => model.materials[model.parts[part]?.material ?? 0] as Material;
  const { baseColourTexture } = await bakeTextures(meshes, textureSize, ({ mesh, corners, shares }) => {
    const { baseColour, baseColourTexture: texture } = materialOf(mesh);
    const uvs = oldUvs[mesh];
    if (texture === undefined || uvs === undefined)
      return { baseColour: Float32Array.from({ length: corners.length * 3 }, (_, at) => baseColour[at % 3] as number) };
    const old = mixCorners(uvs, 2, meshes[mesh]?.indices ?? new Uint32Array(), corners, shares);
    return { baseColour: sampleTexture(texture, old).map((value, at) => value * (baseColour[at % 3] as number)) };
  });
  const materials = model.materials.map(
    (material): Material => ({
      ...material,
      baseColour: [1, 1, 1],
      ...(baseColourTexture !== undefined && { baseColourTexture }),
    }),
  );
  return { ...model, materials };
}
