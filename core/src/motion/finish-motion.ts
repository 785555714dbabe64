import { detectContacts } from "./contacts.ts";
import { lockFeet } from "./foot-lock.ts";
import { keepInPlace } from "./in-place.ts";
import type { Motion } from "./motion.ts";
import { resampleMotion } from "./resample-motion.ts";
import { smoothMotion } from "./smooth.ts";

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

/** Deviation of the Gaussian that takes the tremor of denoising away, seconds. */
const TREMOR_S = 0.04;

/** Gives the motion as it is handed out: exactly round(duration · fps) frames, contacts told. */
export function finishMotion(made: Motion, options: FinishOptions): Motion {
  const frames = Math.max(1, Math.round(options.duration_s * options.output_fps));
  const smooth = smoothMotion(made, { sigma_s: TREMOR_S });
  const contacts = detectContacts(smooth);
  let motion = resampleMotion({ ...smooth, contacts }, options.output_fps, options.speed, frames);
  if (options.foot_lock) motion = lockFeet(motion);
  if (options.in_place) motion = keepInPlace(motion);
  return motion;
}
