import { CoreError } from "../protocol/errors.ts";

const MAGIC = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;
const BINARY_CHUNK = 0x004e4942;

/** A reference to a texture (glTF 2.0 §5.30). */
export interface TextureInfoJson {
  index: number;
  texCoord?: number;
  extensions?: Record<string, unknown>;
}

/** The fields of a material that are read here; all others are kept as they are. */
export interface MaterialJson {
  name?: string;
  doubleSided?: boolean;
  alphaMode?: string;
  pbrMetallicRoughness?: {
    baseColorFactor?: number[];
    baseColorTexture?: TextureInfoJson;
    metallicFactor?: number;
    roughnessFactor?: number;
    metallicRoughnessTexture?: TextureInfoJson;
  };
  extensions?: Record<string, unknown>;
}

/** The fields of a primitive that are read here. */
export interface PrimitiveJson {
  attributes: Record<string, number>;
  indices?: number;
  material?: number;
  mode?: number;
  targets?: Record<string, number>[];
  extensions?: Record<string, unknown>;
}

/** The fields of an accessor that are read here. */
export interface AccessorJson {
  bufferView?: number;
  byteOffset?: number;
  componentType: number;
  count: number;
  type: string;
  sparse?: unknown;
}

/** The fields of glTF's JSON that are read here (glTF 2.0 §5); all others are kept as they are. */
export interface GltfJson {
  asset: { version?: string };
  scene?: number;
  scenes?: { nodes?: number[] }[];
  nodes?: { name?: string; mesh?: number; children?: number[] }[];
  meshes?: { name?: string; primitives: PrimitiveJson[] }[];
  materials?: MaterialJson[];
  textures?: { sampler?: number; source?: number; name?: string; extensions?: Record<string, unknown> }[];
  images?: { name?: string; uri?: string; mimeType?: string; bufferView?: number }[];
  accessors?: AccessorJson[];
  bufferViews?: { buffer: number; byteOffset?: number; byteLength: number; byteStride?: number; target?: number }[];
  buffers?: { uri?: string; byteLength: number }[];
  extensionsUsed?: string[];
  extensionsRequired?: string[];
}

/** A glTF binary, apart. */
export interface GlbFile {
  readonly json: GltfJson;
  readonly binary: Uint8Array;
}

/**
 * Takes a glTF binary apart.
 *
 * @throws CoreError ASSET_UNREADABLE if it is no GLB of version 2, is cut short, is compressed, or needs other files
 */
export function readGlb(bytes: Uint8Array): GlbFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 20 || view.getUint32(0, true) !== MAGIC) {
    throw unreadable(`The file of ${bytes.length} bytes is no GLB`, "Export it as glTF 2.0 binary (.glb).");
  }
  const version = view.getUint32(4, true);
  if (version !== 2) throw unreadable(`The GLB has version ${version}`, "Export it as glTF 2.0 binary (.glb).");
  const length = view.getUint32(8, true);
  if (length > bytes.length) {
    throw unreadable(`The GLB says that it has ${length} bytes, and has ${bytes.length}`, "Send the whole file.");
  }
  let json: GltfJson | undefined;
  let binary: Uint8Array = new Uint8Array(0);
  for (let at = 12; at + 8 <= length; ) {
    const size = view.getUint32(at, true);
    const type = view.getUint32(at + 4, true);
    if (at + 8 + size > length) throw unreadable("A chunk of the GLB is cut short", "Export the file again.");
    const chunk = bytes.subarray(at + 8, at + 8 + size);
    if (type === JSON_CHUNK && json === undefined) json = parseJson(chunk);
    else if (type === BINARY_CHUNK && binary.length === 0) binary = chunk;
    at += 8 + size + ((4 - (size % 4)) % 4);
  }
  if (json === undefined) throw unreadable("The GLB has no JSON chunk", "Export the file again.");
  const compression = [...(json.extensionsRequired ?? []), ...(json.extensionsUsed ?? [])].find((name) =>
    ["KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression"].includes(name),
  );
  if (compression !== undefined) {
    throw unreadable(
      `The GLB is compressed with ${compression}`,
      "Export it without compression; in Blender switch Data > Compression off.",
    );
  }
  if ((json.buffers?.length ?? 0) > 1 || json.buffers?.[0]?.uri !== undefined) {
    throw unreadable("The GLB keeps its data in other files", "Export it as one file with everything in it.");
  }
  return { json, binary };
}

/** Puts a glTF binary together. The JSON's one buffer gets the binary's length. */
export function writeGlb({ json, binary }: GlbFile): Uint8Array {
  const whole =
    binary.length === 0 ? json : { ...json, buffers: [{ ...json.buffers?.[0], byteLength: binary.length }] };
  const text = Buffer.from(JSON.stringify(whole), "utf8");
  const [jsonSize, binarySize] = [padded(text.length), padded(binary.length)];
  const size = 12 + 8 + jsonSize + (binarySize > 0 ? 8 + binarySize : 0);
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  [MAGIC, 2, size, jsonSize, JSON_CHUNK].forEach((value, index) => {
    view.setUint32(index * 4, value, true);
  });
  out.fill(0x20, 20, 20 + jsonSize);
  out.set(text, 20);
  if (binarySize > 0) {
    view.setUint32(20 + jsonSize, binarySize, true);
    view.setUint32(24 + jsonSize, BINARY_CHUNK, true);
    out.set(binary, 28 + jsonSize);
  }
  return out;
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

function parseJson(chunk: Uint8Array): GltfJson {
  try {
    const json: unknown = JSON.parse(Buffer.from(chunk).toString("utf8"));
    if (typeof json === "object" && json !== null && "asset" in json) return json as GltfJson;
  } catch (cause) {
    throw unreadable("The JSON of the GLB cannot be read", "Export the file again.", cause);
  }
  throw unreadable("The JSON of the GLB has no asset", "Export the file again.");
}

function unreadable(problem: string, remedy: string, cause?: unknown): CoreError {
  return new CoreError("ASSET_UNREADABLE", `${problem}; expected a whole glTF 2.0 binary without compression.`, {
    remedy,
    cause,
  });
}
