import { unwrap, wrapAngle } from "./angles.ts";
import { frameCount, type Motion } from "./motion.ts";
import { type Placement, placeMotion, placementOf } from "./place-motion.ts";
import { makeContinuous, slerp, yawOf } from "./quaternion.ts";
import { JOINT_COUNT } from "./skeleton.ts";
import { turnPelvis } from "./steer.ts";

const STRIDE = JOINT_COUNT * 4;

/** A look that turns farther in a frame is none, radians: of a figure that lies or rolls. */
const LEAP = 0.6;

/**
 * Gives `second` after `first`: moved and turned so that it goes on where the first ends, mixed over their shared frames.
 *
 * The result has frames(first) + frames(second) - overlap frames. Over the ground and about the vertical speeds are mixed, not places: a
 * runner has come two metres on when the walk that follows has come half a metre, and would be drawn back.
 *
 * @param overlap frames that are mixed, at most those of the shorter one
 */
export function joinMotions(first: Motion, second: Motion, overlap: number): Motion {
  const before = frameCount(first);
  const shared = Math.min(overlap, before, frameCount(second));
  const meet = before - shared;
  const moved = placeMotion(second, placementOf(second, 0), placementOf(first, Math.min(meet, before - 1)));
  const joined = crossfade(first, moved, meet, shared);
  if (shared < 2) return joined;
  const way = mixedWay(cutMotion(first, meet, before), moved, shared);
  const root = joined.root.slice();
  const angles = new Float64Array(frameCount(joined));
  for (const [i, { x, z, yaw }] of way.entries()) {
    const frame = meet + i;
    root[frame * 3] = x;
    root[frame * 3 + 2] = z;
    angles[frame] = yaw === undefined ? 0 : wrapAngle(yaw - yawOf(joined.rotations, frame * STRIDE));
  }
  const mixed = cutMotion(turnPelvis({ ...joined, root }, angles), 0, before);
  const rest = cutMotion(moved, shared, frameCount(moved));
  const last = placementOf(moved, shared - 1);
  const { x, z, yaw = last.yaw } = way.at(-1) ?? last;
  return crossfade(mixed, placeMotion(rest, last, { x, z, yaw }), before, 0);
}

/**
 * Gives where the figure is in each frame that two motions share, from a common start with speeds that go over, and where it looks; a
 * figure without a look keeps that of the plain mixture.
 */
function mixedWay(a: Motion, b: Motion, shared: number): (Omit<Placement, "yaw"> & { yaw: number | undefined })[] {
  const looks = [a, b].map((motion) => looksOf(motion, shared));
  const [ofA, ofB] = looks;
  const turns = ofA !== undefined && ofB !== undefined;
  let { x, z, yaw } = placementOf(a, 0);
  const way = [{ x, z, yaw: turns ? yaw : undefined }];
  for (let frame = 1; frame < shared; frame++) {
    const share = ease((frame + 1) / (shared + 1));
    const [fromA, fromB] = [stepOf(a, frame, turns ? ofA : undefined), stepOf(b, frame, turns ? ofB : undefined)];
    const [dx, dz, turn] = fromA.map((step, k) => step * (1 - share) + (fromB[k] ?? 0) * share);
    const [sine, cosine] = turns ? [Math.sin(yaw), Math.cos(yaw)] : [0, 1];
    x += (dx ?? 0) * cosine + (dz ?? 0) * sine;
    z += (dz ?? 0) * cosine - (dx ?? 0) * sine;
    yaw += turn ?? 0;
    way.push({ x, z, yaw: turns ? yaw : undefined });
  }
  return way;
}

/** Gives the look of each frame, radians without jumps; undefined where it leaps. */
function looksOf(motion: Motion, frames: number): Float64Array | undefined {
  const looks = unwrap(Array.from({ length: frames }, (_, frame) => yawOf(motion.rotations, frame * STRIDE)));
  return looks.every((look, i) => i === 0 || Math.abs(look - (looks[i - 1] ?? 0)) < LEAP) ? looks : undefined;
}

/** Gives the step over the ground to a frame, as seen from the look before it if there are looks, and how far it turns. */
function stepOf({ root }: Motion, frame: number, looks: Float64Array | undefined): [number, number, number] {
  const dx = (root[frame * 3] ?? 0) - (root[frame * 3 - 3] ?? 0);
  const dz = (root[frame * 3 + 2] ?? 0) - (root[frame * 3 - 1] ?? 0);
  if (looks === undefined) return [dx, dz, 0];
  const before = looks[frame - 1] ?? 0;
  const [sine, cosine] = [Math.sin(before), Math.cos(before)];
  return [dx * cosine - dz * sine, dz * cosine + dx * sine, (looks[frame] ?? 0) - before];
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
