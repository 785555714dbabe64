import { expect, it } from "vitest";
import { encodeMotionJson } from "../../core/src/formats/motion-json.ts";
import { forwardKinematics } from "../../core/src/motion/forward-kinematics.ts";
import type { Motion } from "../../core/src/motion/motion.ts";
import { JOINT_COUNT } from "../../core/src/motion/skeleton.ts";
import { jointsAt, project, type ShownMotion } from "../../core/src/web/skeleton-pose.ts";

const FRAMES = 5;
/** A motion that turns every joint in its own way. */
const motion: Motion = {
  fps: 20,
  root: Float32Array.from({ length: FRAMES * 3 }, (_, i) => Math.sin(i * 1.3)),
  rotations: Float32Array.from(
    Array.from({ length: FRAMES * JOINT_COUNT }, (_, i) => {
      const q = [Math.sin(i), Math.cos(i * 0.7), Math.sin(i * 0.3 + 1), 2];
      return q.map((value) => value / Math.hypot(...q));
    }).flat(),
  ),
};

it("puts the joints of a motion file where forward kinematics has them", () => {
  const shown: ShownMotion = JSON.parse(Buffer.from(encodeMotionJson(motion)).toString());
  const { positions } = forwardKinematics(motion);
  for (let frame = 0; frame < FRAMES; frame++) {
    const joints = jointsAt(shown, frame);
    expect(joints).toHaveLength(JOINT_COUNT);
    for (const [joint, place] of joints.entries()) {
      place.forEach((value, axis) => {
        expect(value).toBeCloseTo(positions[(frame * JOINT_COUNT + joint) * 3 + axis] ?? 0, 4);
      });
    }
  }
});

it("sees what is left on the left, what is up above, and what is near larger, from any side", () => {
  const front = { target: [0, 1, 0] as [number, number, number], yaw: 0, pitch: 0, distance: 4 };
  expect(project(front, [0, 1, 0])).toEqual({ x: 0, y: expect.closeTo(0, 9), depth: 4 });
  // A height of 2 × 4 m × tan 20° fills the picture.
  const top = project(front, [0, 1 + 4 * Math.tan(Math.PI / 9), 0]);
  expect(top?.y).toBeCloseTo(-1, 9);
  // From the front (+Z), the figure's left (+X) is on the right of the picture.
  expect(project(front, [1, 1, 0])?.x).toBeGreaterThan(0);
  expect(project({ ...front, yaw: Math.PI }, [1, 1, 0])?.x).toBeLessThan(0);
  expect(project(front, [0, 1, 2])?.depth).toBeCloseTo(2, 9);
  // From 90° round, +X is near.
  expect(project({ ...front, yaw: Math.PI / 2 }, [2, 1, 0])?.depth).toBeCloseTo(2, 9);
  // From above, what is farther back stands higher in the picture.
  expect(project({ ...front, pitch: 0.5 }, [0, 1, -1])?.y).toBeLessThan(0);
  expect(project(front, [0, 1, 5])).toBeUndefined();
});
