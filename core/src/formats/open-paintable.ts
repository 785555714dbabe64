import type { Document, Node, Primitive, Skin } from "@gltf-transform/core";
import { CoreError } from "../protocol/errors.ts";
import { type GlbFile, type GltfJson, readGlb } from "./glb-file.ts";

/** A primitive of triangles that is to be painted, where a node places it in its rest pose. */
export interface PaintablePrimitive {
  /** Index of the node in the file. */
  readonly node: number;
  /** Name of the node, else of its mesh. */
  readonly name: string;
  /** Index of the mesh in the file, and of the primitive in the mesh. */
  readonly mesh: number;
  readonly primitive: number;
  /** Index in the file; absent = the default material. */
  readonly material?: number;
  /** In the space of the scene, [vertices, 3]. */
  readonly positions: Float32Array;
  /** Unit, [vertices, 3]; absent where the file has none. */
  readonly normals?: Float32Array;
  /** TEXCOORD_0, [vertices, 2]; absent where the file has none. */
  readonly uvs?: Float32Array;
  /** Texture coordinates of the base colour that it has now, with its transform, [vertices, 2]. */
  readonly lookUvs?: Float32Array;
  /** Colours of the vertices, linear, [vertices, 3]. */
  readonly colours?: Float32Array;
  /** [triangles, 3], counter-clockwise seen from outside. */
  readonly indices: Uint32Array;
}

/** A glTF binary with what is to be painted of it. */
export interface Paintable {
  readonly file: GlbFile;
  readonly primitives: readonly PaintablePrimitive[];
}

/**
 * Reads a GLB and finds what is to be painted.
 *
 * @param objects names of nodes; one without a mesh stands for all below it; none = every node of the scene
 * @throws CoreError ASSET_UNREADABLE if it is broken, compressed, or has no triangles; INVALID_REQUEST if a name is not in it
 */
