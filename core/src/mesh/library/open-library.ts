import type { RawImage } from "../../tensor/image.ts";
import type { Material, Mesh, Model, Part } from "../mesh.ts";
import { findModel, type LibraryMatch, makeNouns } from "./find-model.ts";
import { invalidLibrary, type LibraryEntry, type LibraryIndex, parseLibraryIndex } from "./library-index.ts";

/** Gives the pixels of a texture's file, sRGB, 3 channels. */
export type DecodeTexture = (bytes: Uint8Array, mime: string) => Promise<RawImage>;

/** Who made a model, and where it is from. */
export interface ModelSource {
  readonly author: string;
  /** SPDX. */
  readonly licence: string;
  /** Repository, commit and path. */
  readonly source: string;
}

/** Models of a bundle, found by words. */
export interface ModelLibrary {
  readonly entries: readonly LibraryEntry[];
  /** Kinds of things that it holds, with the usual length of the longest side, metres. */
  readonly nouns: LibraryIndex["nouns"];
  /** Gives the model nearest to a prompt; the seed chooses among equals. Undefined = no noun of the prompt is known. */
  find(prompt: string, seed: number): LibraryMatch | undefined;
  /** Gives a model, metres, standing on y = 0; a fresh copy of its geometry, textures shared. */
  load(entry: LibraryEntry): Promise<Model>;
  /** Gives who made a model. */
  sourceOf(entry: LibraryEntry): ModelSource;
}

const STEPS = 65_535;
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Opens a library of models.
 *
 * @param json library.json
 * @param data library.bin
 * @throws CoreError BUNDLE_INVALID if the two do not fit together
 */
export function openLibrary(json: string, data: Uint8Array, decodeTexture: DecodeTexture): ModelLibrary {
  const index = parseLibraryIndex(json);
  const positions = readBlock(data, index, "positions", "uint16", 3);
  const normals = readBlock(data, index, "normals", "int8", 3);
  const uvs = readBlock(data, index, "uvs", "uint16", 2);
  const indices = readBlock(data, index, "indices", "uint16", 3);
  const nouns = makeNouns(index);
  const textures = new Map<number, Promise<RawImage>>();

  const textureOf = (number: number): Promise<RawImage> => {
    const known = textures.get(number);
    if (known !== undefined) return known;
    const place = index.textures[number] as LibraryIndex["textures"][number];
    const decoded = decodeTexture(slice(data, place.offset_bytes, place.size, `texture ${number}`), place.mime);
    textures.set(number, decoded);
    return decoded;
  };

  const meshOf = (entry: LibraryEntry, part: LibraryEntry["parts"][number]): Mesh => {
    const { first_vertex: first, vertices, first_triangle, triangles, first_uv } = part;
    const quantised = rows(positions, first, vertices, 3, entry.id);
    const mesh = {
      positions: Float32Array.from(
        quantised,
        (value, at) => (entry.min[at % 3] as number) + (value / STEPS) * (entry.extent[at % 3] as number),
      ),
      indices: Uint32Array.from(rows(indices, first_triangle, triangles, 3, entry.id)),
      normals: unitRows(rows(normals, first, vertices, 3, entry.id)),
    };
    if (mesh.indices.some((vertex) => vertex >= vertices)) throw invalidLibrary(`${entry.id} names a missing vertex`);
    if (first_uv === undefined) return mesh;
    const flat = rows(uvs, first_uv, vertices, 2, entry.id);
    return { ...mesh, uvs: Float32Array.from(flat, (value) => value / STEPS) };
  };

  return {
    entries: index.models,
    nouns: index.nouns,
    find: (prompt, seed) => findModel(prompt, seed, index, nouns),
    async load(entry) {
      const numbers = [...new Set(entry.parts.map(({ material }) => material))];
      const materials = await Promise.all(
        numbers.map(async (number): Promise<Material> => {
          const known = index.materials[number] as LibraryIndex["materials"][number];
          return {
            name: known.name,
            baseColour: known.base_colour,
            roughness: known.roughness,
            metallic: known.metallic,
            ...(known.emissive !== undefined && { emissive: known.emissive }),
            ...(known.texture !== undefined && { baseColourTexture: await textureOf(known.texture) }),
          };
        }),
      );
      const parts = entry.parts.map(
        (part): Part => ({
          name: part.name,
          mesh: meshOf(entry, part),
          material: numbers.indexOf(part.material),
        }),
      );
      return { name: entry.name, parts, materials };
    },
    sourceOf(entry) {
      const { author, licence, repository, commit } = index.sources[entry.source] as LibraryIndex["sources"][number];
      return { author, licence, source: `${repository} at ${commit}, ${entry.path}` };
    },
  };
}

function slice(data: Uint8Array, offset: number, size: number, what: string): Uint8Array {
  if (offset + size > data.byteLength) throw invalidLibrary(`${what} lies outside of ${data.byteLength} bytes`);
  return data.subarray(offset, offset + size);
}

function readBlock(
  data: Uint8Array,
  { blocks }: LibraryIndex,
  name: keyof LibraryIndex["blocks"],
  dtype: "uint16" | "int8",
  width: number,
): Uint16Array | Int8Array {
  const { offset_bytes, shape, dtype: met } = blocks[name];
  const count = (shape[0] as number) * width;
  if (met !== dtype || shape[1] !== width)
    throw invalidLibrary(`block ${name} is ${met} [${shape}]; expected ${dtype} [n, ${width}]`);
  const bytes = slice(data, offset_bytes, count * (dtype === "uint16" ? 2 : 1), `block ${name}`);
  if (dtype === "int8") return new Int8Array(bytes.buffer, bytes.byteOffset, count);
  // The file's blocks start at even places; a buffer that does not, and a machine of the other byte order, want a copy.
  if (IS_LITTLE_ENDIAN && bytes.byteOffset % 2 === 0) return new Uint16Array(bytes.buffer, bytes.byteOffset, count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const copy = new Uint16Array(count);
  for (let at = 0; at < count; at += 1) copy[at] = view.getUint16(at * 2, true);
  return copy;
}

function rows(
  block: Uint16Array | Int8Array,
  first: number,
  count: number,
  width: number,
  id: string,
): Uint16Array | Int8Array {
  if ((first + count) * width > block.length) throw invalidLibrary(`${id} reaches beyond its blocks`);
  return block.subarray(first * width, (first + count) * width);
}

function unitRows(values: Uint16Array | Int8Array): Float32Array {
  const made = Float32Array.from(values);
  for (let at = 0; at < made.length; at += 3) {
    const length = Math.hypot(made[at] as number, made[at + 1] as number, made[at + 2] as number) || 1;
    for (let k = 0; k < 3; k += 1) made[at + k] = (made[at + k] as number) / length;
  }
  return made;
}
