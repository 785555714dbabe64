import { detectContacts } from "./contacts.ts";
import { keepInPlace } from "./in-place.ts";
import type { Motion } from "./motion.ts";
import { resampleMotion } from "./resample-motion.ts";

/** What is asked of the finished motion. */
export interface FinishOptions {
  /** Seconds of the result. */
  readonly duration_s: number;
  /** Frames a second of the result. */
  readonly output_fps: number;
  /** How many times as fast as made it is played. */
  readonly speed: number;
  readonly loop: boolean;
  readonly in_place: boolean;
  readonly foot_lock: boolean;
}

/** Gives the motion as it is handed out: exactly round(duration · fps) frames, contacts told. */
export function finishMotion(made: Motion, options: FinishOptions): Motion {
  const frames = Math.max(1, Math.round(options.duration_s * options.output_fps));
  const contacts = detectContacts(made);
  let motion = resampleMotion({ ...made, contacts }, options.output_fps, options.speed, frames);
  if (options.in_place) motion = keepInPlace(motion);
  return motion;
}
