import type { TorchGenerator } from "../diffusion/torch-generator.ts";
import type { MotionDiffusionConfig } from "../models/motion-diffusion-config.ts";
import { calmSeams } from "../motion/calm-seams.ts";
import { continueMotion } from "../motion/continue-motion.ts";
import { endAtRest } from "../motion/end-at-rest.ts";
import { crossfade, cutMotion, joinMotions } from "../motion/join-motions.ts";
import { keepStraight } from "../motion/keep-straight.ts";
import { limitTurn } from "../motion/limit-turn.ts";
import { frameCount, type Motion } from "../motion/motion.ts";
import type { MotionTargets } from "../motion/motion-targets.ts";
import { goesStraight, staysInPlace, turnOf } from "../motion/motion-words.ts";
import { obeyTurn } from "../motion/obey-turn.ts";
import { ORIGIN, placeMotion, placementOf } from "../motion/place-motion.ts";
import { poseDistance } from "../motion/pose-distance.ts";
import { stayInPlace } from "../motion/stay-in-place.ts";
import { wayOfSupports } from "../motion/way-of-supports.ts";
import { startPlacement, windowConditions } from "./motion-conditions.ts";
import { type MotionDenoiser, stepsOf } from "./motion-denoiser.ts";
import type { MotionPart } from "./motion-plan.ts";
import type { MotionRows } from "./motion-rows.ts";

/** A part of the timeline with what it is made from. */
export interface TimelinePart extends MotionPart {
  /** Vector of what is said. */
  readonly text: Float32Array;
  /**
   * Recorded motion, fitted to the part and {@link BLEND_FRAMES} beyond it, and {@link SLACK_FRAMES} more where it follows another part and no
   * path; absent = from noise alone.
   */
  readonly reference?: Motion;
  /** Frames made beyond the part's end, so that it may end where the body rests; absent = it ends where it ends. */
  readonly slack_frames?: number;
}

/** What {@link makeTimeline} works with. */
export interface TimelineOptions {
  readonly parts: readonly TimelinePart[];
  readonly targets: MotionTargets;
  readonly config: MotionDiffusionConfig;
  readonly rows: MotionRows;
  readonly denoiser: MotionDenoiser;
  readonly unsaid: Float32Array;
  readonly steps: number;
  readonly guidance_scale: number;
  /** Share of the noise schedule that references are taken back to; 0 leaves them as they are. */
  readonly variation: number;
  /** Frames made beyond the last part, for a loop to close in. */
  readonly tail_frames: number;
  readonly generator: TorchGenerator;
  /** Gets the motion so far with a step's guess at its end. */
  onStep(guess: () => Motion): void;
}

/** Frames over which one part goes over into the next: 0.7 s. */
export const BLEND_FRAMES = 14;
/** Frames that a reference has more, so that it may begin where its legs are in step with what comes before, or a part from noise, so that it may end at rest: 0.6 s. */
export const SLACK_FRAMES = 12;
/** What each frame left out at its start costs, radians of a joint. */
const FARTHER = 0.002;
/** Up to this variation a reference is varied without guidance: the words have chosen it, and guiding doubles the time. */
const UNGUIDED = 0.5;
/** Frames of the part before that the network is shown when other words begin. */
const TRANSITION_FRAMES = 12;

/** Windows of one part. */
interface Window {
  /** First frame that is made. */
  readonly start: number;
  readonly end: number;
  /** Frames before it that the network is shown. */
  readonly context: number;
}

/** Gives how many steps {@link makeTimeline} will run. */
export function countSteps(
  options: Pick<TimelineOptions, "parts" | "config" | "steps" | "variation" | "tail_frames">,
): number {
  return options.parts.reduce((sum, part, i) => {
    const each = stepsOf(options.steps, part.reference === undefined ? undefined : options.variation);
    return sum + each * windowsOf(options, i).length;
  }, 0);
}

/**
 * Makes the whole motion part by part, window by window: each window sees the end of what is there already, clamped, so that the motion
 * goes on without a seam. A part with a reference starts from it, taken back to `variation` of the noise.
 */
