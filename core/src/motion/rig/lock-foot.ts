import { compose, IDENTITY, inverse, nearestSign, normalized, type Rotation, slerped, turned } from "../rotation.ts";
import { add, scale, subtract, type Vector3 } from "../vector.ts";

/** A foot of the character over time; world, metres, one value for each frame. */
export interface FootTrack {
  /** Where the ankle should be. */
  ankles: readonly Vector3[];
  /** How the foot is turned from its rest pose, in the world. */
  turns: readonly Rotation[];
}

/** What the lock needs to know of a foot. */
export interface FootLockOptions {
  fps: number;
  /** Whether ankle and ball bear weight. */
  contact: (frame: number) => { ankle: boolean; ball: boolean };
  /** From the ankle to the ball in the rest pose, world. */
  ball: Vector3;
  /** Heights of ankle and ball of a flat foot on the ground, world. */
  ankleHeight: number;
  ballHeight: number;
}

/** Seconds over which a foot goes from where it was held to where it would have been. */
const BLEND_S = 0.4;

/**
 * Holds a foot still while it bears weight.
 *
 * While ankle and ball both do, the foot keeps one turn (their mean) and one place; while the ball alone does, the foot rolls about the
 * ball; while the ankle alone does, about the ankle. From the first to the last frame of a stance that makes one path, which is laid
 * where the foot was on average, its ball (or ankle) at the height of a flat foot on the ground. Between stances the foot comes from one
 * correction to the next within 0.4 s.
 */
export function lockFoot(track: FootTrack, options: FootLockOptions): FootTrack {
  const frames = track.ankles.length;
  const blend = Math.max(1, Math.round(BLEND_S * options.fps));
  const flat = runs(frames, (frame) => options.contact(frame).ankle && options.contact(frame).ball);
  const turnHolds = flat.map(([start, end]) => {
    const held = meanTurn(track.turns.slice(start, end));
    return { start, end, correction: (frame: number) => compose(held, inverse(track.turns[frame] ?? IDENTITY)) };
  });
  const turns = track.turns.map((turn, frame) =>
    mixHolds(turnHolds, frame, blend).reduce<Rotation>(
      (sum, [correction, weight]) => compose(weight === 1 ? correction : slerped(IDENTITY, correction, weight), sum),
      turn,
    ),
  );
  const stances = runs(frames, (frame) => options.contact(frame).ankle || options.contact(frame).ball);
  const placeHolds = stances.map(([start, end]) => {
    const path = stancePath(start, end, track.ankles, turns, options);
    const correction = (frame: number) => subtract(path[frame - start] ?? [0, 0, 0], track.ankles[frame] ?? [0, 0, 0]);
    return { start, end, correction };
  });
  const ankles = track.ankles.map((ankle, frame) =>
    mixHolds(placeHolds, frame, blend).reduce<Vector3>(
      (sum, [correction, weight]) => add(sum, scale(correction, weight)),
      ankle,
    ),
  );
  return { ankles, turns };
}

/** The ankle's path from `start` until before `end`, on its place and height. */
function stancePath(
  start: number,
  end: number,
  ankles: readonly Vector3[],
  turns: readonly Rotation[],
  { contact, ball, ankleHeight, ballHeight }: FootLockOptions,
): Vector3[] {
  const toBall = (frame: number) => turned(turns[frame] ?? IDENTITY, ball);
  const path: Vector3[] = [ankles[start] ?? [0, 0, 0]];
  for (let frame = start + 1; frame < end; frame++) {
    const before = path.at(-1) ?? [0, 0, 0];
    const was = contact(frame - 1);
    const is = contact(frame);
    if (was.ball && is.ball) path.push(subtract(add(before, toBall(frame - 1)), toBall(frame)));
    else if (was.ankle && is.ankle) path.push(before);
    else path.push(add(before, subtract(ankles[frame] ?? [0, 0, 0], ankles[frame - 1] ?? [0, 0, 0])));
  }
  const away = path.map((place, index) => subtract(ankles[start + index] ?? [0, 0, 0], place));
  const [x, , z] = mean(away);
  const onBall = path.flatMap((place, index) =>
    contact(start + index).ball ? [ballHeight - add(place, toBall(start + index))[1]] : [],
  );
  const heights = onBall.length > 0 ? onBall : path.map((place) => ankleHeight - place[1]);
  const y = heights.reduce((sum, height) => sum + height, 0) / heights.length;
  return path.map((place) => add(place, [x, y, z]));
}

interface Hold<Value> {
  start: number;
  end: number;
  correction: (frame: number) => Value;
}

/** Corrections that count in a frame: the one that holds, else those of the holds before and after, fading away from them. */
function mixHolds<Value>(holds: readonly Hold<Value>[], frame: number, blend: number): [Value, number][] {
  const inside = holds.find(({ start, end }) => start <= frame && frame < end);
  if (inside !== undefined) return [[inside.correction(frame), 1]];
  const before = holds.findLast(({ end }) => end <= frame);
  const after = holds.find(({ start }) => start > frame);
  // In a gap shorter than the blend, the two shares sum to 1: the foot goes straight from hold to hold.
  const gap = before === undefined || after === undefined ? Infinity : after.start - before.end + 1;
  const span = Math.min(blend, gap);
  const share = (distance: number) => smoothstep(1 - distance / span);
  return [
    ...(before === undefined
      ? []
      : [[before.correction(before.end - 1), share(frame - before.end + 1)] as [Value, number]]),
    ...(after === undefined ? [] : [[after.correction(after.start), share(after.start - frame)] as [Value, number]]),
  ];
}

function smoothstep(value: number): number {
  const t = Math.max(0, Math.min(1, value));
  return t * t * (3 - 2 * t);
}

/** Runs of frames that hold, as [first, first after]. */
function runs(frames: number, holds: (frame: number) => boolean): [number, number][] {
  const found: [number, number][] = [];
  for (let frame = 0; frame < frames; frame++) {
    const last = found.at(-1);
    if (!holds(frame)) continue;
    if (last !== undefined && last[1] === frame) last[1] = frame + 1;
    else found.push([frame, frame + 1]);
  }
  return found;
}

function mean(values: readonly Vector3[]): Vector3 {
  return scale(
    values.reduce<Vector3>((sum, value) => add(sum, value), [0, 0, 0]),
    1 / values.length,
  );
}

function meanTurn(turns: readonly Rotation[]): Rotation {
  const first = turns[0] ?? IDENTITY;
  const sum = turns.reduce<[number, number, number, number]>(
    (total, turn) => {
      const near = nearestSign(first, turn);
      return [total[0] + near[0], total[1] + near[1], total[2] + near[2], total[3] + near[3]];
    },
    [0, 0, 0, 0],
  );
  return normalized(sum);
}
