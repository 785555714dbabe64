import { between, compose, fromAxes, inverse, type Rotation, turned } from "../rotation.ts";
import { JOINT, JOINT_COUNT, OFFSETS } from "../skeleton.ts";
import { cross, dot, length, mix, scale, subtract, unit, type Vector3, vectorAt } from "../vector.ts";

const X: Vector3 = [1, 0, 0];
/** Sines of a limb's bend between which its plane begins to tell how it is turned about itself. */
const STRAIGHT = 0.1;
const BENT = 0.3;

/**
 * Gives the world turns of the 22 joints of a pose that is told by where joints are (any size), so that every bone of ours points where
 * theirs does.
 *
 * Where a bone points leaves open how it is turned about itself: pelvis and chest are told by hips and shoulders, the spine between turns
 * evenly, upper and lower limbs bend about the axis of their plane (knees and elbows are hinges) or, when straight, go with the trunk;
 * head, hands and toes go with the bone before.
 */
export function poseFromJoints(joints: readonly Vector3[]): Rotation[] {
  const at = (joint: number): Vector3 => joints[joint] ?? [0, 0, 0];
  const way = (from: number, to: number) => unit(subtract(at(to), at(from)));
  const turns: Rotation[] = new Array(JOINT_COUNT).fill([0, 0, 0, 1]);
  const hips = way(JOINT.right_hip, JOINT.left_hip);
  const shoulders = way(JOINT.right_shoulder, JOINT.left_shoulder);
  // Across is exact for the pelvis, whose hips carry the legs; along is for the others.
  turns[JOINT.pelvis] = frame(hips, way(JOINT.pelvis, JOINT.spine1), X, rest(JOINT.spine1));
  const spine = [JOINT.spine1, JOINT.spine2, JOINT.spine3, JOINT.neck];
  spine.slice(0, -1).forEach((joint, index) => {
    const next = spine[index + 1] ?? JOINT.neck;
    turns[joint] = frame(way(joint, next), mix(hips, shoulders, (index + 1) / 3), rest(next), X);
  });
  const swing = (joint: number, child: number, parent: number) => {
    const before = turns[parent] ?? [0, 0, 0, 1];
    turns[joint] = compose(between(turned(before, rest(child)), way(joint, child)), before);
  };
  swing(JOINT.neck, JOINT.head, JOINT.spine3);
  turns[JOINT.head] = turns[JOINT.neck] ?? [0, 0, 0, 1];
  for (const side of ["left", "right"] as const) {
    const of = (limb: "hip" | "knee" | "ankle" | "foot" | "collar" | "shoulder" | "elbow" | "wrist") =>
      JOINT[`${side}_${limb}`];
    swing(of("collar"), of("shoulder"), JOINT.spine3);
    // Elbows bend forward, knees backward, from a T-pose.
    bendLimb(of("shoulder"), of("elbow"), of("wrist"), of("collar"), [0, side === "left" ? -1 : 1, 0]);
    turns[of("wrist")] = turns[of("elbow")] ?? [0, 0, 0, 1];
    bendLimb(of("hip"), of("knee"), of("ankle"), JOINT.pelvis, X);
    const knee = turns[of("knee")] ?? [0, 0, 0, 1];
    turns[of("ankle")] = frame(way(of("ankle"), of("foot")), turned(knee, X), rest(of("foot")), X);
    turns[of("foot")] = turns[of("ankle")] ?? [0, 0, 0, 1];
  }
  return turns;

  function bendLimb(upper: number, lower: number, end: number, parent: number, axis: Vector3): void {
    swing(upper, lower, parent);
    const straight = turned(turns[upper] ?? [0, 0, 0, 1], axis);
    const [first, second] = [way(upper, lower), way(lower, end)];
    const plane = cross(first, second);
    const sine = length(plane);
    const share = Math.max(0, Math.min(1, (sine - STRAIGHT) / (BENT - STRAIGHT)));
    // A limb that bends the wrong way is noise of the joints: its axis stays with the trunk.
    const hinge =
      dot(plane, straight) < 0 ? straight : mix(straight, unit(plane, straight), share * share * (3 - 2 * share));
    turns[upper] = frame(first, hinge, rest(lower), axis);
    turns[lower] = frame(second, hinge, rest(end), axis);
  }
}

/** Direction from a joint's parent to the joint in our rest pose. */
function rest(joint: number): Vector3 {
  return unit(vectorAt(OFFSETS, joint * 3));
}

/** Gives the turn that takes `restAlong` to `along` exactly and `restAcross` as near to `across` as that allows. */
function frame(along: Vector3, across: Vector3, restAlong: Vector3, restAcross: Vector3): Rotation {
  return compose(axes(along, across), inverse(axes(restAlong, restAcross)));
}

function axes(along: Vector3, across: Vector3): Rotation {
  const fallback: Vector3 = Math.abs(along[0]) < 0.9 ? X : [0, 1, 0];
  const x = unit(square(across, along), unit(square(fallback, along)));
  return fromAxes(x, along, cross(x, along));
}

function square(a: Vector3, along: Vector3): Vector3 {
  return subtract(a, scale(along, dot(a, along)));
}
