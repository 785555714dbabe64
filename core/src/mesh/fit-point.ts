/**
 * Finds the point that lies best on a set of planes: minimises Σ (nᵢ · (x - pᵢ))² + w |x - c|², c the mean of the pᵢ
 * (Ju et al. 2002, dual contouring; the pull to the mean stands in for their truncated SVD). On an edge or corner of the surface
 * that is the feature itself; on smooth ground the mean.
 *
 * @param points, normals [count, 3]; normals of length 1, or 0 where unknown
 * @param pull w; 0.05 keeps corners within 2 % of a cell
 * @returns x, y, z in `out`
 */
export function fitPoint(
  points: Float64Array,
  normals: Float64Array,
  count: number,
  pull: number,
  out: Float64Array,
): void {
  let [cx, cy, cz] = [0, 0, 0];
  for (let at = 0; at < count * 3; at += 3) {
    cx += points[at] as number;
    cy += points[at + 1] as number;
    cz += points[at + 2] as number;
  }
  cx /= count;
  cy /= count;
  cz /= count;
  let [xx, xy, xz, yy, yz, zz] = [pull, 0, 0, pull, 0, pull];
  let [bx, by, bz] = [0, 0, 0];
  for (let at = 0; at < count * 3; at += 3) {
    const [nx, ny, nz] = [normals[at] as number, normals[at + 1] as number, normals[at + 2] as number];
    const distance =
      nx * ((points[at] as number) - cx) +
      ny * ((points[at + 1] as number) - cy) +
      nz * ((points[at + 2] as number) - cz);
    xx += nx * nx;
    xy += nx * ny;
    xz += nx * nz;
    yy += ny * ny;
    yz += ny * nz;
    zz += nz * nz;
    bx += nx * distance;
    by += ny * distance;
    bz += nz * distance;
  }
  // Cramer's rule: the matrix is symmetric and, by the pull, positive definite.
  const [ax, ay, az] = [yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy];
  const determinant = xx * ax + xy * ay + xz * az;
  out[0] = cx + (ax * bx + ay * by + az * bz) / determinant;
  out[1] = cy + (ay * bx + (xx * zz - xz * xz) * by + (xy * xz - xx * yz) * bz) / determinant;
  out[2] = cz + (az * bx + (xy * xz - xx * yz) * by + (xx * yy - xy * xy) * bz) / determinant;
}
