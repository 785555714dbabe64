import { describe, expect, it } from "vitest";
import { calmSeams } from "../../core/src/motion/calm-seams.ts";
import { forwardKinematics } from "../../core/src/motion/forward-kinematics.ts";
import { frameCount, type Motion } from "../../core/src/motion/motion.ts";
import { JOINT_COUNT } from "../../core/src/motion/skeleton.ts";

const FPS = 20;

/** A figure whose pelvis is as high as `height(frame)` says and goes `step` metres a frame along +Z. */
function rising(frames: number, height: (frame: number) => number, step = 0): Motion {
  const rotations = new Float32Array(frames * JOINT_COUNT * 4);
  for (let i = 3; i < rotations.length; i += 4) rotations[i] = 1;
  const root = new Float32Array(frames * 3);
  for (let frame = 0; frame < frames; frame++) root.set([0, height(frame), frame * step], frame * 3);
  return { fps: FPS, root, rotations };
}

/** Largest way of the head from frame to frame as seen from the pelvis' way over the ground, metres a second. */
function fastest(motion: Motion, from: number, to: number): number {
  const { positions } = forwardKinematics(motion);
  const height = (frame: number) => positions[(frame * JOINT_COUNT + 15) * 3 + 1] ?? 0;
  return (
    Math.max(...Array.from({ length: to - from }, (_, i) => Math.abs(height(from + i + 1) - height(from + i)))) * FPS
  );
}

/** Lies until the seam, then stands up within `frames` frames, smoothly. */
const standsUp = (seam: number, frames: number) => (frame: number) => {
  const s = Math.min(1, Math.max(0, (frame - seam) / frames));
  return 0.2 + 0.75 * s * s * (3 - 2 * s);
};

describe("calmSeams", () => {
  it("gives a figure that stands up within half a second after a seam the time that people need", () => {
    const made = rising(120, standsUp(60, 10));
    expect(fastest(made, 55, 80)).toBeGreaterThan(2.1);
    const calm = calmSeams(made, [60]);
    expect(frameCount(calm)).toBe(120);
    expect(fastest(calm, 55, 90)).toBeLessThan(1.4);
    // It stands in the end, and lies when the next begins.
    expect(calm.root[119 * 3 + 1]).toBeCloseTo(0.95, 4);
    expect(calm.root[60 * 3 + 1]).toBeCloseTo(0.2, 2);
  });

  it("leaves what is calm as it is, however far from a seam it is not, and however fast the way over the ground", () => {
    const far = rising(120, standsUp(90, 7));
    expect(calmSeams(far, [40])).toBe(far);
    const runner = rising(120, () => 0.95, 0.3);
    expect(calmSeams(runner, [60])).toBe(runner);
  });

  it("makes up for the time before the next seam, so that nothing jumps there", () => {
    const up = standsUp(40, 7);
    const made = rising(120, (frame) => up(frame) + (frame < 80 ? 0 : 0.001 * (frame - 80)), 0.02);
    const calm = calmSeams(made, [40, 80]);
    const step = (frame: number) => (calm.root[frame * 3 + 2] ?? 0) - (calm.root[frame * 3 - 1] ?? 0);
    expect(calm.root[80 * 3 + 2]).toBeCloseTo(80 * 0.02, 5);
    for (let frame = 1; frame < 120; frame++) {
      expect(step(frame)).toBeGreaterThan(0.009);
      expect(step(frame)).toBeLessThan(0.0251);
    }
  });
});
