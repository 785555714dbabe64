import type { Document, GLTF, Material as GltfMaterial, Node, Primitive, Texture } from "@gltf-transform/core";
import type { Material, Mesh, Model, Part } from "../mesh/mesh.ts";
import { CoreError } from "../protocol/errors.ts";
import type { TextureMime } from "../protocol/mesh.ts";
import type { RawImage } from "../tensor/image.ts";
import { decodeImage } from "./decode-image.ts";
import { encodeImage } from "./encode-image.ts";

/** Options of {@link encodeMeshGlb}. */
export interface MeshGlbOptions {
  /** Media type of the textures; lossless both. image/webp needs EXT_texture_webp of whoever reads the file. */
  texture_mime?: TextureMime;
  /** Facts that travel in the root node's `extras`, plain JSON. */
  extras?: Record<string, unknown>;
}

/**
 * Encodes a model as glTF 2.0 binary: one root node of the model's name, one node, mesh and primitive a part; a texture that several
 * materials share is written once. Metres, +Y up, as glTF wants.
 */
export async function encodeMeshGlb(model: Model, options: MeshGlbOptions = {}): Promise<Uint8Array> {
  // Loaded with the first file: nothing else of the core needs it.
  const { Document, NodeIO } = await import("@gltf-transform/core");
  const document = new Document();
  document.getRoot().getAsset().generator = "Genga";
  document.createBuffer();
  const mime = options.texture_mime ?? "image/png";
  const io = new NodeIO();
  if (mime === "image/webp" && model.materials.some(hasTexture)) {
    const { EXTTextureWebP } = await import("@gltf-transform/extensions");
    document.createExtension(EXTTextureWebP).setRequired(true);
    io.registerExtensions([EXTTextureWebP]);
  }
  const textures = new Textures(document, model.name, mime);
  const materials: GltfMaterial[] = [];
  for (const material of model.materials) materials.push(await addMaterial(document, material, textures));
  const root = document.createNode(model.name);
  if (options.extras !== undefined) root.setExtras(options.extras);
  for (const part of model.parts) {
    if (part.mesh.indices.length === 0) continue;
    const primitive = addPrimitive(document, part.mesh, materials[part.material]);
    root.addChild(document.createNode(part.name).setMesh(document.createMesh(part.name).addPrimitive(primitive)));
  }
  const scene = document.createScene(model.name).addChild(root);
  document.getRoot().setDefaultScene(scene);
  return await io.writeBinary(document);
}

function hasTexture({ baseColourTexture, metallicRoughnessTexture, normalTexture }: Material): boolean {
  return [baseColourTexture, metallicRoughnessTexture, normalTexture].some((texture) => texture !== undefined);
}

/** Textures of a document, one for each picture. */
class Textures {
  readonly #document: Document;
  readonly #name: string;
  readonly #mime: TextureMime;
  readonly #known = new Map<RawImage, Texture>();

  constructor(document: Document, name: string, mime: TextureMime) {
    this.#document = document;
    this.#name = name;
    this.#mime = mime;
  }

