import type { Mesh } from "./mesh.ts";

/** Texels of a texture that a mesh's triangles cover, with the place of each on the surface. */
export interface Texels {
  readonly size: number;
  /** Index (y × size + x) of each covered texel, rising, [texels]. */
  readonly covered: Uint32Array;
  /** First corner of the triangle that covers it, [texels], and the shares of that triangle's first two corners, [texels, 2]. */
  readonly corners: Uint32Array;
  readonly shares: Float32Array;
  /** Place on the surface, [texels, 3]. */
  readonly positions: Float32Array;
  /** Unit normal of the mesh there, [texels, 3]. */
  readonly normals: Float32Array;
  /** Unit tangent and sign of the bitangent, [texels, 4]; only where the mesh has tangents. */
  readonly tangents?: Float32Array;
}

/**
 * Finds the texels whose middle a triangle covers in the texture. Triangles smaller than a texel may cover none; the colours that
 * dilation spreads stand in there.
 *
 * @param mesh with UVs and normals
 */
export function findTexels(mesh: Mesh, size: number): Texels {
  const { positions, normals, uvs, tangents, indices } = mesh;
  if (normals === undefined || uvs === undefined)
    throw new TypeError("Texels need normals and UVs; the mesh lacks them.");
  const triangleAt = new Int32Array(size * size).fill(-1);
  const shares = new Float32Array(size * size * 2);
  let count = 0;
  for (let corner = 0; corner < indices.length; corner += 3) {
    const a = (indices[corner] as number) * 2;
    const b = (indices[corner + 1] as number) * 2;
    const c = (indices[corner + 2] as number) * 2;
    const ax = (uvs[a] as number) * size;
    const ay = (uvs[a + 1] as number) * size;
    const bx = (uvs[b] as number) * size;
    const by = (uvs[b + 1] as number) * size;
    const cx = (uvs[c] as number) * size;
    const cy = (uvs[c + 1] as number) * size;
    const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    if (area === 0) continue;
    const left = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
    const right = Math.min(size - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
    const top = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
    const bottom = Math.min(size - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
    for (let y = top; y <= bottom; y += 1) {
      for (let x = left; x <= right; x += 1) {
        const wa = ((bx - x - 0.5) * (cy - y - 0.5) - (by - y - 0.5) * (cx - x - 0.5)) / area;
        const wb = ((cx - x - 0.5) * (ay - y - 0.5) - (cy - y - 0.5) * (ax - x - 0.5)) / area;
        if (wa < 0 || wb < 0 || wa + wb > 1) continue;
        const texel = y * size + x;
        if (triangleAt[texel] === -1) count += 1;
        triangleAt[texel] = corner;
        shares[texel * 2] = wa;
        shares[texel * 2 + 1] = wb;
      }
    }
  }
  const covered = new Uint32Array(count);
  const corners = new Uint32Array(count);
  const own = new Float32Array(count * 2);
  for (let texel = 0, at = 0; texel < size * size; texel += 1) {
    if (triangleAt[texel] === -1) continue;
    covered[at] = texel;
    corners[at] = triangleAt[texel] as number;
    own[at * 2] = shares[texel * 2] as number;
    own[at * 2 + 1] = shares[texel * 2 + 1] as number;
    at += 1;
  }
  const mix = (data: Float32Array, width: number) => mixCorners(data, width, indices, corners, own);
  const found = {
    size,
    covered,
    corners,
    shares: own,
    positions: mix(positions, 3),
    normals: unitRows(mix(normals, 3), 3),
  };
  return tangents === undefined ? found : { ...found, tangents: unitRows(mix(tangents, 4), 4) };
}

/**
 * Mixes an attribute of the vertices, [vertices, width], for places on triangles.
 *
 * @param corners first corner of each place's triangle, [places]
 * @param shares of that triangle's first two corners, [places, 2]
 */
export function mixCorners(
  data: Float32Array,
  width: number,
  indices: Uint32Array,
  corners: Uint32Array,
  shares: Float32Array,
): Float32Array {
  const mixed = new Float32Array(corners.length * width);
  for (let at = 0; at < corners.length; at += 1) {
    const corner = corners[at] as number;
    const a = (indices[corner] as number) * width;
    const b = (indices[corner + 1] as number) * width;
    const c = (indices[corner + 2] as number) * width;
    const wa = shares[at * 2] as number;
    const wb = shares[at * 2 + 1] as number;
    for (let k = 0; k < width; k += 1) {
      mixed[at * width + k] =
        wa * (data[a + k] as number) + wb * (data[b + k] as number) + (1 - wa - wb) * (data[c + k] as number);
    }
  }
  return mixed;
}

/** Brings the first three numbers of each row to length 1; a fourth becomes its sign. */
function unitRows(rows: Float32Array, width: number): Float32Array {
  for (let at = 0; at < rows.length; at += width) {
    const length = Math.hypot(rows[at] as number, rows[at + 1] as number, rows[at + 2] as number) || 1;
    for (let k = 0; k < 3; k += 1) rows[at + k] = (rows[at + k] as number) / length;
    if (width === 4) rows[at + 3] = (rows[at + 3] as number) < 0 ? -1 : 1;
  }
  return rows;
}
