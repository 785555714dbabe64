import { type InSteps, mapInSteps } from "../in-steps.ts";
import { placeError, straightTurnError } from "../key-errors.ts";
import { compose, inverse, nearestSign, normalized, type Rotation, turned } from "../rotation.ts";
import { LEG_SHARE, METRES_PER_DEGREE, simplifyKeys } from "../simplify-keys.ts";
import { subtract, type Vector3 } from "../vector.ts";
import type { RigCurve } from "./rig-motion.ts";
import type { RigPose } from "./rig-pose.ts";
import type { RigSkeleton } from "./rig-skeleton.ts";

/** How many keys curves get. */
export interface CurveOptions {
  /** every_frame: one key a frame. simplified: few, within key_error_degrees of every frame. */
  keyframes: "every_frame" | "simplified";
  /** Largest error of simplified keys, of each bone's turn; places stay within 2 mm a degree, hips and legs within half of the turn. */
  key_error_degrees: number;
}

/** Gives the curves of bones, in their pose space (rig-motion.ts), in steps of a curve. */
export function* curvesInSteps(
  skeleton: RigSkeleton,
  poses: readonly RigPose[],
  bones: { turning: readonly number[]; moving: readonly number[]; legs: ReadonlySet<number> },
  options: CurveOptions,
): InSteps<RigCurve[]> {
  const simplified = options.keyframes === "simplified";
  const locations = yield* mapInSteps(bones.moving.length, (index): RigCurve => {
    const bone = bones.moving[index] ?? -1;
    const values = poses.map((pose) => locationOf(pose, bone));
    const curve = { bone: skeleton.names[bone] ?? "", channel: "location" as const };
    if (!simplified) return { ...curve, values };
    const frames = simplifyKeys(
      { values, error: placeError },
      options.key_error_degrees * LEG_SHARE * METRES_PER_DEGREE,
    );
    return { ...curve, frames, values: frames.map((frame) => values[frame] ?? []) };
  });
  const rotations = yield* mapInSteps(bones.turning.length, (index): RigCurve => {
    const bone = bones.turning[index] ?? -1;
    const values: Rotation[] = [];
    for (const pose of poses) {
      const turn = rotationOf(pose, bone);
      values.push(nearestSign(values.at(-1) ?? [0, 0, 0, 1], turn));
    }
    const curve = { bone: skeleton.names[bone] ?? "", channel: "rotation" as const };
    if (!simplified) return { ...curve, values };
    const frames = simplifyKeys(
      { values, error: straightTurnError },
      (options.key_error_degrees * (bones.legs.has(bone) ? LEG_SHARE : 1) * Math.PI) / 180,
    );
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
