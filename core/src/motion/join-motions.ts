import { frameCount, type Motion } from "./motion.ts";
import { placeMotion, placementOf } from "./place-motion.ts";
import { makeContinuous, slerp } from "./quaternion.ts";
import { JOINT_COUNT } from "./skeleton.ts";

const STRIDE = JOINT_COUNT * 4;

/**
 * Gives `second` after `first`: moved and turned so that it goes on where the first ends, mixed over their shared frames.
 *
 * The result has frames(first) + frames(second) - overlap frames. The second starts where the first is at the beginning of the
 * overlap, so horizontal speed goes over from one to the other.
 *
 * @param overlap frames that are mixed, at most those of the shorter one
 */
export function joinMotions(first: Motion, second: Motion, overlap: number): Motion {
  const before = frameCount(first);
  const shared = Math.min(overlap, before, frameCount(second));
  const meet = before - shared;
  const anchor = Math.min(meet, before - 1);
  const moved = placeMotion(second, placementOf(second, 0), placementOf(first, anchor));
  return crossfade(first, moved, meet, shared);
}

/** Gives `first` up to frame `meet`, then both mixed over `shared` frames, then the rest of `second`, which starts at `meet`. */
export function crossfade(first: Motion, second: Motion, meet: number, shared: number): Motion {
  const frames = meet + frameCount(second);
  const root = new Float32Array(frames * 3);
  const rotations = new Float32Array(frames * STRIDE);
  const contacts = first.contacts && second.contacts ? new Uint8Array(frames * 4) : undefined;
  root.set(first.root.subarray(0, meet * 3));
  root.set(second.root, meet * 3);
  rotations.set(first.rotations.subarray(0, meet * STRIDE));
  rotations.set(second.rotations, meet * STRIDE);
  if (contacts !== undefined) {
    contacts.set(first.contacts?.subarray(0, meet * 4) ?? []);
    contacts.set(second.contacts ?? [], meet * 4);
  }
  for (let i = 0; i < shared; i++) {
    const share = ease((i + 1) / (shared + 1));
    const frame = meet + i;
    mixFrame(root, rotations, frame, first, frame, second, i, share);
    if (contacts !== undefined && share < 0.5) {
      for (let foot = 0; foot < 4; foot++) contacts[frame * 4 + foot] = first.contacts?.[frame * 4 + foot] ?? 0;
    }
  }
  makeContinuous(rotations, JOINT_COUNT);
  const joined = { fps: first.fps, root, rotations };
  return contacts === undefined ? joined : { ...joined, contacts };
}

/** Writes the pose at `share` of the way from frame `i` of `a` to frame `j` of `b`. */
export function mixFrame(
  root: Float32Array,
  rotations: Float32Array,
  frame: number,
  a: Motion,
  i: number,
  b: Motion,
  j: number,
  share: number,
): void {
  for (let k = 0; k < 3; k++) {
    root[frame * 3 + k] = (a.root[i * 3 + k] ?? 0) * (1 - share) + (b.root[j * 3 + k] ?? 0) * share;
  }
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    const at = joint * 4;
    slerp(rotations, frame * STRIDE + at, a.rotations, i * STRIDE + at, b.rotations, j * STRIDE + at, share);
  }
}

/** Gives an S-shaped course from 0 to 1 that starts and ends at rest. */
export function ease(share: number): number {
  const s = Math.min(1, Math.max(0, share));
  return s * s * (3 - 2 * s);
}

/** Gives frames [start, end) of a motion. */
export function cutMotion(motion: Motion, start: number, end: number): Motion {
  const cut = {
    fps: motion.fps,
    root: motion.root.slice(start * 3, end * 3),
    rotations: motion.rotations.slice(start * STRIDE, end * STRIDE),
  };
  return motion.contacts === undefined ? cut : { ...cut, contacts: motion.contacts.slice(start * 4, end * 4) };
}
