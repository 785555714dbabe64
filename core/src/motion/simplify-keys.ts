import type { KeyError } from "./key-errors.ts";

/** Metres that a simplified place may err for each degree that a turn may: so far moves what hangs 23 cm from a joint. */
export const METRES_PER_DEGREE = 0.004;

/**
 * What hips and legs may err against other joints: errors from the hips down add up in the feet. At half a degree, feet that bear weight
 * went 1.03 cm with the whole bound, with this 0.5 cm.
 */
export const LEG_SHARE = 0.5;

/** Values of a curve at frames, for {@link simplifyKeys}. */
export interface KeyedCurve<Value> {
  /** One for each frame. */
  readonly values: readonly Value[];
  /** How far what lies between two keys is from a true value, as the program that plays the keys reckons it. */
  readonly error: KeyError<Value>;
}

/** Frames that are looked at together, so that a long motion takes time in proportion to its length. */
const BLOCK = 256;

/**
 * Gives few frames, increasing, that keep every frame of the curve within `maxError` when the frames between are interpolated; the first
 * and the last are always there. A curve that stands still within the bound has its first frame alone.
 *
 * Ramer-Douglas-Peucker (Douglas & Peucker 1973) over time: a span whose worst frame is beyond the bound is split there. Each split costs
 * one pass over the span: n² in the worst case, so it starts from blocks of 256 frames, and keys between blocks that nothing needs are
 * taken out afterwards.
 */
export function simplifyKeys<Value>({ values, error }: KeyedCurve<Value>, maxError: number): number[] {
  const last = values.length - 1;
  const first = values[0];
  if (first === undefined) return [];
  const fromFirst = error(first, first);
  if (values.every((value) => fromFirst(0, value) <= maxError)) return [0];
  const keys = new Set([0, last]);
  const spans: [number, number][] = [];
  for (let start = 0; start < last; start += BLOCK) {
    keys.add(start);
    spans.push([start, Math.min(last, start + BLOCK)]);
  }
  for (let span = spans.pop(); span !== undefined; span = spans.pop()) {
    const [start, end] = span;
    const worst = worstFrame(values, error, start, end);
    if (worst.error <= maxError) continue;
    keys.add(worst.frame);
    spans.push([start, worst.frame], [worst.frame, end]);
  }
  const sorted = [...keys].sort((a, b) => a - b);
  const kept: number[] = [];
  for (const [i, frame] of sorted.entries()) {
    const [before, after] = [kept.at(-1), sorted[i + 1]];
    const between = frame % BLOCK === 0 && before !== undefined && after !== undefined;
    if (!between || worstFrame(values, error, before, after).error > maxError) kept.push(frame);
  }
  return kept;
}

function worstFrame<Value>(
  values: readonly Value[],
  error: KeyError<Value>,
  start: number,
  end: number,
): { frame: number; error: number } {
  const between = error(values[start] as Value, values[end] as Value);
  const worst = { frame: start, error: 0 };
  for (let frame = start + 1; frame < end; frame++) {
    const away = between((frame - start) / (end - start), values[frame] as Value);
    if (away > worst.error) {
      worst.frame = frame;
      worst.error = away;
    }
  }
  return worst;
}
