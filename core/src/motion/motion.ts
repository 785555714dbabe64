/**
 * Motion on the 22-joint skeleton (skeleton.ts): metres, +Y up, right-handed, a figure at rest faces +Z, left = +X.
 * Buffers belong to whoever made the motion; functions of this folder give new ones.
 */
export interface Motion {
  /** Frames a second. */
  readonly fps: number;
  /** Pelvis in the world, [frames, 3]. */
  readonly root: Float32Array;
  /** Joint turns as unit quaternions x, y, z, w, [frames, 22, 4]: the pelvis' in the world, the others' from their parent; sign-continuous in time. */
  readonly rotations: Float32Array;
  /** 1 where a foot bears weight, [frames, 4]: left ankle, right ankle, left ball, right ball. Absent = not known yet. */
  readonly contacts?: Uint8Array;
}

/** Gives the number of frames. */
export function frameCount(motion: Motion): number {
  return motion.root.length / 3;
}
