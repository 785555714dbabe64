import type { Model } from "../mesh/mesh.ts";
import { vertexColours } from "../mesh/vertex-colours.ts";

/**
 * Encodes a model as PLY 1.0, binary little-endian: one vertex list with normals and texture coordinates (s, t; t counts upwards) where
 * every part has them, and the base colour of each vertex as red, green, blue (sRGB). Metres, in the model's own axes.
 */
export function encodePly(model: Model): Uint8Array {
  const hasNormals = model.parts.every(({ mesh }) => mesh.normals !== undefined);
  const hasUvs = model.parts.every(({ mesh }) => mesh.uvs !== undefined);
  const vertices = model.parts.reduce((sum, { mesh }) => sum + mesh.positions.length / 3, 0);
  const triangles = model.parts.reduce((sum, { mesh }) => sum + mesh.indices.length / 3, 0);
  const floats = ["x", "y", "z", ...(hasNormals ? ["nx", "ny", "nz"] : []), ...(hasUvs ? ["s", "t"] : [])];
  const header = [
    "ply",
    "format binary_little_endian 1.0",
    "comment Genga",
    `element vertex ${vertices}`,
    ...floats.map((name) => `property float ${name}`),
    ...["red", "green", "blue"].map((name) => `property uchar ${name}`),
    `element face ${triangles}`,
    "property list uchar int vertex_indices",
    "end_header\n",
  ].join("\n");
  const head = new TextEncoder().encode(header);
  const stride = floats.length * 4 + 3;
  const bytes = new Uint8Array(head.length + vertices * stride + triangles * 13);
  bytes.set(head);
  const view = new DataView(bytes.buffer);
  let at = head.length;
  for (const { mesh, material } of model.parts) {
    const colours = vertexColours(mesh, model.materials[material]);
    for (let vertex = 0; vertex < mesh.positions.length / 3; vertex += 1) {
      const put = (value: number) => {
        view.setFloat32(at, value, true);
        at += 4;
      };
      for (let k = 0; k < 3; k += 1) put(mesh.positions[vertex * 3 + k] as number);
      if (hasNormals) for (let k = 0; k < 3; k += 1) put(mesh.normals?.[vertex * 3 + k] as number);
      if (hasUvs) {
        put(mesh.uvs?.[vertex * 2] as number);
        put(1 - (mesh.uvs?.[vertex * 2 + 1] as number));
      }
      for (let k = 0; k < 3; k += 1) bytes[at++] = colours[vertex * 3 + k] as number;
    }
  }
  let base = 0;
  for (const { mesh } of model.parts) {
    for (let corner = 0; corner < mesh.indices.length; corner += 3) {
      view.setUint8(at, 3);
      for (let k = 0; k < 3; k += 1) view.setInt32(at + 1 + k * 4, base + (mesh.indices[corner + k] as number), true);
      at += 13;
    }
    base += mesh.positions.length / 3;
  }
  return bytes;
}
