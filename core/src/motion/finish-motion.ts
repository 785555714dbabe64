import { closeLoop, extendCycle } from "./close-loop.ts";
import { detectContacts } from "./contacts.ts";
import { lockFeet } from "./foot-lock.ts";
import { keepInPlace } from "./in-place.ts";
import { cutMotion } from "./join-motions.ts";
import { meetKeyPoses, type TimedKeyPose } from "./key-poses.ts";
import { meetTargets } from "./meet-targets.ts";
import type { Motion } from "./motion.ts";
import { motionTargets, type TargetRequest } from "./motion-targets.ts";
import { raiseBody } from "./raise-body.ts";
import { motionAt } from "./resample-motion.ts";
import { smoothMotion } from "./smooth.ts";

/** What is asked of the finished motion. */
export interface FinishOptions extends TargetRequest {
  /** Seconds of the result. */
  readonly duration_s: number;
  /** Frames a second of the result. */
  readonly output_fps: number;
  /** How many times as fast as made it is played. */
  readonly speed: number;
  readonly loop: boolean;
  readonly in_place: boolean;
  readonly foot_lock: boolean;
  /** Deviation of the Gaussian that takes the tremor of denoising away, seconds; 0 = nothing was denoised. */
  readonly tremor_s: number;
  /** Whether the motion's contacts are those of recordings, which hold even where a path or a network made the feet slide. */
  readonly contacts_known: boolean;
}

/**
 * Seconds of the rounds before and after a cycle that are cleaned up with it, at most a round: a stance over its seam is to be one stance,
 * and one that begins there the same at both ends. With 0.8 s a foot that stood for longer was held at two places.
 */
const MARGIN_S = 2.5;

/**
 * Gives a motion as it is handed out: exactly round(duration · fps) frames, brought to path, heading and key poses, feet held, nothing
 * in the ground, key poses hit exactly, and if asked for a cycle or in place.
 */
export function finishMotion(made: Motion, options: FinishOptions): Motion {
  const { duration_s, output_fps, speed, loop, path } = options;
  const frames = Math.max(1, Math.round(duration_s * output_fps));
  const length = Math.max(2, Math.round(duration_s * speed * made.fps));
  const targets = motionTargets(options, length, duration_s, made.fps * speed);
  const smooth = smoothMotion(made, { sigma_s: options.tremor_s });
  const contacts = contactsOf(made, smooth, options.contacts_known);
  const met = meetTargets({ ...smooth, contacts }, targets);
  const keys = options.key_poses.map((pose) => ({
    frame: Math.min(frames - 1, Math.round(pose.time_s * output_fps)),
    pose,
  }));
  if (!loop) {
    const step = (made.fps * speed) / output_fps;
    const at = Float64Array.from({ length: frames }, (_, frame) => frame * step);
    const clean = cleanUp(motionAt(met, at, output_fps), keys, options);
    return options.in_place ? keepInPlace(clean) : clean;
  }
  const cycle = closeLoop(met, {
    frames: length,
    closed: path?.closed === true,
    matched: path === undefined && keys.length === 0 && options.heading.length === 0,
  });
  const around = Math.min(frames, Math.round(MARGIN_S * output_fps));
  const margin = Math.ceil((around * length) / frames) + 2;
  const at = Float64Array.from(
    { length: frames + 2 * around },
    (_, frame) => margin + ((frame - around) * length) / frames,
  );
  const rounds = [-1, 0, 1].flatMap((round) => keys.map((key) => inRound(key, round, frames, around, cycle.way)));
  const inside = rounds.filter(({ frame }) => frame >= 0 && frame < at.length);
  const clean = cleanUp(motionAt(extendCycle(cycle, margin), at, output_fps), inside, options);
  const once = cutMotion(clean, around, around + frames);
  return options.in_place ? keepInPlace(once, cycle.way) : once;
}

/** A foot higher or faster than this bears no weight whatever the network says: to hold it would throw it half a metre. */
const DOUBTFUL = { height: 0.12, speed: 1 };

/** Contacts of a recording as they are; else what is low and slow, and what the network says bears weight. */
function contactsOf(made: Motion, smooth: Motion, known: boolean): Uint8Array {
  if (known && made.contacts !== undefined) return made.contacts;
  const perhaps = detectContacts(smooth, DOUBTFUL);
  return detectContacts(smooth).map((slow, i) =>
    slow === 1 || (made.contacts?.[i] === 1 && perhaps[i] === 1) ? 1 : 0,
  );
}

function cleanUp(motion: Motion, keys: readonly TimedKeyPose[], { foot_lock }: FinishOptions): Motion {
  const raised = raiseBody(motion);
  const met = meetKeyPoses(foot_lock ? lockFeet(raised) : raised, keys);
  return keys.length === 0 ? met : { ...met, contacts: stillInContact(met) };
}

/** Feet that a key pose has moved bear no weight while they move: a lock after retargeting would pull the body out of the pose. */
function stillInContact(met: Motion): Uint8Array {
  const slow = detectContacts(met);
  return met.contacts === undefined ? slow : met.contacts.map((contact, i) => (contact === 1 && slow[i] === 1 ? 1 : 0));
}

/** Gives a key as it stands in another round of a cycle. */
function inRound(
  { frame, pose }: TimedKeyPose,
  round: number,
  frames: number,
  around: number,
  way: readonly [number, number],
): TimedKeyPose {
  const at = around + frame + round * frames;
  if (round === 0 || (way[0] === 0 && way[1] === 0)) return { frame: at, pose };
  const moved = (place: readonly [number, number, number]): [number, number, number] => [
    place[0] + round * way[0],
    place[1],
    place[2] + round * way[1],
  ];
  const positions = Object.fromEntries(Object.entries(pose.positions).map(([name, place]) => [name, moved(place)]));
  return { frame: at, pose: { ...pose, positions, ...(pose.root && { root: moved(pose.root) }) } };
}
