import type { Motion } from "../motion/motion.ts";

/** Gives a motion on buffers of its own that may be handed to another thread. Copied: one of 120 s has a megabyte. */
export function ownedMotion(motion: Motion): Motion {
  const { fps, root, rotations, contacts } = motion;
  return {
    fps,
    root: Float32Array.from(root),
    rotations: Float32Array.from(rotations),
    ...(contacts === undefined ? {} : { contacts: Uint8Array.from(contacts) }),
  };
}
