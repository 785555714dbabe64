import { inverse, type Rotation, turned } from "../motion/rotation.ts";
import { JOINT } from "../motion/skeleton.ts";
import { add, dot, mix, subtract, unit, type Vector3 } from "../motion/vector.ts";

/** Points of OpenPose's body in COCO's 18-point order. */
export const OPENPOSE_POINTS = [
  "nose",
  "neck",
  "right_shoulder",
  "right_elbow",
  "right_wrist",
  "left_shoulder",
  "left_elbow",
  "left_wrist",
  "right_hip",
  "right_knee",
  "right_ankle",
  "left_hip",
  "left_knee",
  "left_ankle",
  "right_eye",
  "left_eye",
  "right_ear",
  "left_ear",
] as const;
type OpenPosePoint = (typeof OPENPOSE_POINTS)[number];
type FacePoint = "nose" | "right_eye" | "left_eye" | "right_ear" | "left_ear";

/**
 * Points of the face from the head's joint (metres, head at rest), the way the skin looks there, and how far it may turn away from the
 * camera before a detector no longer tells it: the cosine of the angle.
 */
const FACE: Readonly<Record<FacePoint, { offset: Vector3; normal: Vector3; hidden_below: number }>> = {
  nose: { offset: [0, -0.05, 0.11], normal: [0, 0, 1], hidden_below: -0.1 },
  left_eye: { offset: [0.032, -0.015, 0.09], normal: unit([0.5, 0, 1]), hidden_below: 0 },
  right_eye: { offset: [-0.032, -0.015, 0.09], normal: unit([-0.5, 0, 1]), hidden_below: 0 },
  left_ear: { offset: [0.075, -0.035, 0.01], normal: [1, 0, 0], hidden_below: -0.35 },
  right_ear: { offset: [-0.075, -0.035, 0.01], normal: [-1, 0, 0], hidden_below: -0.35 },
};

/**
 * Gives where the 18 points are in the world, undefined for those of the face that look away from `eye`: a figure seen from behind has
 * no nose, as pose detectors and the networks trained on them expect. The neck is the middle of the shoulders, as in COCO.
 */
export function openPosePoints(
  positions: (joint: number) => Vector3,
  headTurn: Rotation,
  eye: Vector3,
): (Vector3 | undefined)[] {
  const head = positions(JOINT.head);
  return OPENPOSE_POINTS.map((name) => {
    if (name === "neck") return mix(positions(JOINT.left_shoulder), positions(JOINT.right_shoulder), 0.5);
    if (!isFacePoint(name)) return positions(JOINT[name]);
    const { offset, normal, hidden_below } = FACE[name];
    const point = add(head, turned(headTurn, offset));
    const toEye = turned(inverse(headTurn), unit(subtract(eye, point)));
    return dot(normal, toEye) < hidden_below ? undefined : point;
  });
}

function isFacePoint(name: OpenPosePoint): name is FacePoint {
  return name in FACE;
}
