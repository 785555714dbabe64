import type { RawImage } from "../tensor/image.ts";

/**
 * Triangles in glTF's space: +Y up, metres, right-handed, the front of a thing faces +Z. Buffers belong to whoever made the
 * mesh; functions of this folder give new ones unless they say otherwise.
 */
export interface Mesh {
  /** Vertices, [vertices, 3]. */
  readonly positions: Float32Array;
  /** Corners of the triangles, [triangles, 3], counter-clockwise seen from outside. */
  readonly indices: Uint32Array;
  /** Unit normals, [vertices, 3]. */
  readonly normals?: Float32Array;
  /** Texture coordinates in [0, 1], [vertices, 2]; (0, 0) is the upper left corner of the texture, as in glTF. */
  readonly uvs?: Float32Array;
  /** Unit tangents and the sign of the bitangent (cross(normal, tangent) × w), [vertices, 4]. */
  readonly tangents?: Float32Array;
}

/** Red, green, blue in [0, 1], linear light. */
export type LinearColour = readonly [number, number, number];

/** Physically based material, metallic-roughness (glTF 2.0 §3.9.2). Textures multiply the factors. */
export interface Material {
  readonly name: string;
  readonly baseColour: LinearColour;
  /** 0 = mirror, 1 = matt. */
  readonly roughness: number;
  /** 0 = dielectric, 1 = metal. */
  readonly metallic: number;
  /** Light that it gives off, linear. Absent = none. */
  readonly emissive?: LinearColour;
  /** sRGB, 3 or 4 channels. */
  readonly baseColourTexture?: RawImage;
  /** Green = roughness, blue = metallic, as in glTF; 3 channels. */
  readonly metallicRoughnessTexture?: RawImage;
  /** Tangent space, +Y up the texture's -v, as in glTF; 3 channels. */
  readonly normalTexture?: RawImage;
}

/** A named mesh with one material. */
export interface Part {
  readonly name: string;
  readonly mesh: Mesh;
  /** Index into the model's materials. */
  readonly material: number;
}

/** A thing of one or many parts; all parts share one texture space. */
export interface Model {
  readonly name: string;
  readonly parts: readonly Part[];
  readonly materials: readonly Material[];
}

/** Gives the number of triangles. */
export function triangleCount(mesh: Mesh): number {
  return mesh.indices.length / 3;
}
