import type { Motion } from "../motion/motion.ts";

/** A sentence of the timeline and the frames of the motion that it stands for, [start_frame, end_frame). */
export interface MotionSegmentSpan {
  readonly prompt: string;
  readonly start_frame: number;
  readonly end_frame: number;
}

/** What a part of a motion was made of. */
export interface MotionOrigin {
  /** Index into the segments. */
  readonly segment: number;
  /** retrieved: a recorded clip, fitted. varied: a recorded clip, in part made anew. generated: from noise alone. source: the motion that was given. */
  readonly kind: "retrieved" | "varied" | "generated" | "source";
  /** Ids of the clips of the bundle's library. */
  readonly clips: readonly string[];
}

/** A finished motion, not yet encoded or signed. */
export interface GeneratedMotion {
  /** At the frame rate of the request. */
  readonly motion: Motion;
  /** Seed that this motion's noise started from. */
  readonly seed: number;
  readonly segments: readonly MotionSegmentSpan[];
  readonly origin: readonly MotionOrigin[];
  /** What the artist should know, in words without the prompt's. */
  readonly warnings: readonly string[];
}
