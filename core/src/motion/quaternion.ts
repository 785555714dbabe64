/** Numbers that turns (x, y, z, w) or vectors (x, y, z) stand in, from an offset on. */
export type Numbers = ArrayLike<number>;
/** Numbers that a result is written to. */
export interface WritableNumbers {
  [index: number]: number;
  readonly length: number;
}

/** Writes a ∘ b (first b turns, then a) to `out` at `o`; it may stand where a or b stand. */
export function multiply(out: WritableNumbers, o: number, a: Numbers, i: number, b: Numbers, j: number): void {
  const ax = a[i] ?? 0;
  const ay = a[i + 1] ?? 0;
  const az = a[i + 2] ?? 0;
  const aw = a[i + 3] ?? 0;
  const bx = b[j] ?? 0;
  const by = b[j + 1] ?? 0;
  const bz = b[j + 2] ?? 0;
  const bw = b[j + 3] ?? 0;
  out[o] = aw * bx + ax * bw + ay * bz - az * by;
  out[o + 1] = aw * by - ax * bz + ay * bw + az * bx;
  out[o + 2] = aw * bz + ax * by - ay * bx + az * bw;
  out[o + 3] = aw * bw - ax * bx - ay * by - az * bz;
}

/** Writes a⁻¹ ∘ b of unit quaternions: b as seen from a. */
export function multiplyInverse(out: WritableNumbers, o: number, a: Numbers, i: number, b: Numbers, j: number): void {
  const ax = -(a[i] ?? 0);
  const ay = -(a[i + 1] ?? 0);
  const az = -(a[i + 2] ?? 0);
  const aw = a[i + 3] ?? 0;
  const bx = b[j] ?? 0;
  const by = b[j + 1] ?? 0;
  const bz = b[j + 2] ?? 0;
  const bw = b[j + 3] ?? 0;
  out[o] = aw * bx + ax * bw + ay * bz - az * by;
  out[o + 1] = aw * by - ax * bz + ay * bw + az * bx;
  out[o + 2] = aw * bz + ax * by - ay * bx + az * bw;
  out[o + 3] = aw * bw - ax * bx - ay * by - az * bz;
}

/** Writes the inverse of a unit quaternion. */
export function conjugate(out: WritableNumbers, o: number, q: Numbers, i: number): void {
  out[o] = -(q[i] ?? 0);
  out[o + 1] = -(q[i + 1] ?? 0);
  out[o + 2] = -(q[i + 2] ?? 0);
  out[o + 3] = q[i + 3] ?? 0;
}

/** Writes the vector at `j` of `v` turned by the unit quaternion at `i` of `q`. */
export function rotate(out: WritableNumbers, o: number, q: Numbers, i: number, v: Numbers, j: number): void {
  const x = q[i] ?? 0;
  const y = q[i + 1] ?? 0;
  const z = q[i + 2] ?? 0;
  const w = q[i + 3] ?? 0;
  const vx = v[j] ?? 0;
  const vy = v[j + 1] ?? 0;
  const vz = v[j + 2] ?? 0;
  const tx = 2 * (y * vz - z * vy);
  const ty = 2 * (z * vx - x * vz);
  const tz = 2 * (x * vy - y * vx);
  out[o] = vx + w * tx + y * tz - z * ty;
  out[o + 1] = vy + w * ty + z * tx - x * tz;
  out[o + 2] = vz + w * tz + x * ty - y * tx;
}

/** Makes the quaternion at `o` a unit one; four zeros become no turn. */
export function normalize(q: WritableNumbers, o: number): void {
  const length = Math.hypot(q[o] ?? 0, q[o + 1] ?? 0, q[o + 2] ?? 0, q[o + 3] ?? 0);
  if (length === 0) {
    q[o + 3] = 1;
    return;
  }
  for (let k = 0; k < 4; k++) q[o + k] = (q[o + k] ?? 0) / length;
}

