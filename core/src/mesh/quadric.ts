// Quadrics: sums of squared distances to planes, 10 numbers each (Garland and Heckbert 1997):
// xx xy xz xw yy yz yw zz zw ww of the planes (x, y, z, w), weighted. Plain numbers and no arrays: these run a million times.

/** Adds a plane n · p + offset = 0 to the quadric that starts at `at`. */
export function addPlane(
  quadrics: Float64Array,
  at: number,
  x: number,
  y: number,
  z: number,
  offset: number,
  weight: number,
): void {
  const products = [x * x, x * y, x * z, x * offset, y * y, y * z, y * offset, z * z, z * offset, offset * offset];
  products.forEach((product, k) => {
    quadrics[at + k] = (quadrics[at + k] as number) + weight * product;
  });
}

/** Gives the error of a quadric at a point. */
export function quadricError(q: Float64Array, x: number, y: number, z: number): number {
  const ofX = x * (q[0] as number) + 2 * (y * (q[1] as number) + z * (q[2] as number) + (q[3] as number));
  const ofY = y * (q[4] as number) + 2 * (z * (q[5] as number) + (q[6] as number));
  const ofZ = z * (q[7] as number) + 2 * (q[8] as number);
  return x * ofX + y * ofY + z * ofZ + (q[9] as number);
}

/** Puts the point of a quadric's least error into `out`; false where there is no single one. */
export function quadricMinimum(q: Float64Array, out: Float64Array): boolean {
  const xx = q[0] as number;
  const xy = q[1] as number;
  const xz = q[2] as number;
  const xw = q[3] as number;
  const yy = q[4] as number;
  const yz = q[5] as number;
  const yw = q[6] as number;
  const zz = q[7] as number;
  const zw = q[8] as number;
  const ax = yy * zz - yz * yz;
  const ay = xz * yz - xy * zz;
  const az = xy * yz - xz * yy;
  const determinant = xx * ax + xy * ay + xz * az;
  const size = xx + yy + zz;
  // Below this the planes are parallel within 2°: the point would lie far away along the flat direction.
  if (!(determinant > 1e-3 * size * size * size)) return false;
  const across = xy * xz - xx * yz;
  out[0] = -(ax * xw + ay * yw + az * zw) / determinant;
  out[1] = -(ay * xw + (xx * zz - xz * xz) * yw + across * zw) / determinant;
  out[2] = -(az * xw + across * yw + (xx * yy - xy * xy) * zw) / determinant;
  return true;
}
