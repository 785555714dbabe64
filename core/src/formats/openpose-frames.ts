import { forwardKinematics } from "../motion/forward-kinematics.ts";
import { finishSteps, type InSteps, mapInSteps } from "../motion/in-steps.ts";
import { frameCount, type Motion } from "../motion/motion.ts";
import { rotationAt } from "../motion/rotation.ts";
import { JOINT, JOINT_COUNT } from "../motion/skeleton.ts";
import { vectorAt } from "../motion/vector.ts";
import type { Camera } from "../protocol/motion.ts";
import { cameraInFrontOf, createProjection } from "./openpose-camera.ts";
import { openPosePoints } from "./openpose-points.ts";

/** One picture's poses, as OpenPose writes and ComfyUI's pose nodes pass them on (POSE_KEYPOINT is a list of these). */
export interface OpenPoseFrame {
  people: { pose_keypoints_2d: number[] }[];
  canvas_width: number;
  canvas_height: number;
}

/**
 * Gives the figure of every frame as a camera sees it: 18 points (COCO), each x and y in pixels and 1, or three zeros where a point is
 * hidden or out of the picture. Readers of this form drop points whose third number is below 1, so there is nothing between.
 *
 * @throws CoreError INVALID_REQUEST if the camera stands on its target
 */
export function openPoseFrames(motion: Motion, camera?: Camera): OpenPoseFrame[] {
  return finishSteps(framesInSteps(motion, camera));
}

function* framesInSteps(motion: Motion, camera: Camera = cameraInFrontOf(motion)): InSteps<OpenPoseFrame[]> {
  const project = createProjection(camera);
  const world = forwardKinematics(motion);
  return yield* mapInSteps(frameCount(motion), (frame) => {
    const first = frame * JOINT_COUNT;
    const points = openPosePoints(
      (joint) => vectorAt(world.positions, (first + joint) * 3),
      rotationAt(world.rotations, (first + JOINT.head) * 4),
      camera.position,
    );
    const keypoints = points.flatMap((point) => {
      const seen = point === undefined ? undefined : project(point);
      return seen === undefined ? [0, 0, 0] : [rounded(seen.x), rounded(seen.y), 1];
    });
    return {
      people: [{ pose_keypoints_2d: keypoints }],
      canvas_width: camera.width,
      canvas_height: camera.height,
    };
  });
}

/** Encodes {@link openPoseFrames} as JSON. */
export function encodeOpenPose(motion: Motion, camera?: Camera): Uint8Array {
  return finishSteps(encodeOpenPoseInSteps(motion, camera));
}

/** Does what {@link encodeOpenPose} does in steps of a frame. */
export function* encodeOpenPoseInSteps(motion: Motion, camera?: Camera): InSteps<Uint8Array> {
  return Buffer.from(JSON.stringify(yield* framesInSteps(motion, camera)), "utf8");
}

function rounded(pixels: number): number {
  return Math.round(pixels * 1000) / 1000;
}
