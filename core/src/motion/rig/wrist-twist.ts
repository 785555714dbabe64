import type { Joint } from "../../protocol/motion.ts";
import { aboutAxis, compose, inverse, type Rotation, twistAbout } from "../rotation.ts";
import { JOINT, OFFSETS } from "../skeleton.ts";
import { dot, unit, type Vector3, vectorAt } from "../vector.ts";
import type { BoneDriver } from "./bone-drivers.ts";

/** A hand may be turned this much about the forearm before the forearm turns with it: about what bones and skin allow. */
const LIMIT = (80 * Math.PI) / 180;

/**
 * Lets forearms take over what their hands are twisted beyond 80° (in place): meshes fold at a wrist that is turned farther. Where hands
 * and elbows are stays as it was.
 *
 * @param turns world turns of bones, one map for each frame
 */
export function limitWristTwist(
  turns: readonly Map<number, Rotation>[],
  drivers: readonly BoneDriver[],
  boneOf: (joint: Joint) => number | undefined,
): void {
  for (const side of ["left", "right"] as const) {
    const forearm = drivers.find(({ bone }) => bone === boneOf(`${side}_elbow`));
    const hand = drivers.find(({ bone }) => bone === boneOf(`${side}_wrist`));
    if (forearm === undefined || hand === undefined) continue;
    const axis = unit(vectorAt(OFFSETS, JOINT[`${side}_wrist`] * 3));
    let before = 0;
    for (const frame of turns) {
      const [forearmTurn, handTurn] = [frame.get(forearm.bone), frame.get(hand.bone)];
      if (forearmTurn === undefined || handTurn === undefined) continue;
      const forearmJoint = compose(forearmTurn, inverse(forearm.rest));
      const handJoint = compose(handTurn, inverse(hand.rest));
      const angle = twistAngle(compose(inverse(forearmJoint), handJoint), axis);
      // Half turns away are told apart by the frame before, so that the forearm never jumps.
      before = angle - 2 * Math.PI * Math.round((angle - before) / (2 * Math.PI));
      const excess = before - Math.max(-LIMIT, Math.min(LIMIT, before));
      if (excess !== 0) frame.set(forearm.bone, compose(forearmJoint, aboutAxis(axis, excess), forearm.rest));
    }
  }
}

function twistAngle(turn: Rotation, axis: Vector3): number {
  const [x, y, z, w] = twistAbout(turn, axis);
  return 2 * Math.atan2(dot([x, y, z], axis), w);
}
