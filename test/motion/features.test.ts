import { describe, expect, it } from "vitest";
import { cosineAlphas } from "../../core/src/diffusion/cosine-alphas.ts";
import { detectContacts } from "../../core/src/motion/contacts.ts";
import { FEATURE_WIDTH, fromFeatures, toFeatures } from "../../core/src/motion/features.ts";
import { forwardKinematics } from "../../core/src/motion/forward-kinematics.ts";
import { measureMotion } from "../../core/src/motion/measures.ts";
import { mirrorMotion } from "../../core/src/motion/mirror-motion.ts";
import { angleBetween } from "../../core/src/motion/quaternion.ts";
import { JOINT_COUNT, OFFSETS, PARENTS } from "../../core/src/motion/skeleton.ts";
import { farthest, golden, goldenMotion } from "./golden-motions.ts";

describe.each(golden.motions)("the numbers of models/training/motion for $recipe", (expected) => {
  const motion = goldenMotion(expected.recipe as "going");

  it("has the same joints by forward kinematics", () => {
    expect(farthest(forwardKinematics(motion).positions, expected.joints)).toBeLessThan(2e-6);
  });

  it("has the same contacts", () => {
    expect([...detectContacts(motion)]).toEqual(expected.contacts);
  });

  it("has the same features", () => {
    expect(toFeatures(motion)).toHaveLength(24 * FEATURE_WIDTH);
    expect(farthest(toFeatures(motion), expected.features)).toBeLessThan(2e-6);
  });

  it("comes back from its features", () => {
    const again = fromFeatures(Float32Array.from(expected.features), 20);
    expect(farthest(again.root, motion.root)).toBeLessThan(1e-6);
    for (let i = 0; i < motion.rotations.length; i += 4) {
      expect(angleBetween(again.rotations, i, motion.rotations, i)).toBeLessThan(1e-3);
    }
    expect([...(again.contacts ?? [])]).toEqual(expected.contacts);
  });

  it("has the same mirror image", () => {
    const mirrored = mirrorMotion(motion);
    expect(farthest(mirrored.root, expected.mirrored_root)).toBeLessThan(1e-6);
    expect(farthest(forwardKinematics(mirrored).positions, expected.mirrored_joints)).toBeLessThan(2e-6);
  });

  it("has the same measures", () => {
    const found = measureMotion(motion);
    expect([found.skating, found.low]).toEqual([expected.skating, expected.low]);
    // Third differences of float32 places: 1e-7 m · 20³ a frame.
    expect(Math.abs(found.jerk - expected.jerk)).toBeLessThan(5e-3);
    expect(Math.abs(found.penetration - expected.penetration)).toBeLessThan(1e-6);
  });
});

describe("fromFeatures", () => {
  it("keeps every bone's length whatever the numbers say", () => {
    const noise = Float32Array.from({ length: 8 * FEATURE_WIDTH }, (_, i) => Math.sin(i * 12.9898) * 3);
    const { positions } = forwardKinematics(fromFeatures(noise, 20));
    for (let frame = 0; frame < 8; frame++) {
      for (let joint = 1; joint < JOINT_COUNT; joint++) {
        const at = (frame * JOINT_COUNT + joint) * 3;
        const from = (frame * JOINT_COUNT + (PARENTS[joint] ?? 0)) * 3;
        const length = Math.hypot(...[0, 1, 2].map((k) => (positions[at + k] ?? 0) - (positions[from + k] ?? 0)));
        expect(length).toBeCloseTo(Math.hypot(...OFFSETS.subarray(joint * 3, joint * 3 + 3)), 4);
      }
    }
  });
});

describe("cosineAlphas", () => {
  it("is the schedule of training to float32", () => {
    const alphas = cosineAlphas(1000);
    for (const [timestep, alpha] of Object.entries(golden.alphas)) {
      expect(alphas[Number(timestep)]).toBeCloseTo(alpha, 7);
    }
  });
});
