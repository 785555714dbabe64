import { forwardKinematics } from "./forward-kinematics.ts";
import { frameCount, type Motion } from "./motion.ts";
import { FEET, JOINT_COUNT, STANDING_HEIGHTS } from "./skeleton.ts";

/** Options of {@link detectContacts}. */
export interface ContactOptions {
  /** Metres above where a flat foot has the joint. */
  height?: number;
  /** Metres a second. */
  speed?: number;
}

/** The rule of the training data: models/training/motion/motion.py, contacts_of. */
export const CONTACT_DEFAULTS: Required<ContactOptions> = { height: 0.05, speed: 0.35 };

/** Tells for each of FEET whether it bears weight: low and slow; [frames, 4] of 0 and 1. */
export function detectContacts(motion: Motion, options: ContactOptions = {}): Uint8Array {
  const { height, speed } = { ...CONTACT_DEFAULTS, ...options };
  const frames = frameCount(motion);
  const { positions } = forwardKinematics(motion);
  const contacts = new Uint8Array(frames * 4);
  for (let frame = 0; frame < frames; frame++) {
    // As numpy.gradient: central differences, one-sided at the ends.
    const before = Math.max(0, frame - 1);
    const after = Math.min(frames - 1, frame + 1);
    for (const [foot, joint] of FEET.entries()) {
      const at = (frame * JOINT_COUNT + joint) * 3;
      if ((positions[at + 1] ?? 0) - (STANDING_HEIGHTS[foot] ?? 0) >= height) continue;
      let square = 0;
      for (let k = 0; k < 3; k++) {
        const a = positions[(before * JOINT_COUNT + joint) * 3 + k] ?? 0;
        const b = positions[(after * JOINT_COUNT + joint) * 3 + k] ?? 0;
        square += (b - a) ** 2;
      }
      const span = Math.max(1, after - before) / motion.fps;
      if (Math.sqrt(square) / span < speed) contacts[frame * 4 + foot] = 1;
    }
  }
  return contacts;
}
