import type { RigMotion } from "../../../core/src/motion/rig/rig-motion.ts";
import type { Vector3 } from "../../../core/src/motion/vector.ts";
import type { Rig } from "../../../core/src/protocol/motion.ts";

/** Matrix of 3 rows and 4 columns: turn and place. */
type Matrix = readonly number[];

/** Where bones are in a frame; world. */
export interface PlayedFrame {
  head(bone: string): Vector3;
}

/**
 * Plays curves as Blender does, with matrices: a bone's pose is its parent's pose · inverse of the parent's rest · the bone's rest ·
 * location · rotation. Shares no line with the code under test.
 */
export function playRig(rig: Rig, motion: RigMotion): PlayedFrame[] {
  const rests = rig.bones.map((bone) => fromQuaternion(bone.rotation, bone.head));
  const curves = new Map(motion.curves.map((curve) => [`${curve.bone} ${curve.channel}`, curve]));
  const valueAt = (bone: string, channel: string, frame: number): number[] | undefined => {
    const curve = curves.get(`${bone} ${channel}`);
    if (curve === undefined) return undefined;
    if (curve.frames === undefined) return [...(curve.values[frame] ?? [])];
    const next = curve.frames.findIndex((key) => key >= frame);
    const [k1, k0] = next < 0 ? [curve.frames.length - 1, curve.frames.length - 1] : [next, Math.max(0, next - 1)];
    const [f0, f1] = [curve.frames[k0] ?? 0, curve.frames[k1] ?? 0];
    const share = f1 === f0 ? 0 : (frame - f0) / (f1 - f0);
    const [v0, v1] = [curve.values[k0] ?? [], curve.values[k1] ?? []];
    return v0.map((value, index) => value + ((v1[index] ?? 0) - value) * share);
  };
  const index = new Map(rig.bones.map(({ name }, bone) => [name, bone]));
  const local = rig.bones.map(({ parent }, bone) => {
    const rest = rests[bone] ?? [];
    return parent < 0 ? rest : times(inverse(rests[parent] ?? []), rest);
  });
  return Array.from({ length: motion.frames }, (_, frame) => {
    const poses = new Map<number, Matrix>();
    const poseOf = (bone: number): Matrix => {
      const known = poses.get(bone);
      if (known !== undefined) return known;
      const { name = "", parent = -1 } = rig.bones[bone] ?? {};
      const under = parent < 0 ? (local[bone] ?? []) : times(poseOf(parent), local[bone] ?? []);
      const q = valueAt(name, "rotation", frame) ?? [0, 0, 0, 1];
      const size = Math.hypot(...q);
      const unit = q.map((part) => part / size);
      const pose = times(under, fromQuaternion(unit, valueAt(name, "location", frame) ?? [0, 0, 0]));
      poses.set(bone, pose);
      return pose;
    };
    return {
      head: (bone) => {
        const pose = poseOf(index.get(bone) ?? -1);
        return [pose[3] ?? 0, pose[7] ?? 0, pose[11] ?? 0];
      },
    };
  });
}

function fromQuaternion(q: readonly number[], place: readonly number[]): Matrix {
  const [x = 0, y = 0, z = 0, w = 1] = q;
  return [
    [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y), place[0] ?? 0],
    [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x), place[1] ?? 0],
    [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y), place[2] ?? 0],
  ].flat();
}

function times(a: Matrix, b: Matrix): Matrix {
  const at = (m: Matrix, row: number, column: number) => m[row * 4 + column] ?? 0;
  return [0, 1, 2].flatMap((row) =>
    [0, 1, 2, 3].map(
      (column) =>
        [0, 1, 2].reduce((sum, k) => sum + at(a, row, k) * at(b, k, column), 0) + (column === 3 ? at(a, row, 3) : 0),
    ),
  );
}

function inverse(m: Matrix): Matrix {
  const at = (row: number, column: number) => m[row * 4 + column] ?? 0;
  return [0, 1, 2].flatMap((row) => [
    at(0, row),
    at(1, row),
    at(2, row),
    -(at(0, row) * at(0, 3) + at(1, row) * at(1, 3) + at(2, row) * at(2, 3)),
  ]);
}
