import { describe, expect, it } from "vitest";
import { endAtRest } from "../../core/src/motion/end-at-rest.ts";
import { frameCount, type Motion } from "../../core/src/motion/motion.ts";
import { JOINT_COUNT } from "../../core/src/motion/skeleton.ts";

const GRAVITY = 9.81;
/** Pelvis of a standing figure in its rest pose, metres. */
const STANDING = 0.95;

/** Gives a figure that stands, and leaps straight up so that it is in the air from one frame until before another. */
function leap(frames: number, from: number, until: number): Motion {
  const root = new Float32Array(frames * 3);
  const rotations = new Float32Array(frames * JOINT_COUNT * 4);
  for (let i = 3; i < rotations.length; i += 4) rotations[i] = 1;
  for (let frame = 0; frame < frames; frame++) {
    const [up, down] = [(frame - from) / 20, (until - frame) / 20];
    root[frame * 3 + 1] = STANDING + (up > 0 && down > 0 ? 0.5 * GRAVITY * up * down : 0);
  }
  return { fps: 20, root, rotations };
}

const heightAt = ({ root }: Motion, frame: number) => (root[frame * 3 + 1] ?? 0) - STANDING;

describe("endAtRest", () => {
  it("plays a part faster so that a leap lands before what follows begins", () => {
    const made = leap(132, 108, 124);
    expect(heightAt(made, 120)).toBeGreaterThan(0.4);
    const ended = endAtRest(made, 60, 120);
    expect(frameCount(ended)).toBe(120);
    // The curve between frames swings by a centimetre where the body stops.
    for (const frame of [117, 118, 119]) expect(Math.abs(heightAt(ended, frame))).toBeLessThan(0.02);
    // The leap is still there, as high as before.
    const heights = Array.from({ length: 60 }, (_, i) => heightAt(ended, 60 + i));
    expect(Math.max(...heights)).toBeGreaterThan(0.95 * (0.5 * GRAVITY * 0.4 ** 2));
    for (let frame = 0; frame < 60; frame++) expect(heightAt(ended, frame)).toBe(heightAt(made, frame));
  });

  it("plays it slower where the body rested nearer before the end than after it", () => {
    const ended = endAtRest(leap(132, 116, 131), 60, 120);
    expect(frameCount(ended)).toBe(120);
    for (const frame of [117, 118, 119]) expect(heightAt(ended, frame)).toBeCloseTo(0, 5);
  });

  it("leaves a part as it is that ends at rest, or has no frames beyond its end", () => {
    const still = leap(132, 80, 95);
    expect(endAtRest(still, 60, 120).root).toEqual(still.root.slice(0, 360));
    const made = leap(120, 108, 124);
    expect(endAtRest(made, 60, 120).root).toEqual(made.root);
  });
});