/** Writes the turn at `share` (0 = a, 1 = b) of the short way from a to b. */
export function slerp(
  out: WritableNumbers,
  o: number,
  a: Numbers,
  i: number,
  b: Numbers,
  j: number,
  share: number,
): void {
  let dot = 0;
  for (let k = 0; k < 4; k++) dot += (a[i + k] ?? 0) * (b[j + k] ?? 0);
  const sign = dot < 0 ? -1 : 1;
  const angle = Math.acos(Math.min(1, Math.abs(dot)));
  const sine = Math.sin(angle);
  const near = sine < 1e-4;
  const p = near ? 1 - share : Math.sin((1 - share) * angle) / sine;
  const q = sign * (near ? share : Math.sin(share * angle) / sine);
  for (let k = 0; k < 4; k++) out[o + k] = p * (a[i + k] ?? 0) + q * (b[j + k] ?? 0);
  normalize(out, o);
}

/** Writes the turn about +Y by an angle, radians. */
export function aboutY(out: WritableNumbers, o: number, radians: number): void {
  out[o] = 0;
  out[o + 1] = Math.sin(radians / 2);
  out[o + 2] = 0;
  out[o + 3] = Math.cos(radians / 2);
}

/** Gives the heading about +Y of a turn, radians: where +Z is turned to, 0 = +Z, π/2 = +X. */
export function yawOf(q: Numbers, i: number): number {
  const x = q[i] ?? 0;
  const y = q[i + 1] ?? 0;
  const z = q[i + 2] ?? 0;
  const w = q[i + 3] ?? 0;
  return Math.atan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y));
}

/** Gives the angle between two turns, radians in [0, π]. */
export function angleBetween(a: Numbers, i: number, b: Numbers, j: number): number {
  let dot = 0;
  let away = 0;
  for (let k = 0; k < 4; k++) dot += (a[i + k] ?? 0) * (b[j + k] ?? 0);
  const sign = dot < 0 ? -1 : 1;
  // Of the chord, since the arc cosine loses small angles in float32.
  for (let k = 0; k < 4; k++) away += ((a[i + k] ?? 0) - sign * (b[j + k] ?? 0)) ** 2;
  return 4 * Math.asin(Math.min(1, Math.sqrt(away) / 2));
}

/** Writes the smallest turn that puts direction (ax, ay, az) on (bx, by, bz); neither need be of length 1. */
export function turnBetween(
  out: WritableNumbers,
  o: number,
  ax: number,
  ay: number,
  az: number,
  bx: number,
  by: number,
  bz: number,
): void {
  const lengths = Math.sqrt((ax * ax + ay * ay + az * az) * (bx * bx + by * by + bz * bz));
  const dot = ax * bx + ay * by + az * bz;
  if (lengths < 1e-12) {
    aboutY(out, o, 0);
    return;
  }
  if (dot < -0.999999 * lengths) {
    // Opposite: half a turn about any axis square to a.
    const flat = Math.hypot(ax, az);
    const square = flat > Math.abs(ay) * 1e-3;
    out[o] = square ? -az / flat : 1;
    out[o + 1] = 0;
    out[o + 2] = square ? ax / flat : 0;
    out[o + 3] = 0;
    return;
  }
  out[o] = ay * bz - az * by;
  out[o + 1] = az * bx - ax * bz;
  out[o + 2] = ax * by - ay * bx;
  out[o + 3] = dot + lengths;
  normalize(out, o);
}

/** Flips signs in place so that the turns of a joint never lie more than half a turn apart in 4D from frame to frame; [frames, joints, 4]. */
export function makeContinuous(rotations: WritableNumbers, joints: number): void {
  const stride = joints * 4;
  for (let i = stride; i < rotations.length; i += 4) {
    let dot = 0;
    for (let k = 0; k < 4; k++) dot += (rotations[i + k] ?? 0) * (rotations[i + k - stride] ?? 0);
    if (dot < 0) for (let k = 0; k < 4; k++) rotations[i + k] = -(rotations[i + k] ?? 0);
  }
}
