import { frameCount, type Motion } from "./motion.ts";
import { makeContinuous, normalize } from "./quaternion.ts";
import { JOINT_COUNT } from "./skeleton.ts";

const STRIDE = JOINT_COUNT * 4;

/**
 * Gives the motion at fractional frames. Up to one frame beyond the last the course goes straight on; farther out it is held.
 *
 * Numbers go along Catmull–Rom curves, so that speed does not jump at the old frames as it does with straight ways; turns are then
 * brought back to length 1, which between frames of one motion (a few degrees apart) is the same as going along the sphere.
 * Contacts are those of the nearest frame.
 *
 * @param at fractional frames, in the motion's own frame rate
 * @param fps frame rate of the result
 */
export function motionAt(motion: Motion, at: ArrayLike<number>, fps: number): Motion {
  const last = frameCount(motion) - 1;
  const count = at.length;
  const root = new Float32Array(count * 3);
  const rotations = new Float32Array(count * STRIDE);
  const contacts = motion.contacts === undefined ? undefined : new Uint8Array(count * 4);
  for (let frame = 0; frame < count; frame++) {
    const time = Math.min(last + 1, Math.max(0, at[frame] ?? 0));
    const low = Math.min(Math.floor(time), Math.max(0, last - 1));
    interpolate(root, frame * 3, motion.root, 3, low, last, time - low);
    interpolate(rotations, frame * STRIDE, motion.rotations, STRIDE, low, last, time - low);
    if (contacts !== undefined) {
      const near = Math.min(last, Math.round(time));
      for (let foot = 0; foot < 4; foot++) contacts[frame * 4 + foot] = motion.contacts?.[near * 4 + foot] ?? 0;
    }
  }
  for (let i = 0; i < rotations.length; i += 4) normalize(rotations, i);
  makeContinuous(rotations, JOINT_COUNT);
  return contacts === undefined ? { fps, root, rotations } : { fps, root, rotations, contacts };
}

/**
 * Gives the motion at another frame rate: frame i shows the time i / fps, and n seconds have round(n · fps) frames.
 *
 * @param rate how many times as fast it is played
 * @param count frames of the result; absent = as many as the same time has
 */
export function resampleMotion(motion: Motion, fps: number, rate = 1, count?: number): Motion {
  const frames = count ?? Math.max(1, Math.round((frameCount(motion) / motion.fps / rate) * fps));
  const step = (motion.fps * rate) / fps;
  return motionAt(
    motion,
    Float64Array.from({ length: frames }, (_, i) => i * step),
    fps,
  );
}

/** Writes `size` numbers at `share` of the way from frame `low` to the next; beyond the ends the course goes straight on. */
function interpolate(
  out: Float32Array,
  o: number,
  values: Float32Array,
  size: number,
  low: number,
  last: number,
  share: number,
): void {
  const b = low * size;
  if (share === 0 || last === 0) {
    for (let k = 0; k < size; k++) out[o + k] = values[b + k] ?? 0;
    return;
  }
  const c = b + size;
  if (share > 1) {
    for (let k = 0; k < size; k++) {
      const vb = values[b + k] ?? 0;
      out[o + k] = vb + share * ((values[c + k] ?? 0) - vb);
    }
    return;
  }
  const s2 = share * share;
  const s3 = s2 * share;
  const wa = -0.5 * s3 + s2 - 0.5 * share;
  const wb = 1.5 * s3 - 2.5 * s2 + 1;
  const wc = -1.5 * s3 + 2 * s2 + 0.5 * share;
  const wd = 0.5 * s3 - 0.5 * s2;
  for (let k = 0; k < size; k++) {
    const vb = values[b + k] ?? 0;
    const vc = values[c + k] ?? 0;
    const va = low > 0 ? (values[b - size + k] ?? 0) : 2 * vb - vc;
    const vd = low + 1 < last ? (values[c + size + k] ?? 0) : 2 * vc - vb;
    out[o + k] = wa * va + wb * vb + wc * vc + wd * vd;
  }
}
