import { describe, expect, it } from "vitest";
import { joinMotions } from "../../core/src/motion/join-motions.ts";
import { frameCount, type Motion } from "../../core/src/motion/motion.ts";
import { yawOf } from "../../core/src/motion/quaternion.ts";
import { JOINT_COUNT } from "../../core/src/motion/skeleton.ts";

const STRIDE = JOINT_COUNT * 4;

/** A figure that goes `step` metres a frame where it looks and turns `turn` radians a frame to the left. */
function going(frames: number, step: number, turn = 0): Motion {
  const rotations = new Float32Array(frames * STRIDE);
  for (let i = 3; i < rotations.length; i += 4) rotations[i] = 1;
  const root = new Float32Array(frames * 3);
  let [x, z] = [0, 0];
  for (let frame = 0; frame < frames; frame++) {
    rotations.set([0, Math.sin((turn * frame) / 2), 0, Math.cos((turn * frame) / 2)], frame * STRIDE);
    root.set([x, 0.95, z], frame * 3);
    x += step * Math.sin(turn * frame);
    z += step * Math.cos(turn * frame);
  }
  return { fps: 20, root, rotations };
}

const speeds = ({ root }: Motion) =>
  Array.from({ length: root.length / 3 - 1 }, (_, i) =>
    Math.hypot((root[i * 3 + 3] ?? 0) - (root[i * 3] ?? 0), (root[i * 3 + 5] ?? 0) - (root[i * 3 + 2] ?? 0)),
  );

describe("joinMotions", () => {
  it("slows a run down to a walk without ever going slower than the walk", () => {
    const joined = joinMotions(going(60, 0.15), going(60, 0.03), 14);
    expect(frameCount(joined)).toBe(106);
    const found = speeds(joined);
    for (const [i, speed] of found.entries()) {
      expect(speed).toBeGreaterThan(0.03 - 1e-5);
      expect(speed).toBeLessThanOrEqual((found[i - 1] ?? 0.15) + 1e-5);
    }
    expect(found.at(-1)).toBeCloseTo(0.03, 5);
  });

  it("goes over from a circle into a straight way without turning back", () => {
    const joined = joinMotions(going(60, 0.05, 0.06), going(60, 0.05), 14);
    const yaws = Array.from({ length: frameCount(joined) }, (_, frame) => yawOf(joined.rotations, frame * STRIDE));
    for (let frame = 1; frame < yaws.length; frame++) {
      const turned = Math.sin((yaws[frame] ?? 0) - (yaws[frame - 1] ?? 0));
      expect(turned).toBeGreaterThan(-1e-4);
      expect(turned).toBeLessThan(0.0601);
    }
    // It goes where it looks in the end.
    const last = frameCount(joined) - 1;
    const course = Math.atan2(
      (joined.root[last * 3] ?? 0) - (joined.root[last * 3 - 3] ?? 0),
      (joined.root[last * 3 + 2] ?? 0) - (joined.root[last * 3 - 1] ?? 0),
    );
    expect(Math.sin(course - (yaws[last] ?? 0))).toBeCloseTo(0, 3);
  });
});
