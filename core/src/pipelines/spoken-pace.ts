import { type Tempo, tempoOf } from "../motion/motion-words.ts";
import type { ResolvedMotionParams } from "./motion-params.ts";

/** How fast slow and fast are against usual. */
const PACES: Record<NonNullable<Tempo>, number> = { slow: 0.7, fast: 1.4 };

/**
 * Gives how many times as fast as made a motion from noise alone is played for the sake of its words of tempo: a network of this size
 * hardly tells "slowly" from "quickly". Undefined where segments differ in tempo or say none, where a path says how fast, and where
 * recordings of that tempo are looked for.
 */
export function spokenPace({ mode, path, segments }: ResolvedMotionParams): number | undefined {
  if (mode !== "generated" || path !== undefined) return undefined;
  const [tempo, ...others] = new Set(segments.map(({ prompt }) => tempoOf(prompt)));
  return tempo === undefined || others.length > 0 ? undefined : PACES[tempo];
}
