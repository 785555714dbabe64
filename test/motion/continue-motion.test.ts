import { describe, expect, it } from "vitest";
import { closeLoop, extendCycle } from "../../core/src/motion/close-loop.ts";
import { continueMotion } from "../../core/src/motion/continue-motion.ts";
import { frameCount, type Motion } from "../../core/src/motion/motion.ts";
import { JOINT, JOINT_COUNT } from "../../core/src/motion/skeleton.ts";

/** A figure that goes `step` metres a frame along +Z with its left knee bent by `knee(frame)`, radians. */
function going(frames: number, step: number, knee: (frame: number) => number): Motion {
  const rotations = new Float32Array(frames * JOINT_COUNT * 4);
  for (let i = 3; i < rotations.length; i += 4) rotations[i] = 1;
  const root = new Float32Array(frames * 3);
  for (let frame = 0; frame < frames; frame++) {
    root.set([0, 0.95, frame * step], frame * 3);
    const half = knee(frame) / 2;
    rotations.set([Math.sin(half), 0, 0, Math.cos(half)], (frame * JOINT_COUNT + JOINT.left_knee) * 4);
  }
  return { fps: 20, root, rotations };
}

/** Turn of the left knee from frame to frame, radians. */
function kneeSteps({ rotations }: Motion, frames: number): number[] {
  const half = (frame: number) => {
    const at = (frame * JOINT_COUNT + JOINT.left_knee) * 4;
    return Math.atan2(rotations[at] ?? 0, rotations[at + 3] ?? 1);
  };
  return Array.from({ length: frames - 1 }, (_, i) => {
    const step = 2 * (half(i + 1) - half(i));
    return step - 2 * Math.PI * Math.round(step / (2 * Math.PI));
  });
}

const changesOf = (values: readonly number[]) => values.slice(1).map((value, i) => Math.abs(value - (values[i] ?? 0)));

describe("continueMotion", () => {
  const first = going(30, 0.1, (frame) => 0.06 * frame);
  const second = going(30, 0.01, () => 1.8);

  it.each([false, true])("goes on with the speed that was there, of joints and way (placed: %s)", (placed) => {
    const place = placed ? { ...second, root: second.root.map((value, i) => value + (i % 3 === 2 ? 3 : 0)) } : second;
    const joined = continueMotion(first, place, placed);
    expect(frameCount(joined)).toBe(60);
    const way = Array.from({ length: 59 }, (_, i) => (joined.root[i * 3 + 5] ?? 0) - (joined.root[i * 3 + 2] ?? 0));
    // Speeds differ by 0.09 m and 0.06 rad a frame: none of that comes at once.
    expect(Math.max(...changesOf(way).slice(27, 31))).toBeLessThan(0.02);
    expect(Math.max(...changesOf(kneeSteps(joined, 60)).slice(27, 31))).toBeLessThan(0.03);
    expect(changesOf(kneeSteps(joined, 60))[28]).toBeLessThan(0.002);
    // Half a second later the second goes as it is.
    expect(way[45]).toBeCloseTo(0.01, 5);
    expect(kneeSteps(joined, 60)[45]).toBeCloseTo(0, 6);
  });
});

it("closing a loop turns no joint round that comes from about half a turn away", () => {
  // The end is 2.8 rad and on its way to 3.4, the start 0 and on its way to -0.6: between them the short way changes sides.
  const made = going(60, 0, (frame) => (frame < 15 ? -0.06 * frame : -0.84 + ((frame - 15) / 25) * 3.64));
  const cycle = closeLoop(made, { frames: 40, closed: true, matched: false });
  const steps = kneeSteps(extendCycle(cycle, 40), 120).map(Math.abs);
  expect(Math.max(...steps)).toBeLessThan(0.9);
  expect(Math.max(...changesOf(kneeSteps(extendCycle(cycle, 40), 120)).slice(37, 41))).toBeLessThan(0.25);
});
