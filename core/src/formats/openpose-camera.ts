import { forwardKinematics } from "../motion/forward-kinematics.ts";
import type { Motion } from "../motion/motion.ts";
import { yawOf } from "../motion/quaternion.ts";
import { add, cross, dot, length, scale, subtract, unit, type Vector3, vectorAt } from "../motion/vector.ts";
import { CoreError } from "../protocol/errors.ts";
import type { Camera } from "../protocol/motion.ts";

/** A point in a picture. */
export interface PicturePoint {
  /** Pixels from the left. */
  x: number;
  /** Pixels from the top. */
  y: number;
}

/** Room around the joints, metres: head, hands and toes go on beyond them. */
const MARGIN = 0.25;
const NEAR = 0.01;

/**
 * Gives the projection of a pinhole camera: the target is in the middle, world +Y is up (+Z where the camera looks straight up or down),
 * pixels are square. The projection gives undefined for what is behind the camera or outside the picture.
 *
 * @throws CoreError INVALID_REQUEST if the camera stands on its target
 */
export function createProjection(camera: Camera): (point: Vector3) => PicturePoint | undefined {
  const away = subtract(camera.target, camera.position);
  if (length(away) < 1e-6) {
    throw new CoreError("INVALID_REQUEST", "output.camera stands on its target, so it looks nowhere.", {
      remedy: "Move `position` away from `target`.",
    });
  }
  const forward = unit(away);
  const right = unit(cross(forward, Math.abs(forward[1]) > 1 - 1e-6 ? [0, 0, 1] : [0, 1, 0]));
  const up = cross(right, forward);
  const focal_px = camera.height / 2 / Math.tan((camera.fov_degrees * Math.PI) / 360);
  return (point) => {
    const seen = subtract(point, camera.position);
    const depth = dot(seen, forward);
    if (depth < NEAR) return undefined;
    const x = camera.width / 2 + (focal_px * dot(seen, right)) / depth;
    const y = camera.height / 2 - (focal_px * dot(seen, up)) / depth;
    return x < 0 || y < 0 || x > camera.width || y > camera.height ? undefined : { x, y };
  };
}

/** Gives a camera of 512 × 512 that sees the figure from its front in the first frame, at a distance that has every frame in sight. */
export function cameraInFrontOf(motion: Motion): Camera {
  const { positions } = forwardKinematics(motion);
  const yaw = yawOf(motion.rotations, 0);
  const back: Vector3 = [Math.sin(yaw), 0, Math.cos(yaw)];
  const right: Vector3 = [Math.cos(yaw), 0, -Math.sin(yaw)];
  const axes: readonly Vector3[] = [right, [0, 1, 0], back];
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let start = 0; start < positions.length; start += 3) {
    axes.forEach((axis, index) => {
      const along = dot(vectorAt(positions, start), axis);
      low[index] = Math.min(low[index] ?? 0, along - MARGIN);
      high[index] = Math.max(high[index] ?? 0, along + MARGIN);
    });
  }
  const fov_degrees = 40;
  const half = Math.max(...[0, 1].map((axis) => ((high[axis] ?? 0) - (low[axis] ?? 0)) / 2));
  const middle = axes.reduce<Vector3>(
    (sum, axis, index) => add(sum, scale(axis, ((low[index] ?? 0) + (high[index] ?? 0)) / 2)),
    [0, 0, 0],
  );
  const depth = ((high[2] ?? 0) - (low[2] ?? 0)) / 2;
  const distance = depth + half / Math.tan((fov_degrees * Math.PI) / 360);
  return {
    position: [...add(middle, scale(back, distance))],
    target: [...middle],
    fov_degrees,
    width: 512,
    height: 512,
  };
}
