import { describe, expect, it } from "vitest";
import { cutMotion, joinMotions } from "../../core/src/motion/join-motions.ts";
import { frameCount, type Motion } from "../../core/src/motion/motion.ts";
import { JOINT, JOINT_COUNT } from "../../core/src/motion/skeleton.ts";
import { unbroken } from "../../core/src/motion/unbroken.ts";

/** A figure whose right arm swings about its own axes by an angle at each frame. */
function swinging(angles: readonly number[]): Motion {
  const frames = angles.length;
  const rotations = new Float64Array(frames * JOINT_COUNT * 4);
  for (let i = 3; i < rotations.length; i += 4) rotations[i] = 1;
  for (const [frame, angle] of angles.entries()) {
    rotations.set([0, 0, Math.sin(angle / 2), Math.cos(angle / 2)], (frame * JOINT_COUNT + JOINT.right_shoulder) * 4);
  }
  const root = Float32Array.from({ length: frames * 3 }, (_, i) => (i % 3 === 1 ? 0.95 : 0));
  return { fps: 20, root, rotations: Float32Array.from(rotations) };
}

describe("unbroken", () => {
  const slow = Array.from({ length: 40 }, (_, frame) => 1.2 + 0.3 * Math.sin(frame / 6));

  it("leaves out a rest pose in front of a recording", () => {
    const motion = swinging([0, ...slow]);
    expect(unbroken(motion)).toEqual(cutMotion(motion, 1, 41));
  });

  it("keeps the longer side of a jump, and what lies between two", () => {
    const flipped = slow.map((angle, frame) => (frame < 12 ? angle - 1.5 : angle));
    expect(frameCount(unbroken(swinging(flipped)))).toBe(28);
    const twice = slow.map((angle, frame) => (frame < 10 || frame >= 33 ? angle - 1.5 : angle));
    expect(frameCount(unbroken(swinging(twice)))).toBe(23);
  });

  it("gives a motion without a jump as it is, however fast: a blow of 12 m/s that gathers and loses speed", () => {
    const blow = swinging([0, 0, 0.1, 0.5, 1.5, 1.9, 2, 2, 2]);
    expect(unbroken(blow)).toBe(blow);
    const still = joinMotions(swinging(slow), swinging(slow), 8);
    expect(unbroken(still)).toBe(still);
  });
});
