import type { MeshFormat } from "../protocol/mesh.ts";

/**
 * Media type and end of the file name of each form of mesh. glTF and OBJ are registered with IANA; PLY is not, so its name is one of our own.
 */
export const MESH_FORMS: Readonly<Record<MeshFormat, { mime: string; ending: string }>> = {
  glb: { mime: "model/gltf-binary", ending: ".glb" },
  obj: { mime: "model/obj", ending: ".obj" },
  ply: { mime: "application/x-ply", ending: ".ply" },
};