export async function openPaintable(bytes: Uint8Array, objects: readonly string[]): Promise<Paintable> {
  const file = readGlb(bytes);
  const { Logger, NodeIO, Verbosity } = await import("@gltf-transform/core");
  // Compression apart, extensions that a file needs for being drawn are not needed to read its geometry.
  const { extensionsRequired: _, ...json } = file.json;
  let document: Document;
  try {
    document = await new NodeIO().setLogger(new Logger(Verbosity.ERROR)).readJSON({
      json: json as never,
      resources: { "@glb.bin": file.binary as Uint8Array<ArrayBuffer> },
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CoreError("ASSET_UNREADABLE", `The GLB cannot be read: ${reason}`, {
      remedy: "Export the file again.",
      cause,
    });
  }
  const names = nodesToPaint(file.json, objects);
  const nodes = document.getRoot().listNodes();
  const primitives = [...names].flatMap(([index, name]) => {
    const node = nodes[index];
    return node === undefined ? [] : readNode(node, index, name, file.json);
  });
  if (primitives.length === 0) {
    const where = objects.length === 0 ? "The GLB has" : `The objects ${quoted(objects)} have`;
    throw new CoreError("ASSET_UNREADABLE", `${where} no triangles; expected at least one mesh.`, {
      remedy: "Export the object with its mesh, as triangles.",
    });
  }
  return { file, primitives };
}

/** Gives the nodes that have a mesh and are to be painted, with their names. */
function nodesToPaint(json: GltfJson, objects: readonly string[]): Map<number, string> {
  const nodes = json.nodes ?? [];
  const nameOf = (index: number) => {
    const node = nodes[index];
    const mesh = node?.mesh === undefined ? undefined : json.meshes?.[node.mesh];
    return node?.name || mesh?.name || `node ${index}`;
  };
  const found = new Map<number, string>();
  const met = new Set<string>();
  const seen = new Set<number>();
  const visit = (index: number, isBelow: boolean) => {
    const node = nodes[index];
    if (node === undefined || seen.has(index)) return;
    seen.add(index);
    const name = nameOf(index);
    const isNamed = objects.includes(name);
    if (isNamed) met.add(name);
    if (node.mesh !== undefined && (objects.length === 0 || isNamed || isBelow)) found.set(index, name);
    for (const child of node.children ?? []) visit(child, isBelow || (isNamed && node.mesh === undefined));
  };
  const children = new Set(nodes.flatMap((node) => node.children ?? []));
  const scene = json.scenes?.[json.scene ?? 0];
  for (const root of scene?.nodes ?? nodes.keys()) if (scene !== undefined || !children.has(root)) visit(root, false);
  const missing = objects.filter((name) => !met.has(name));
  if (missing.length > 0) {
    const known = [...seen].filter((index) => nodes[index]?.mesh !== undefined).map(nameOf);
    const shown = known.length > 20 ? [...known.slice(0, 20), `and ${known.length - 20} more`] : known;
    throw new CoreError(
      "INVALID_REQUEST",
      `params.objects names ${quoted(missing)}, which the GLB does not have; it has: ${shown.join(", ") || "none"}.`,
      { remedy: "Name nodes as the file does.", data: { field: "params.objects", missing, known } },
    );
  }
  return found;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

function readNode(node: Node, index: number, name: string, json: GltfJson): PaintablePrimitive[] {
  const mesh = json.nodes?.[index]?.mesh ?? -1;
  return (node.getMesh()?.listPrimitives() ?? []).flatMap((primitive, number) => {
    const listed = json.meshes?.[mesh]?.primitives[number];
    if (listed === undefined || (listed.mode ?? 4) !== 4) return [];
    const placed = readTriangles(primitive, node);
    if (placed === undefined) return [];
    const { material } = listed;
    const info =
      material === undefined ? undefined : json.materials?.[material]?.pbrMetallicRoughness?.baseColorTexture;
    const uvs = floatsOf(primitive, "TEXCOORD_0", 2);
    const transform = info?.extensions?.KHR_texture_transform as TextureTransform | undefined;
    const lookUvs = floatsOf(primitive, `TEXCOORD_${transform?.texCoord ?? info?.texCoord ?? 0}`, 2);
    const colours = floatsOf(primitive, "COLOR_0", 3);
    return [
      {
        node: index,
        name,
        mesh,
        primitive: number,
        ...(material === undefined ? {} : { material }),
        ...placed,
        ...(uvs === undefined ? {} : { uvs }),
        ...(lookUvs === undefined ? {} : { lookUvs: transformed(lookUvs, transform) }),
        ...(colours === undefined ? {} : { colours }),
      },
    ];
  });
}

interface TextureTransform {
  offset?: [number, number];
  rotation?: number;
  scale?: [number, number];
  texCoord?: number;
}

/** KHR_texture_transform: scaled, turned, then moved. */
function transformed(uvs: Float32Array, transform: TextureTransform | undefined): Float32Array {
  if (transform === undefined) return uvs;
  const [scaleU, scaleV] = transform.scale ?? [1, 1];
  const [offsetU, offsetV] = transform.offset ?? [0, 0];
  const [cos, sin] = [Math.cos(transform.rotation ?? 0), Math.sin(transform.rotation ?? 0)];
  return uvs.map((_, at) => {
    const u = (uvs[at - (at % 2)] as number) * scaleU;
    const v = (uvs[at - (at % 2) + 1] as number) * scaleV;
    return at % 2 === 0 ? cos * u + sin * v + offsetU : cos * v - sin * u + offsetV;
  });
}

function readTriangles(
  primitive: Primitive,
  node: Node,
): Pick<PaintablePrimitive, "positions" | "normals" | "indices"> | undefined {
  const local = floatsOf(primitive, "POSITION", 3);
  if (local === undefined) return undefined;
  const count = local.length / 3;
  const listed = primitive.getIndices()?.getArray();
  const indices = listed ? Uint32Array.from(listed) : Uint32Array.from({ length: count }, (_, at) => at);
  const whole = indices.slice(0, indices.length - (indices.length % 3));
  if (whole.length === 0) return undefined;
  if (whole.some((vertex) => vertex >= count)) {
    throw new CoreError(
      "ASSET_UNREADABLE",
      `The GLB names vertex ${whole.find((vertex) => vertex >= count)} of a primitive that has ${count}; expected lower ones.`,
      { remedy: "Export the file again." },
    );
  }
  const skin = node.getSkin();
  const matrices = skin === null ? undefined : blendedMatrices(primitive, skin, count);
  const one = matrices === undefined ? Float32Array.from(node.getWorldMatrix()) : undefined;
  const normals = floatsOf(primitive, "NORMAL", 3);
  const positions = new Float32Array(local.length);
  const turned = normals === undefined ? undefined : new Float32Array(local.length);
  let mirrored = 0;
  for (let vertex = 0; vertex < count; vertex += 1) {
    const m = one ?? (matrices as Float32Array).subarray(vertex * 16, vertex * 16 + 16);
    const at = vertex * 3;
    const entry = (row: number, column: number) => m[column * 4 + row] as number;
    const cofactors = [0, 1, 2].map((row) =>
      [0, 1, 2].map((column) => {
        const [r, s, c, d] = [(row + 1) % 3, (row + 2) % 3, (column + 1) % 3, (column + 2) % 3];
        return entry(r, c) * entry(s, d) - entry(r, d) * entry(s, c);
      }),
    );
    const determinant = [0, 1, 2].reduce((sum, k) => sum + entry(0, k) * (cofactors[0]?.[k] as number), 0);
    const sign = determinant < 0 ? -1 : 1;
    if (sign < 0) mirrored += 1;
    const normal = [0, 0, 0];
    for (let row = 0; row < 3; row += 1) {
      let place = entry(row, 3);
      for (let column = 0; column < 3; column += 1) {
        place += entry(row, column) * (local[at + column] as number);
        normal[row] =
          (normal[row] as number) + sign * (cofactors[row]?.[column] as number) * (normals?.[at + column] ?? 0);
      }
      positions[at + row] = place;
    }
    if (turned !== undefined) {
      const length = Math.hypot(...normal) || 1;
      for (let k = 0; k < 3; k += 1) turned[at + k] = (normal[k] as number) / length;
    }
  }
  if (positions.some((value) => !Number.isFinite(value))) {
    throw new CoreError("ASSET_UNREADABLE", "The GLB has a vertex whose place is no number; expected metres.", {
      remedy: "Export the file again.",
    });
  }
  // A mirrored node turns its triangles inside out.
  if (mirrored > count / 2) {
    for (let corner = 0; corner < whole.length; corner += 3) {
      const kept = whole[corner + 1] as number;
      whole[corner + 1] = whole[corner + 2] as number;
      whole[corner + 2] = kept;
    }
  }
  return { positions, indices: whole, ...(turned === undefined ? {} : { normals: turned }) };
}

/** Gives the matrix of each vertex of a skinned mesh as its joints stand (glTF 2.0 §3.7.3.3), [vertices, 16]. */
function blendedMatrices(primitive: Primitive, skin: Skin, count: number): Float32Array | undefined {
  const joints = primitive.getAttribute("JOINTS_0");
  const weights = primitive.getAttribute("WEIGHTS_0");
  if (joints === null || weights === null) return undefined;
  const inverse = skin.getInverseBindMatrices();
  const posed = skin.listJoints().map((joint, index) => {
    const bind = inverse?.getElement(index, new Array<number>(16)) ?? [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    return multiply(joint.getWorldMatrix(), bind);
  });
  const blended = new Float32Array(count * 16);
  const [four, share] = [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ];
  for (let vertex = 0; vertex < count; vertex += 1) {
    joints.getElement(vertex, four);
    weights.getElement(vertex, share);
    const sum = share.reduce((total, value) => total + value, 0) || 1;
    for (let k = 0; k < 4; k += 1) {
      const matrix = posed[four[k] as number];
      if (matrix === undefined) continue;
      for (let at = 0; at < 16; at += 1) {
        blended[vertex * 16 + at] =
          (blended[vertex * 16 + at] as number) + ((share[k] as number) / sum) * (matrix[at] as number);
      }
    }
  }
  return blended;
}

/** Column by column, as in glTF. */
function multiply(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: 16 }, (_, at) => {
    const [column, row] = [Math.floor(at / 4), at % 4];
    let sum = 0;
    for (let k = 0; k < 4; k += 1) sum += (a[k * 4 + row] as number) * (b[column * 4 + k] as number);
    return sum;
  });
}

function floatsOf(primitive: Primitive, name: string, width: number): Float32Array | undefined {
  const accessor = primitive.getAttribute(name);
  if (accessor === null) return undefined;
  const values = new Float32Array(accessor.getCount() * width);
  const element: number[] = [];
  for (let row = 0; row < accessor.getCount(); row += 1) {
    accessor.getElement(row, element);
    for (let k = 0; k < width; k += 1) values[row * width + k] = element[k] as number;
  }
  return values;
}
