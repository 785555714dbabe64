/** Triangles that are to be painted, each with its own corners, in the space of the scene: +Y up, metres, the front faces +Z. */
export interface PaintSurface {
  /** Corners, counter-clockwise seen from outside, [triangles × 3, 3]. */
  readonly positions: Float32Array;
  /** Unit normals at the corners, [triangles × 3, 3]. */
  readonly normals: Float32Array;
  /** Texture coordinates of the corners, 1 = a side of the texture; what lies outside [0, 1) repeats, [triangles × 3, 2]. */
  readonly uvs: Float32Array;
  /** Which texture each triangle is painted in, [triangles]. */
  readonly texture: Uint16Array;
  /** 1 where a triangle is seen from behind, too, [triangles]. */
  readonly isDoubleSided: Uint8Array;
  /** Number of textures. */
  readonly textures: number;
}

/** Gives the number of triangles. */
export function paintTriangles(surface: PaintSurface): number {
  return surface.texture.length;
}

/** Gives the unit normal of each triangle itself, [triangles, 3]; zeros where it has no area. */
export function faceNormals({ positions, texture }: PaintSurface): Float32Array {
  const normals = new Float32Array(texture.length * 3);
  for (let triangle = 0; triangle < texture.length; triangle += 1) {
    const at = triangle * 9;
    const ax = positions[at] as number;
    const ay = positions[at + 1] as number;
    const az = positions[at + 2] as number;
    const ux = (positions[at + 3] as number) - ax;
    const uy = (positions[at + 4] as number) - ay;
    const uz = (positions[at + 5] as number) - az;
    const vx = (positions[at + 6] as number) - ax;
    const vy = (positions[at + 7] as number) - ay;
    const vz = (positions[at + 8] as number) - az;
    const [x, y, z] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
    const length = Math.sqrt(x * x + y * y + z * z) || 1;
    normals[triangle * 3] = x / length;
    normals[triangle * 3 + 1] = y / length;
    normals[triangle * 3 + 2] = z / length;
  }
  return normals;
}