export async function makeTimeline(options: TimelineOptions): Promise<Motion> {
  let done: Motion | undefined;
  let rows: Float32Array | undefined;
  for (const [i, part] of options.parts.entries()) {
    const windows = windowsOf(options, i);
    let draft = draftOf(part, done, options.targets);
    if (draft !== undefined && options.variation === 0) {
      done = obeyed(draft, part, options.targets);
      continue;
    }
    for (const window of windows) {
      const made = await makeWindow(options, part, window, done, draft, rows);
      done = made.motion;
      rows = made.rows;
      if (draft !== undefined && options.targets.path === undefined) draft = goOn(draft, done, window.end);
    }
    if (done !== undefined && part.slack_frames !== undefined) done = endAtRest(done, part.start, part.end);
    done = obeyed(done, part, options.targets);
  }
  if (done === undefined) throw new Error("a timeline has a part");
  const { path, heading, keys } = options.targets;
  // Where times are told, time is not to be touched.
  const timed = path !== undefined || heading !== undefined || keys.length > 0;
  return timed
    ? done
    : calmSeams(
        done,
        options.parts.slice(1).map(({ start }) => start),
      );
}

/** Turns a part to the side that its words say, keeps it straight or in its place, where nothing else says where to go or look. */
function obeyed<M extends Motion | undefined>(
  motion: M,
  { prompt, start, end }: MotionPart,
  targets: MotionTargets,
): M | Motion {
  const told = targets.path !== undefined || targets.heading !== undefined || targets.keys.length > 0;
  if (motion === undefined || told) return motion;
  const angle = turnOf(prompt);
  if (staysInPlace(prompt)) return stayInPlace(motion, start, end);
  if (goesStraight(prompt)) return keepStraight(motion, start, end);
  return angle === undefined ? motion : obeyTurn(motion, start, end, angle);
}

/** Windows that make a part, of about the same length; a part goes on for the blend if what follows starts from a recording, else for its slack. */
function windowsOf(
  { parts, config, tail_frames }: Pick<TimelineOptions, "parts" | "config" | "tail_frames">,
  index: number,
): Window[] {
  const part = parts[index];
  if (part === undefined) return [];
  const next = parts[index + 1];
  const beyond =
    next === undefined ? tail_frames : next.reference === undefined ? (part.slack_frames ?? 0) : BLEND_FRAMES;
  const total = part.end + beyond - part.start;
  const shown = Math.min(index === 0 ? 0 : TRANSITION_FRAMES, part.start);
  const first = Math.min(total, config.window_frames - shown);
  const windows: Window[] = [];
  const room = config.window_frames - config.overlap_frames;
  const count = Math.ceil((total - first) / room);
  // The first window takes its share too, so that no window is left with a frame or two.
  const opening = count === 0 ? total : Math.max(total - count * room, Math.min(first, Math.ceil(total / (count + 1))));
  windows.push({ start: part.start, end: part.start + opening, context: shown });
  for (let k = 0; k < count; k++) {
    const start = part.start + opening + Math.round(((total - opening) * k) / count);
    const end = part.start + opening + Math.round(((total - opening) * (k + 1)) / count);
    windows.push({ start, end, context: Math.min(start, config.overlap_frames) });
  }
  return windows;
}

/** Gives what is there so far and the part's reference after it, in the world; undefined for a part without one. */
function draftOf(part: TimelinePart, done: Motion | undefined, targets: MotionTargets): Motion | undefined {
  const { reference, start } = part;
  if (reference === undefined) return undefined;
  const overlap = done === undefined ? 0 : Math.min(frameCount(done) - start, part.end - start);
  // A reference that follows a path is in its place already.
  if (targets.path !== undefined) return done === undefined ? reference : crossfade(done, reference, start, overlap);
  if (done !== undefined) return joinMotions(done, inStep(reference, done, start), overlap);
  return placeMotion(reference, placementOf(reference, 0), startPlacement(targets));
}

