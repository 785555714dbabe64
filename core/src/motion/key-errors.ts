import type { Rotation } from "./rotation.ts";
import type { Vector3 } from "./vector.ts";

/** Gives, for two keys, how far what lies at `share` (0 = a, 1 = b) between them is from the truth. Builds nothing for each frame. */
export type KeyError<Value> = (a: Value, b: Value) => (share: number, truth: Value) => number;

/** Places between keys go straight; metres. */
export const placeError: KeyError<Vector3> = (a, b) => (share, truth) =>
  Math.hypot(
    a[0] + (b[0] - a[0]) * share - truth[0],
    a[1] + (b[1] - a[1]) * share - truth[1],
    a[2] + (b[2] - a[2]) * share - truth[2],
  );

/** Each number of a turn goes straight by itself and the result is made unit, as in Blender; radians. */
export const straightTurnError: KeyError<Rotation> = (a, b) => (share, truth) =>
  turnError(a, b, 1 - share, share, truth);

/** Turns between keys go the short way at even speed, as in glTF; radians. */
export const slerpedTurnError: KeyError<Rotation> = (a, b) => {
  const dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
  const sign = dot < 0 ? -1 : 1;
  const angle = Math.acos(Math.min(1, Math.abs(dot)));
  const sine = Math.sin(angle);
  if (sine < 1e-4) return (share, truth) => turnError(a, b, 1 - share, sign * share, truth);
  return (share, truth) =>
    turnError(a, b, Math.sin((1 - share) * angle) / sine, (sign * Math.sin(share * angle)) / sine, truth);
};

/** Angle between p · a + q · b, made unit, and the truth. */
function turnError(a: Rotation, b: Rotation, p: number, q: number, truth: Rotation): number {
  const x = p * a[0] + q * b[0];
  const y = p * a[1] + q * b[1];
  const z = p * a[2] + q * b[2];
  const w = p * a[3] + q * b[3];
  const near = x * truth[0] + y * truth[1] + z * truth[2] + w * truth[3] < 0 ? -1 : 1;
  const scale = near / (Math.sqrt(x * x + y * y + z * z + w * w) || 1);
  const [dx, dy, dz, dw] = [x * scale - truth[0], y * scale - truth[1], z * scale - truth[2], w * scale - truth[3]];
  // Of the chord, since the arc cosine loses small angles.
  return 4 * Math.asin(Math.min(1, Math.sqrt(dx * dx + dy * dy + dz * dz + dw * dw) / 2));
}
