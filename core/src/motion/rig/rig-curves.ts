import { angleOf, compose, inverse, nearestSign, normalized, type Rotation, turned } from "../rotation.ts";
import { METRES_PER_DEGREE, simplifyKeys } from "../simplify-keys.ts";
import { length, mix, subtract, type Vector3 } from "../vector.ts";
import type { RigCurve } from "./rig-motion.ts";
import type { RigPose } from "./rig-pose.ts";
import type { RigSkeleton } from "./rig-skeleton.ts";

/** How many keys curves get. */
export interface CurveOptions {
  /** every_frame: one key a frame. simplified: few, within key_error_degrees of every frame. */
  keyframes: "every_frame" | "simplified";
  /** Largest error of simplified keys, of each bone's turn; places stay within 4 mm a degree. */
  key_error_degrees: number;
}

/** Gives the curves of bones, in their pose space (rig-motion.ts). */
export function curvesOf(
  skeleton: RigSkeleton,
  poses: readonly RigPose[],
  bones: { turning: readonly number[]; moving: readonly number[] },
  options: CurveOptions,
): RigCurve[] {
  const simplified = options.keyframes === "simplified";
  const locations = bones.moving.map((bone): RigCurve => {
    const values = poses.map((pose) => locationOf(pose, bone));
    const curve = { bone: skeleton.names[bone] ?? "", channel: "location" as const };
    if (!simplified) return { ...curve, values };
    const error = (a: Vector3, b: Vector3) => length(subtract(a, b));
    const frames = simplifyKeys({ values, interpolate: mix, error }, options.key_error_degrees * METRES_PER_DEGREE);
    return { ...curve, frames, values: frames.map((frame) => values[frame] ?? []) };
  });
  const rotations = bones.turning.map((bone): RigCurve => {
    const values: Rotation[] = [];
    for (const pose of poses) {
      const turn = rotationOf(pose, bone);
      values.push(nearestSign(values.at(-1) ?? [0, 0, 0, 1], turn));
    }
    const curve = { bone: skeleton.names[bone] ?? "", channel: "rotation" as const };
    if (!simplified) return { ...curve, values };
    const keyed = { values, interpolate: straight, error: angleOf };
    const frames = simplifyKeys(keyed, (options.key_error_degrees * Math.PI) / 180);
    return { ...curve, frames, values: frames.map((frame) => values[frame] ?? []) };
  });
  return [...locations, ...rotations];
}

function locationOf(pose: RigPose, bone: number): Vector3 {
  const rest = pose.restPositions.get(bone) ?? [0, 0, 0];
  const turn = pose.restRotations.get(bone) ?? [0, 0, 0, 1];
  return turned(inverse(turn), subtract(pose.positions.get(bone) ?? rest, rest));
}

function rotationOf(pose: RigPose, bone: number): Rotation {
  const rest = pose.restRotations.get(bone) ?? [0, 0, 0, 1];
  return normalized(compose(inverse(rest), pose.rotations.get(bone) ?? rest));
}

/** Blender interpolates the four numbers each by itself and makes the result unit. */
function straight(a: Rotation, b: Rotation, share: number): Rotation {
  const part = (index: 0 | 1 | 2 | 3) => a[index] + (b[index] - a[index]) * share;
  return normalized([part(0), part(1), part(2), part(3)]);
}
