import { type Numbers, normalize, type WritableNumbers } from "./quaternion.ts";

/** Writes the first two columns of the matrix of a unit quaternion, 6 numbers (Zhou et al. 2019, section 4.2). */
export function toSixNumbers(out: WritableNumbers, o: number, q: Numbers, i: number): void {
  const x = q[i] ?? 0;
  const y = q[i + 1] ?? 0;
  const z = q[i + 2] ?? 0;
  const w = q[i + 3] ?? 0;
  out[o] = 1 - 2 * (y * y + z * z);
  out[o + 1] = 2 * (x * y + w * z);
  out[o + 2] = 2 * (x * z - w * y);
  out[o + 3] = 2 * (x * y - w * z);
  out[o + 4] = 1 - 2 * (x * x + z * z);
  out[o + 5] = 2 * (y * z + w * x);
}

/** Writes the unit quaternion of two columns that need be neither of length 1 nor square to each other (Gram–Schmidt). */
export function fromSixNumbers(out: WritableNumbers, o: number, six: Numbers, i: number): void {
  let ax = six[i] ?? 0;
  let ay = six[i + 1] ?? 0;
  let az = six[i + 2] ?? 0;
  let length = Math.hypot(ax, ay, az) || 1e-12;
  ax /= length;
  ay /= length;
  az /= length;
  let bx = six[i + 3] ?? 0;
  let by = six[i + 4] ?? 0;
  let bz = six[i + 5] ?? 0;
  const dot = ax * bx + ay * by + az * bz;
  bx -= dot * ax;
  by -= dot * ay;
  bz -= dot * az;
  length = Math.hypot(bx, by, bz) || 1e-12;
  bx /= length;
  by /= length;
  bz /= length;
  const cx = ay * bz - az * by;
  const cy = az * bx - ax * bz;
  const cz = ax * by - ay * bx;
  fromColumns(out, o, ax, ay, az, bx, by, bz, cx, cy, cz);
}

/** Writes the quaternion of a rotation matrix given by its columns; the largest of the four numbers is found first (Shepperd 1978). */
function fromColumns(
  out: WritableNumbers,
  o: number,
  ax: number,
  ay: number,
  az: number,
  bx: number,
  by: number,
  bz: number,
  cx: number,
  cy: number,
  cz: number,
): void {
  const trace = ax + by + cz;
  const largest = Math.max(ax, by, cz, trace);
  if (largest === trace) {
    out[o] = bz - cy;
    out[o + 1] = cx - az;
    out[o + 2] = ay - bx;
    out[o + 3] = 1 + trace;
  } else if (largest === ax) {
    out[o] = 1 + ax - by - cz;
    out[o + 1] = bx + ay;
    out[o + 2] = cx + az;
    out[o + 3] = bz - cy;
  } else if (largest === by) {
    out[o] = bx + ay;
    out[o + 1] = 1 + by - ax - cz;
    out[o + 2] = cy + bz;
    out[o + 3] = cx - az;
  } else {
    out[o] = cx + az;
    out[o + 1] = cy + bz;
    out[o + 2] = 1 + cz - ax - by;
    out[o + 3] = ay - bx;
  }
  normalize(out, o);
}
