import { finishSteps, type InSteps } from "../motion/in-steps.ts";
import { frameCount, type Motion } from "../motion/motion.ts";
import { type Rotation, rotationAt } from "../motion/rotation.ts";
import { JOINT_COUNT, JOINTS, OFFSETS, PARENTS } from "../motion/skeleton.ts";
import { vectorAt } from "../motion/vector.ts";

/** Where the last bone of a chain ends, from its joint, metres: BVH wants an end of every chain. */
const END_SITES: Readonly<Record<number, readonly [number, number, number]>> = {
  10: [0, 0, 0.08],
  11: [0, 0, 0.08],
  15: [0, 0.1, 0],
  20: [0.17, 0, 0],
  21: [-0.17, 0, 0],
};
const DEGREES = 180 / Math.PI;

/**
 * Encodes a motion as BVH (Biovision hierarchy): the 22 joints by their names, metres, +Y up, one line a frame at the motion's rate.
 *
 * Channels: root Xposition Yposition Zposition, and for every joint Zrotation Xrotation Yrotation in degrees, the matrix being
 * Z · X · Y as BVH multiplies in the order of its channels. Angles go on from frame to frame without jumps of 180° or 360°, so that the
 * curves can be edited.
 */
export function encodeBvh(motion: Motion): Uint8Array {
  return finishSteps(encodeBvhInSteps(motion));
}

/** Does what {@link encodeBvh} does in steps of a frame. */
export function* encodeBvhInSteps(motion: Motion): InSteps<Uint8Array> {
  const lines = ["HIERARCHY", ...hierarchyLines(0, ""), "MOTION"];
  const frames = frameCount(motion);
  lines.push(`Frames: ${frames}`, `Frame Time: ${(1 / motion.fps).toFixed(9)}`);
  const angles: EulerAngles[] = new Array(JOINT_COUNT).fill([0, 0, 0]);
  const order = depthFirst(0);
  for (let frame = 0; frame < frames; frame++) {
    const values = vectorAt(motion.root, frame * 3).map(fixed);
    for (const joint of order) {
      const euler = eulerAngles(rotationAt(motion.rotations, (frame * JOINT_COUNT + joint) * 4), angles[joint]);
      angles[joint] = euler;
      values.push(...euler.map((angle) => fixed(angle * DEGREES)));
    }
    lines.push(values.join(" "));
    yield;
  }
  return Buffer.from(`${lines.join("\n")}\n`, "utf8");
}

function hierarchyLines(joint: number, indent: string): string[] {
  const inner = `${indent}  `;
  const end = END_SITES[joint];
  return [
    `${indent}${joint === 0 ? "ROOT" : "JOINT"} ${JOINTS[joint]}`,
    `${indent}{`,
    `${inner}OFFSET ${vectorAt(OFFSETS, joint * 3)
      .map(fixed)
      .join(" ")}`,
    joint === 0
      ? `${inner}CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation`
      : `${inner}CHANNELS 3 Zrotation Xrotation Yrotation`,
    ...childrenOf(joint).flatMap((child) => hierarchyLines(child, inner)),
    ...(end === undefined
      ? []
      : [`${inner}End Site`, `${inner}{`, `${inner}  OFFSET ${end.map(fixed).join(" ")}`, `${inner}}`]),
    `${indent}}`,
  ];
}

function childrenOf(joint: number): number[] {
  return PARENTS.flatMap((parent, child) => (parent === joint ? [child] : []));
}

/** Joints in the order of their lines, which is the order of their channels. */
function depthFirst(joint: number): number[] {
  return [joint, ...childrenOf(joint).flatMap(depthFirst)];
}

function fixed(value: number): string {
  const text = value.toFixed(6);
  return text === "-0.000000" ? "0.000000" : text;
}

type EulerAngles = readonly [z: number, x: number, y: number];

/** Gives the angles of Z · X · Y nearest to those of the frame before, radians. */
function eulerAngles([x, y, z, w]: Rotation, before: EulerAngles = [0, 0, 0]): EulerAngles {
  const sineX = Math.max(-1, Math.min(1, 2 * (y * z + w * x)));
  const aboutX = Math.asin(sineX);
  if (Math.abs(sineX) > 1 - 1e-7) {
    // Z and Y turn about the same axis: only their sum (or difference) is there to be told, so Y stays as it was.
    const sum = Math.atan2(2 * (x * y + w * z), 1 - 2 * (y * y + z * z));
    const [, , aboutY] = before;
    return [near(sineX > 0 ? sum - aboutY : sum + aboutY, before[0]), near(aboutX, before[1]), aboutY];
  }
  const aboutZ = Math.atan2(-2 * (x * y - w * z), 1 - 2 * (x * x + z * z));
  const aboutY = Math.atan2(-2 * (x * z - w * y), 1 - 2 * (x * x + y * y));
  const candidates: EulerAngles[] = [
    [near(aboutZ, before[0]), near(aboutX, before[1]), near(aboutY, before[2])],
    [near(aboutZ + Math.PI, before[0]), near(Math.PI - aboutX, before[1]), near(aboutY + Math.PI, before[2])],
  ];
  const [first, second] = candidates.map((angles) =>
    angles.reduce((sum, angle, axis) => sum + (angle - (before[axis] ?? 0)) ** 2, 0),
  );
  const [one, other] = candidates as [EulerAngles, EulerAngles];
  return (second ?? 0) < (first ?? 0) ? other : one;
}

/** Adds whole turns so that the angle lies within half a turn of the other. */
function near(angle: number, other: number): number {
  return angle - 2 * Math.PI * Math.round((angle - other) / (2 * Math.PI));
}
