import type { Vector3 } from "../vector.ts";

/** A leg of the character over time; world, metres. */
export interface LegTrack {
  /** Where the leg hangs from. */
  hip: (frame: number) => Vector3;
  /** Where its ankle should be. */
  ankle: (frame: number) => Vector3;
  /** Whether the foot bears weight, so that it has to be reached. */
  bears: (frame: number) => boolean;
  /** Length of the stretched leg. */
  reach: number;
}

/** Seconds to either side over which the hips begin to sink and rise again. */
const EASE_S = 0.15;
/** Share of its length that a leg is stretched to. */
const STRETCH = 0.99995;
/** The hips sink by no more than this share of the leg. */
const DEEPEST = 0.35;

/**
 * Gives how far the hips have to sink in each frame, metres, so that every foot that bears weight is within reach, eased in time; and
 * how many frames have a foot that is out of reach all the same.
 */
export function lowerHips(
  legs: readonly LegTrack[],
  frames: number,
  fps: number,
): { drop: number[]; unreached: number } {
  let unreached = 0;
  const needed = Array.from({ length: frames }, (_, frame) => {
    let sink = 0;
    let missed = false;
    for (const { hip, ankle, bears, reach } of legs) {
      if (!bears(frame)) continue;
      const [hx, hy, hz] = hip(frame);
      const [ax, ay, az] = ankle(frame);
      const across = Math.hypot(hx - ax, hz - az);
      const down = Math.sqrt(Math.max(0, (reach * STRETCH) ** 2 - across ** 2));
      const wanted = hy - ay - down;
      sink = Math.max(sink, Math.min(wanted, DEEPEST * reach));
      missed ||= across > reach || wanted > DEEPEST * reach;
    }
    if (missed) unreached++;
    return sink;
  });
  // The largest of the window, then the mean over the same window: smooth, and nowhere less than needed.
  const ease = Math.max(1, Math.round(EASE_S * fps));
  const widest = needed.map((_, frame) => Math.max(...needed.slice(Math.max(0, frame - ease), frame + ease + 1)));
  const drop = widest.map((_, frame) => {
    const near = widest.slice(Math.max(0, frame - ease), frame + ease + 1);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
  return { drop, unreached };
}
