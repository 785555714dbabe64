import type { Joint } from "../../protocol/motion.ts";

/** How one bone moves: its rotation or its location over time. */
export interface RigCurve {
  bone: string;
  /**
   * rotation: unit quaternions x, y, z, w, continuous in sign. location: x, y, z, metres. Both in the bone's pose space: how far it is
   * from where it would be at rest under its parent, about and along its own rest axes (Blender's `matrix_basis` =
   * location · rotation; scale is 1). Bones without a curve stay at rest.
   */
  channel: "rotation" | "location";
  /** Frames that have a key, increasing, from 0 to the last frame. Absent = every frame. */
  frames?: readonly number[];
  /** One value for each key. Between keys each number goes straight (quaternions are then made unit), as in Blender. */
  values: readonly (readonly number[])[];
}

/** A motion on a character's own skeleton. */
export interface RigMotion {
  /** Name of the armature. */
  name: string;
  /** Frames a second, as of the motion. */
  fps: number;
  /** Number of frames, as of the motion. */
  frames: number;
  /** Names of all bones of the rig, in the rig's order. */
  bones: readonly string[];
  /** Bone that takes each joint's motion, as given or found. */
  map: Partial<Record<Joint, string>>;
  /** Naming that the map was found by, or "given". */
  convention: string;
  /** Bone that carries the way over the ground; absent = the hips do. */
  root_bone?: string;
  /** Size of the character against the motion's skeleton: leg length divided by leg length. */
  scale: number;
  curves: readonly RigCurve[];
  /** What a person should know, in whole sentences: joints without a bone, feet that could not reach the ground. */
  notes: readonly string[];
}
