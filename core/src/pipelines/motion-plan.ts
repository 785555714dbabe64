import { withSide } from "../motion/motion-words.ts";
import { splitPrompt } from "../motion/split-prompt.ts";
import type { ResolvedMotionParams } from "./motion-params.ts";

/** One thing that is done, and when. */
export interface MotionPart {
  /** Index into the request's segments. */
  readonly segment: number;
  /** What is said, style included. */
  readonly prompt: string;
  /** First frame of the plan. */
  readonly start: number;
  /** Frame after the last. */
  readonly end: number;
}

/** The timeline of a request in the frames that the network works on. */
export interface MotionPlan {
  readonly fps: number;
  readonly frames: number;
  /** Length of the motion that is handed out, seconds. */
  readonly duration_s: number;
  /** Seconds of the request × this = seconds of the plan. */
  readonly speed: number;
  readonly parts: readonly MotionPart[];
}

/** A part of a sentence gets at least so many seconds; else the sentence stays whole. */
const SHORTEST_PART_S = 1.2;

/**
 * Lays the segments out in frames. A speed above 1 is a longer plan that is played faster; so the durations stay.
 *
 * A segment whose sentence says several things ("walks, then sits down") becomes as many parts of the same length.
 */
export function planMotion(params: ResolvedMotionParams, fps: number): MotionPlan {
  const { segments, speed, style } = params;
  const parts: MotionPart[] = [];
  let time = 0;
  const frameAt = (seconds: number) => Math.round(seconds * speed * fps);
  for (const [segment, { prompt, duration_s }] of segments.entries()) {
    const things = splitPrompt(prompt);
    const texts = (duration_s * speed) / things.length >= SHORTEST_PART_S ? things : [prompt.trim()];
    for (const [i, text] of texts.entries()) {
      const start = frameAt(time + (duration_s * i) / texts.length);
      const end = frameAt(time + (duration_s * (i + 1)) / texts.length);
      const said = withSide(text);
      parts.push({ segment, prompt: style === "" ? said : `${said} ${style}`, start, end });
    }
    time += duration_s;
  }
  return { fps, frames: Math.max(2, frameAt(time)), duration_s: time, speed, parts };
}