/** Gives a reference without what comes before the frame at which its body is likest what it goes on from, and moves as that. */
function inStep(reference: Motion, done: Motion, at: number): Motion {
  const costs = Array.from(
    { length: SLACK_FRAMES + 1 },
    (_, first) => FARTHER * first + poseDistance(done, Math.min(at, frameCount(done) - 1), reference, first),
  );
  const first = costs.indexOf(Math.min(...costs));
  return cutMotion(reference, first, first + frameCount(reference) - SLACK_FRAMES);
}

/** Gives the draft from frame `at` on moved to where the motion has come, since varying it changed the way. */
function goOn(draft: Motion, done: Motion, at: number): Motion {
  if (at >= frameCount(draft)) return draft;
  const rest = placeMotion(
    cutMotion(draft, at, frameCount(draft)),
    placementOf(draft, at - 1),
    placementOf(done, at - 1),
  );
  return crossfade(cutMotion(done, 0, at), rest, at, 0);
}

/** Makes a window; gives all of the motion so far and the rows of this window. */
async function makeWindow(
  options: TimelineOptions,
  part: TimelinePart,
  { start, end, context }: Window,
  done: Motion | undefined,
  draft: Motion | undefined,
  lastRows: Float32Array | undefined,
): Promise<{ motion: Motion; rows: Float32Array }> {
  const { config, rows, denoiser, targets } = options;
  const first = start - context;
  const frames = end - first;
  const before = done === undefined || context === 0 ? undefined : cutMotion(done, first, start);
  const part_draft = draft === undefined ? undefined : cutMotion(draft, first, Math.min(end, frameCount(draft)));
  const own = part_draft !== undefined && frameCount(part_draft) === frames ? part_draft : undefined;
  const placement =
    before !== undefined ? placementOf(before, 0) : own !== undefined ? placementOf(own, 0) : startPlacement(targets);
  const told = windowConditions({
    rows,
    conditions: config.conditions,
    window_frames: config.window_frames,
    context: before,
    first,
    frames,
    placement,
    targets,
    draft: own,
  });
  // Rows that cannot be made from motions are taken over from the window before, whose last ones they were.
  const kept =
    rows.encode === undefined ? lastRows?.subarray(Math.max(0, lastRows.length - context * rows.width)) : undefined;
  told.observed.set(kept ?? []);
  const encoded = own === undefined ? undefined : rows.encode?.(placeMotion(own, placement, ORIGIN));
  const begin = encoded === undefined ? undefined : new Float32Array(config.window_frames * rows.width);
  begin?.set(encoded ?? []);
  // The network's own way is poor where nothing says where to go; that of its steps is not.
  const ownWay =
    own === undefined &&
    rows.encode !== undefined &&
    targets.path === undefined &&
    targets.keys.every(({ pose }) => pose.root === undefined);
  const ownLook =
    targets.heading === undefined && targets.keys.every(({ pose }) => pose.rotations.pelvis === undefined);
  const toWorld = (clean: Float32Array): Motion => {
    const raw = rows.decode(clean, frames);
    const decoded = ownWay ? wayOfSupports(ownLook ? limitTurn(raw, context) : raw, context) : raw;
    // A network that was told no place may begin anywhere.
    const free = before === undefined && own === undefined;
    const motion = placeMotion(decoded, free ? placementOf(decoded, 0) : ORIGIN, placement);
    if (done === undefined || context === 0) return motion;
    return continueMotion(cutMotion(done, 0, start), cutMotion(motion, context, frames), own !== undefined);
  };
  const clean = await denoiser.denoise(
    {
      text: part.text,
      unsaid: options.unsaid,
      frames,
      ...told,
      keptFrames: (kept?.length ?? 0) / rows.width,
      ...(begin === undefined ? {} : { start: begin }),
      steps: options.steps,
      guidance_scale: own !== undefined && options.variation <= UNGUIDED ? 1 : options.guidance_scale,
      variation: options.variation,
      generator: options.generator,
    },
    (guess) => options.onStep(() => toWorld(guess)),
  );
  return { motion: toWorld(clean), rows: clean.slice(0, frames * rows.width) };
}
