import * as numbers from "./quaternion.ts";
import { dot, scale, type Vector3 } from "./vector.ts";

/**
 * A turn as a value: unit quaternion x, y, z, w; q and −q are the same turn. For code that reads better as formulas; the arithmetic over
 * buffers is in quaternion.ts.
 */
export type Rotation = readonly [number, number, number, number];

/** No turn. */
export const IDENTITY: Rotation = [0, 0, 0, 1];

/** Gives a ∘ b ∘ …: the last turns first. */
export function compose(...turns: readonly Rotation[]): Rotation {
  const out: [number, number, number, number] = [0, 0, 0, 1];
  for (const turn of turns) numbers.multiply(out, 0, out, 0, turn, 0);
  return out;
}

/** Gives the way back. */
export function inverse([x, y, z, w]: Rotation): Rotation {
  return [-x, -y, -z, w];
}

/** Gives q of length 1. */
export function normalized(q: Rotation): Rotation {
  const out: [number, number, number, number] = [...q];
  numbers.normalize(out, 0);
  return out;
}

/** Gives a vector turned. */
export function turned(q: Rotation, v: Vector3): Vector3 {
  const out: [number, number, number] = [0, 0, 0];
  numbers.rotate(out, 0, q, 0, v, 0);
  return out;
}

/** Gives the turn about a unit axis by an angle, right-handed. */
export function aboutAxis(axis: Vector3, radians: number): Rotation {
  const sine = Math.sin(radians / 2);
  return [axis[0] * sine, axis[1] * sine, axis[2] * sine, Math.cos(radians / 2)];
}

/** Gives the smallest turn that takes direction `from` to direction `to`. */
export function between(from: Vector3, to: Vector3): Rotation {
  const out: [number, number, number, number] = [0, 0, 0, 1];
  numbers.turnBetween(out, 0, ...from, ...to);
  return out;
}

/** Gives the angle between two turns, radians in [0, π]. */
export function angleOf(a: Rotation, b: Rotation): number {
  return numbers.angleBetween(a, 0, b, 0);
}

/** Gives b or −b, whichever lies nearer to a: neighbours in time that are continuous in sign interpolate the short way. */
export function nearestSign(a: Rotation, b: Rotation): Rotation {
  const product = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
  return product < 0 ? [-b[0], -b[1], -b[2], -b[3]] : b;
}

/** Gives the turn at `share` (0 = a, 1 = b) of the short way from a to b. */
export function slerped(a: Rotation, b: Rotation, share: number): Rotation {
  const out: [number, number, number, number] = [0, 0, 0, 1];
  numbers.slerp(out, 0, a, 0, b, 0, share);
  return out;
}

/** Gives the turn whose matrix has these columns: three unit vectors square to each other, right-handed (Shepperd 1978). */
export function fromAxes(x: Vector3, y: Vector3, z: Vector3): Rotation {
  // The largest of the four parts is found first, so that nothing is divided by a small number.
  const trace = x[0] + y[1] + z[2];
  if (trace > 0) return normalized([y[2] - z[1], z[0] - x[2], x[1] - y[0], trace + 1]);
  if (x[0] >= y[1] && x[0] >= z[2]) {
    return normalized([1 + x[0] - y[1] - z[2], x[1] + y[0], x[2] + z[0], y[2] - z[1]]);
  }
  if (y[1] >= z[2]) return normalized([x[1] + y[0], 1 - x[0] + y[1] - z[2], y[2] + z[1], z[0] - x[2]]);
  return normalized([x[2] + z[0], y[2] + z[1], 1 - x[0] - y[1] + z[2], x[1] - y[0]]);
}

/** Gives the part of a turn that is about a unit axis; none where it turns the axis right round. */
export function twistAbout(q: Rotation, axis: Vector3): Rotation {
  const [x, y, z] = scale(axis, dot([q[0], q[1], q[2]], axis));
  return normalized([x, y, z, q[3]]);
}

/** Reads a turn of a buffer from `start`. */
export function rotationAt(values: ArrayLike<number>, start: number): Rotation {
  return [values[start] ?? 0, values[start + 1] ?? 0, values[start + 2] ?? 0, values[start + 3] ?? 0];
}
