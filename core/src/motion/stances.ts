/** Frames [start, end) in which a foot bears weight. */
export interface Stance {
  readonly start: number;
  readonly end: number;
}

/** Pauses shorter than this within a stance are mistakes of the detection, seconds; so are stances that are shorter. */
const SHORTEST_S = 0.12;

/** Gives the stances of a foot: frames in which its ankle or its ball is in contact; gaps and single frames are cleaned away. */
export function stancesOf(contacts: Uint8Array, foot: 0 | 1, fps: number): Stance[] {
  const frames = contacts.length / 4;
  const shortest = Math.max(2, Math.round(SHORTEST_S * fps));
  const found: { start: number; end: number }[] = [];
  for (let frame = 0; frame < frames; frame++) {
    const stands = (contacts[frame * 4 + foot] ?? 0) + (contacts[frame * 4 + 2 + foot] ?? 0) > 0;
    if (!stands) continue;
    const last = found.at(-1);
    if (last !== undefined && frame - last.end < shortest) last.end = frame + 1;
    else found.push({ start: frame, end: frame + 1 });
  }
  return found.filter(({ start, end }) => end - start >= shortest || start === 0 || end === frames);
}
