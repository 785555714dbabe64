import { between, compose, type Rotation, turned } from "./rotation.ts";
import { add, cross, dot, length, scale, subtract, unit, type Vector3 } from "./vector.ts";

/** A limb of two bones of any length: where its three joints are. */
export interface TwoBoneLimb {
  readonly root: Vector3;
  readonly middle: Vector3;
  readonly end: Vector3;
  /** Axis in the world about which the limb bends when it is straight: a positive turn of the lower bone bends it. */
  readonly bendAxis: Vector3;
}

/** Share of the upper bone by which the middle lies off the line below which the bend axis is believed rather than the plane: 5°. */
const NEARLY_STRAIGHT = 0.09;
/** A limb is never stretched farther than this share of its length: a straight knee snaps. */
const REACH = 0.9995;

/**
 * Gives the turns in the world, each put before a bone's own, that bring the end of a limb to a place; the plane it bends in stays as near
 * to what it was as that allows. A place out of reach is approached as far as the limb goes.
 */
export function solveTwoBone(limb: TwoBoneLimb, target: Vector3): { upper: Rotation; lower: Rotation } {
  const first = subtract(limb.middle, limb.root);
  const second = subtract(limb.end, limb.middle);
  const [l1, l2] = [length(first), length(second)];
  const way = subtract(target, limb.root);
  const towards = unit(way, unit(add(first, second)));
  // One that is stretched farther as it is may stay so.
  const reach = Math.max((l1 + l2) * REACH, length(add(first, second)));
  const distance = Math.min(reach, Math.max(Math.abs(l1 - l2) + 1e-4, length(way)));
  const whole = between(add(first, second), towards);
  const [a, b] = [turned(whole, first), turned(whole, second)];
  let aside = subtract(a, scale(towards, dot(a, towards)));
  // The middle lies on the side from which a positive turn about the axis brings the lower bone back to the line. A limb that is almost
  // straight may be bent the wrong way by a hair: bending it further must not break the knee.
  const side = cross(towards, turned(whole, limb.bendAxis));
  if (length(aside) < 1e-3 * l1 || (length(aside) < NEARLY_STRAIGHT * l1 && dot(aside, side) < 0)) aside = side;
  const along = (l1 * l1 - l2 * l2 + distance * distance) / (2 * distance);
  const middle = add(scale(towards, along), scale(unit(aside), Math.sqrt(Math.max(0, l1 * l1 - along * along))));
  const upper = between(a, middle);
  const lower = between(turned(upper, b), subtract(scale(towards, distance), middle));
  return { upper: compose(upper, whole), lower: compose(lower, upper, whole) };
}
