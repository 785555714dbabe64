/** Gives angles without jumps: each is the turn nearest to the one before, as numpy.unwrap. */
export function unwrap(angles: ArrayLike<number>): Float64Array {
  const result = Float64Array.from(angles);
  for (let i = 1; i < result.length; i++) {
    const before = result[i - 1] ?? 0;
    const now = result[i] ?? 0;
    result[i] = now - 2 * Math.PI * Math.round((now - before) / (2 * Math.PI));
  }
  return result;
}

/** Gives an angle in (-π, π]. */
export function wrapAngle(angle: number): number {
  return angle - 2 * Math.PI * Math.ceil((angle - Math.PI) / (2 * Math.PI));
}