  async of(image: RawImage | undefined, use: string): Promise<Texture | null> {
    if (image === undefined) return null;
    const known = this.#known.get(image);
    if (known !== undefined) return known;
    const bytes = await encodeImage(image, { mime: this.#mime, quality: 100 });
    const texture = this.#document
      .createTexture(`${this.#name} ${use}`)
      .setMimeType(this.#mime)
      .setImage(new Uint8Array(bytes));
    this.#known.set(image, texture);
    return texture;
  }
}

async function addMaterial(document: Document, material: Material, textures: Textures): Promise<GltfMaterial> {
  const made = document
    .createMaterial(material.name)
    .setBaseColorFactor([...material.baseColour, 1])
    .setRoughnessFactor(material.roughness)
    .setMetallicFactor(material.metallic)
    .setEmissiveFactor([...(material.emissive ?? ([0, 0, 0] as const))]);
  made.setBaseColorTexture(await textures.of(material.baseColourTexture, "base colour"));
  made.setMetallicRoughnessTexture(await textures.of(material.metallicRoughnessTexture, "metallic roughness"));
  made.setNormalTexture(await textures.of(material.normalTexture, "normal"));
  return made;
}

function addPrimitive(document: Document, mesh: Mesh, material: GltfMaterial | undefined): Primitive {
  const [buffer = null] = document.getRoot().listBuffers();
  const accessor = (type: GLTF.AccessorType, array: Float32Array | Uint32Array | Uint16Array) =>
    document.createAccessor().setType(type).setArray(array.slice()).setBuffer(buffer);
  const vertices = mesh.positions.length / 3;
  // 65535 restarts a primitive in some programs' interfaces; glTF forbids it as an index of 16 bits.
  const indices = vertices < 65535 ? Uint16Array.from(mesh.indices) : mesh.indices;
  const primitive = document
    .createPrimitive()
    .setAttribute("POSITION", accessor("VEC3", mesh.positions))
    .setIndices(accessor("SCALAR", indices));
  if (mesh.normals !== undefined) primitive.setAttribute("NORMAL", accessor("VEC3", mesh.normals));
  if (mesh.uvs !== undefined) primitive.setAttribute("TEXCOORD_0", accessor("VEC2", mesh.uvs));
  if (mesh.tangents !== undefined) primitive.setAttribute("TANGENT", accessor("VEC4", mesh.tangents));
  if (material !== undefined) primitive.setMaterial(material);
  return primitive;
}

/**
 * Reads the meshes of a GLB's scene (its default one, else the first), placed by their nodes, one part for each primitive of
 * triangles. Animation, skins, cameras and lights are left out; textures of base colour, metallic-roughness and normals are kept.
 *
 * @throws CoreError ASSET_UNREADABLE if it is no GLB, needs an extension that is not supported, or has no triangles
 */
export async function decodeMeshGlb(bytes: Uint8Array): Promise<Model> {
  const { Logger, NodeIO, Primitive, Verbosity } = await import("@gltf-transform/core");
  let document: Document;
  try {
    const { EXTTextureWebP, KHRMeshQuantization } = await import("@gltf-transform/extensions");
    document = await new NodeIO()
      // Extensions that a file can do without are nothing to complain of.
      .setLogger(new Logger(Verbosity.ERROR))
      .registerExtensions([EXTTextureWebP, KHRMeshQuantization])
      .readBinary(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CoreError("ASSET_UNREADABLE", `The file is no GLB that can be read: ${reason}`, {
      remedy: "Export it as glTF 2.0 binary without compression (no Draco, no meshopt).",
      cause,
    });
  }
  const root = document.getRoot();
  const scene = root.getDefaultScene() ?? root.listScenes()[0];
  const materials = await Promise.all(root.listMaterials().map(readMaterial));
  materials.push({ name: "default", baseColour: [1, 1, 1], roughness: 1, metallic: 1 });
  const parts: Part[] = [];
  const visit = (node: Node) => {
    for (const primitive of node.getMesh()?.listPrimitives() ?? []) {
      if (primitive.getMode() !== Primitive.Mode.TRIANGLES) continue;
      const mesh = readPrimitive(primitive, node.getWorldMatrix());
      const used = primitive.getMaterial();
      const material = used === null ? materials.length - 1 : root.listMaterials().indexOf(used);
      if (mesh !== undefined)
        parts.push({ name: node.getName() || node.getMesh()?.getName() || "part", mesh, material });
    }
    for (const child of node.listChildren()) visit(child);
  };
  for (const node of scene?.listChildren() ?? []) visit(node);
  if (parts.length === 0) {
    throw new CoreError("ASSET_UNREADABLE", "The GLB has no triangles; expected a scene with at least one mesh.", {
      remedy: "Export the object with its mesh, as triangles.",
    });
  }
  return { name: scene?.getName() || (parts[0]?.name ?? "model"), parts, materials };
}

/** A texture of 8192². */
const MAX_TEXTURE_PIXELS = 8192 * 8192;

async function readMaterial(material: GltfMaterial): Promise<Material> {
  const read = async (texture: Texture | null): Promise<RawImage | undefined> => {
    const image = texture?.getImage();
    if (image === null || image === undefined) return undefined;
    const { width, height, channels, data } = await decodeImage(image, { max_pixels: MAX_TEXTURE_PIXELS });
    // Grey files become colour: a material's textures have three channels here.
    const at = (index: number) => (channels === 3 ? index : Math.floor(index / 3));
    const bytes = Uint8Array.from({ length: width * height * 3 }, (_, index) =>
      Math.round((data[at(index)] as number) * 255),
    );
    return { width, height, channels: 3, data: bytes };
  };
  const [red = 1, green = 1, blue = 1] = material.getBaseColorFactor();
  const [emissiveRed = 0, emissiveGreen = 0, emissiveBlue = 0] = material.getEmissiveFactor();
  const baseColourTexture = await read(material.getBaseColorTexture());
  const metallicRoughnessTexture = await read(material.getMetallicRoughnessTexture());
  const normalTexture = await read(material.getNormalTexture());
  return {
    name: material.getName() || "material",
    baseColour: [red, green, blue],
    roughness: material.getRoughnessFactor(),
    metallic: material.getMetallicFactor(),
    ...(emissiveRed + emissiveGreen + emissiveBlue > 0 && { emissive: [emissiveRed, emissiveGreen, emissiveBlue] }),
    ...(baseColourTexture !== undefined && { baseColourTexture }),
    ...(metallicRoughnessTexture !== undefined && { metallicRoughnessTexture }),
    ...(normalTexture !== undefined && { normalTexture }),
  };
}

/** Gives a primitive's triangles in the scene's space; nothing where it has no positions or no triangle. */
function readPrimitive(primitive: Primitive, matrix: readonly number[]): Mesh | undefined {
  const positions = floatsOf(primitive, "POSITION", 3);
  if (positions === undefined) return undefined;
  const listed = primitive.getIndices()?.getArray();
  const indices = listed ? Uint32Array.from(listed) : Uint32Array.from({ length: positions.length / 3 }, (_, at) => at);
  const whole = indices.subarray(0, indices.length - (indices.length % 3));
  if (whole.length === 0) return undefined;
  if (whole.some((vertex) => vertex >= positions.length / 3)) {
    throw new CoreError(
      "ASSET_UNREADABLE",
      "The GLB names a vertex that it does not have; expected indices below the number of positions.",
      {
        remedy: "Export the file again.",
      },
    );
  }
  const m = (row: number, column: number) => matrix[column * 4 + row] as number;
  const cofactors = [0, 1, 2].map((row) =>
    [0, 1, 2].map((column) => {
      const [r, s] = [(row + 1) % 3, (row + 2) % 3];
      const [c, d] = [(column + 1) % 3, (column + 2) % 3];
      return m(r, c) * m(s, d) - m(r, d) * m(s, c);
    }),
  ) as [number, number, number][];
  const determinant = [0, 1, 2].reduce((sum, column) => sum + m(0, column) * (cofactors[0]?.[column] as number), 0);
  // A mirrored node turns its triangles inside out.
  if (determinant < 0) for (let corner = 0; corner < whole.length; corner += 3) swap(whole, corner + 1, corner + 2);
  const normals = floatsOf(primitive, "NORMAL", 3);
  const uvs = floatsOf(primitive, "TEXCOORD_0", 2);
  const place = (x: number, y: number, z: number, row: number) =>
    m(row, 0) * x + m(row, 1) * y + m(row, 2) * z + m(row, 3);
  const turn = (x: number, y: number, z: number, row: number) => {
    const [a, b, c] = cofactors[row] as [number, number, number];
    return (a * x + b * y + c * z) * Math.sign(determinant || 1);
  };
  return {
    positions: mapRows(positions, place),
    indices: whole,
    ...(normals !== undefined && { normals: normalised(mapRows(normals, turn)) }),
    ...(uvs !== undefined && { uvs }),
  };
}

function floatsOf(primitive: Primitive, name: string, width: number): Float32Array | undefined {
  const accessor = primitive.getAttribute(name);
  if (accessor === null) return undefined;
  const values = new Float32Array(accessor.getCount() * width);
  for (let row = 0; row < accessor.getCount(); row += 1) values.set(accessor.getElement(row, []), row * width);
  return values;
}

function mapRows(rows: Float32Array, map: (x: number, y: number, z: number, row: number) => number): Float32Array {
  return rows.map((_, at) => {
    const base = at - (at % 3);
    return map(rows[base] as number, rows[base + 1] as number, rows[base + 2] as number, at % 3);
  });
}

function normalised(rows: Float32Array): Float32Array {
  return rows.map((value, at) => {
    const base = at - (at % 3);
    const length = Math.hypot(rows[base] as number, rows[base + 1] as number, rows[base + 2] as number);
    return length > 0 ? value / length : ([0, 1, 0][at % 3] as number);
  });
}

function swap(values: Uint32Array, a: number, b: number): void {
  [values[a], values[b]] = [values[b] as number, values[a] as number];
}
