/** Point or direction x, y, z. */
export type Vector3 = readonly [number, number, number];

/** Gives a + b. */
export function add(a: Vector3, b: Vector3): Vector3 {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

/** Gives a − b. */
export function subtract(a: Vector3, b: Vector3): Vector3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

/** Gives a · factor. */
export function scale(a: Vector3, factor: number): Vector3 {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

/** Gives the inner product. */
export function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** Gives the outer product, right-handed. */
export function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** Gives the length. */
export function length(a: Vector3): number {
  return Math.hypot(a[0], a[1], a[2]);
}

/** Gives the direction of a, or `otherwise` where a has no length. */
export function unit(a: Vector3, otherwise: Vector3 = [0, 1, 0]): Vector3 {
  const size = length(a);
  return size < 1e-9 ? otherwise : scale(a, 1 / size);
}

/** Gives the point at `share` (0 = a, 1 = b) of the way from a to b. */
export function mix(a: Vector3, b: Vector3, share: number): Vector3 {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}

/** Reads three numbers of a buffer from `start`. */
export function vectorAt(values: ArrayLike<number>, start: number): Vector3 {
  return [values[start] ?? 0, values[start + 1] ?? 0, values[start + 2] ?? 0];
}
