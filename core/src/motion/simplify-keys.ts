/** Metres that a simplified place may err for each degree that a turn may: so far moves what hangs 23 cm from a joint. */
export const METRES_PER_DEGREE = 0.004;

/** Values of a curve at frames, for {@link simplifyKeys}. */
export interface KeyedCurve<Value> {
  /** One for each frame. */
  readonly values: readonly Value[];
  /** Value at `share` (0 = a, 1 = b) between two keys, as the program that plays the keys reckons it. */
  readonly interpolate: (a: Value, b: Value, share: number) => Value;
  /** How far a value is from the true one. */
  readonly error: (value: Value, truth: Value) => number;
}

/**
 * Gives the fewest frames found, increasing, that keep every frame of the curve within `maxError` when the frames between are
 * interpolated; the first and the last are always there. A curve that stands still within the bound has its first frame alone.
 *
 * Ramer-Douglas-Peucker (Douglas & Peucker 1973) over time: a span whose worst frame is beyond the bound is split there. Each split costs
 * one pass over the span, so n log n at its usual, n² where every frame is a key.
 */
export function simplifyKeys<Value>(curve: KeyedCurve<Value>, maxError: number): number[] {
  const { values } = curve;
  const last = values.length - 1;
  const first = values[0];
  if (first === undefined) return [];
  if (values.every((value) => curve.error(first, value) <= maxError)) return [0];
  const keys = new Set([0, last]);
  const spans: [number, number][] = [[0, last]];
  for (let span = spans.pop(); span !== undefined; span = spans.pop()) {
    const [start, end] = span;
    const worst = worstFrame(curve, start, end);
    if (worst.error <= maxError) continue;
    keys.add(worst.frame);
    spans.push([start, worst.frame], [worst.frame, end]);
  }
  return [...keys].sort((a, b) => a - b);
}

function worstFrame<Value>(
  { values, interpolate, error }: KeyedCurve<Value>,
  start: number,
  end: number,
): { frame: number; error: number } {
  const a = values[start] as Value;
  const b = values[end] as Value;
  const worst = { frame: start, error: 0 };
  for (let frame = start + 1; frame < end; frame++) {
    const away = error(interpolate(a, b, (frame - start) / (end - start)), values[frame] as Value);
    if (away > worst.error) {
      worst.frame = frame;
      worst.error = away;
    }
  }
  return worst;
}
