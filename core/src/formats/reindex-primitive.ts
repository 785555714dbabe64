import type { GlbBinary } from "./glb-binary.ts";
import type { AccessorJson, GltfJson, PrimitiveJson } from "./glb-file.ts";

const COMPONENT_BYTES: Record<number, number> = { 5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4 };
const COMPONENTS: Record<string, number> = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4, MAT2: 4, MAT3: 9, MAT4: 16 };
const FLOAT = 5126;
const [UNSIGNED_SHORT, UNSIGNED_INT] = [5123, 5125];
const [ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER] = [34962, 34963];

/**
 * Gives a primitive new texture coordinates as its first set. Vertices where they break are doubled, with all else they have: joints,
 * weights, tangents, morph targets. The old first set becomes set `oldSet`.
 *
 * @param uvs of each corner, [triangles × 3, 2]
 */
export function reindexPrimitive(
  json: GltfJson,
  binary: GlbBinary,
  primitive: PrimitiveJson,
  uvs: Float32Array,
  oldSet: number,
): void {
  const corners = readCorners(json, binary, primitive, uvs.length / 2);
  const rows = new Map<string, number>();
  const vertexOf: number[] = [];
  const coordinates: number[] = [];
  const indices = Uint32Array.from(corners, (vertex, corner) => {
    const key = `${vertex} ${uvs[corner * 2]} ${uvs[corner * 2 + 1]}`;
    const known = rows.get(key);
    if (known !== undefined) return known;
    rows.set(key, vertexOf.length);
    coordinates.push(uvs[corner * 2] as number, uvs[corner * 2 + 1] as number);
    return vertexOf.push(vertex) - 1;
  });
  const moved = (attributes: Record<string, number>) =>
    Object.fromEntries(
      Object.entries(attributes).map(([name, accessor]) => [name, gatherAccessor(json, binary, accessor, vertexOf)]),
    );
  const { TEXCOORD_0: old, ...others } = moved(primitive.attributes);
  json.accessors ??= [];
  const add = (accessor: AccessorJson) => (json.accessors as AccessorJson[]).push(accessor) - 1;
  const uvBytes = new Uint8Array(Float32Array.from(coordinates).buffer);
  const first = add({
    bufferView: binary.put(uvBytes, undefined, ARRAY_BUFFER),
    componentType: FLOAT,
    count: vertexOf.length,
    type: "VEC2",
  });
  primitive.attributes = {
    ...others,
    TEXCOORD_0: first,
    ...(old === undefined ? {} : { [`TEXCOORD_${oldSet}`]: old }),
  };
  if (primitive.targets !== undefined) primitive.targets = primitive.targets.map(moved);
  // 65535 restarts a primitive in some programs' interfaces; glTF forbids it as an index of 16 bits.
  const isShort = vertexOf.length < 65535;
  const written = isShort ? Uint16Array.from(indices) : indices;
  primitive.indices = add({
    bufferView: binary.put(new Uint8Array(written.buffer), undefined, ELEMENT_ARRAY_BUFFER),
    componentType: isShort ? UNSIGNED_SHORT : UNSIGNED_INT,
    count: indices.length,
    type: "SCALAR",
  });
}

function readCorners(json: GltfJson, binary: GlbBinary, { indices }: PrimitiveJson, count: number): Uint32Array {
  const accessor = indices === undefined ? undefined : json.accessors?.[indices];
  if (accessor === undefined) return Uint32Array.from({ length: count }, (_, at) => at);
  const { bytes, size } = rowsOf(json, binary, accessor);
  const view = new DataView(bytes.buffer);
  return Uint32Array.from({ length: count }, (_, at) =>
    size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at * 2, true) : view.getUint32(at * 4, true),
  );
}

/** Gives an accessor with other rows of the same kind. */
function gatherAccessor(json: GltfJson, binary: GlbBinary, index: number, vertexOf: readonly number[]): number {
  const accessor = json.accessors?.[index];
  if (accessor === undefined) return index;
  const { bytes, size } = rowsOf(json, binary, accessor);
  // Rows of vertex attributes begin at multiples of four.
  const stride = Math.ceil(size / 4) * 4;
  const gathered = new Uint8Array(stride * vertexOf.length);
  for (const [row, vertex] of vertexOf.entries()) {
    gathered.set(bytes.subarray(vertex * size, vertex * size + size), row * stride);
  }
  const bufferView = binary.put(gathered, undefined, ARRAY_BUFFER);
  const view = json.bufferViews?.[bufferView];
  if (view !== undefined && stride !== size) view.byteStride = stride;
  const { byteOffset: _, sparse: __, ...kept } = accessor;
  return (json.accessors?.push({ ...kept, bufferView, count: vertexOf.length }) ?? 0) - 1;
}

/** Gives the rows of an accessor close together, sparse ones filled in (glTF 2.0 §3.6.2). */
function rowsOf(json: GltfJson, binary: GlbBinary, accessor: AccessorJson): { bytes: Uint8Array; size: number } {
  const size = (COMPONENT_BYTES[accessor.componentType] ?? 1) * (COMPONENTS[accessor.type] ?? 1);
  const bytes = new Uint8Array(size * accessor.count);
  const copy = (
    view: number,
    offset: number,
    count: number,
    width: number,
    write: (row: number, from: Uint8Array) => void,
  ) => {
    const data = binary.read(view);
    const stride = json.bufferViews?.[view]?.byteStride ?? width;
    for (let row = 0; row < count; row += 1) {
      write(row, data.subarray(offset + row * stride, offset + row * stride + width));
    }
  };
  if (accessor.bufferView !== undefined) {
    copy(accessor.bufferView, accessor.byteOffset ?? 0, accessor.count, size, (row, from) =>
      bytes.set(from, row * size),
    );
  }
  const sparse = accessor.sparse as SparseJson | undefined;
  if (sparse !== undefined) {
    const width = COMPONENT_BYTES[sparse.indices.componentType] ?? 1;
    const places: number[] = [];
    copy(sparse.indices.bufferView, sparse.indices.byteOffset ?? 0, sparse.count, width, (row, from) => {
      places[row] = from.reduceRight((value, byte) => value * 256 + byte, 0);
    });
    copy(sparse.values.bufferView, sparse.values.byteOffset ?? 0, sparse.count, size, (row, from) => {
      bytes.set(from, (places[row] as number) * size);
    });
  }
  return { bytes, size };
}

interface SparseJson {
  count: number;
  indices: { bufferView: number; byteOffset?: number; componentType: number };
  values: { bufferView: number; byteOffset?: number };
}
