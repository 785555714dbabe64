import { describe, expect, it } from "vitest";
import { keepStraight } from "../../core/src/motion/keep-straight.ts";
import type { Motion } from "../../core/src/motion/motion.ts";
import { goesStraight, staysInPlace, withSide } from "../../core/src/motion/motion-words.ts";
import { JOINT_COUNT } from "../../core/src/motion/skeleton.ts";
import { stayInPlace } from "../../core/src/motion/stay-in-place.ts";

const STRIDE = JOINT_COUNT * 4;
const STEP = 0.06;

/** A figure that goes 6 cm a frame where it looks and turns `turn` radians a frame to the left. */
function going(frames: number, turn: number): Motion {
  const rotations = new Float32Array(frames * STRIDE);
  for (let i = 3; i < rotations.length; i += 4) rotations[i] = 1;
  const root = new Float32Array(frames * 3);
  let [x, z] = [0, 0];
  for (let frame = 0; frame < frames; frame++) {
    rotations.set([0, Math.sin((turn * frame) / 2), 0, Math.cos((turn * frame) / 2)], frame * STRIDE);
    root.set([x, 0.95, z], frame * 3);
    x += STEP * Math.sin(turn * frame);
    z += STEP * Math.cos(turn * frame);
  }
  return { fps: 20, root, rotations };
}

const placeAt = ({ root }: Motion, frame: number) => [root[frame * 3] ?? 0, root[frame * 3 + 2] ?? 0] as const;

describe("stayInPlace", () => {
  it("takes the way out of its frames alone: before and after them the figure goes on", () => {
    const stayed = stayInPlace(going(120, 0), 40, 80);
    expect(placeAt(stayed, 39)).toEqual(placeAt(going(120, 0), 39));
    expect((placeAt(stayed, 68)[1] - placeAt(stayed, 52)[1]) / 16).toBeLessThan(0.002);
    expect(placeAt(stayed, 119)[1] - placeAt(stayed, 99)[1]).toBeCloseTo(20 * STEP, 4);
    for (let frame = 1; frame < 120; frame++) {
      const step = placeAt(stayed, frame)[1] - placeAt(stayed, frame - 1)[1];
      expect(step).toBeGreaterThan(-1e-4);
      expect(step).toBeLessThan(STEP + 1e-4);
    }
  });

  it("keeps a figure that does nothing else where it begins", () => {
    expect(placeAt(stayInPlace(going(100, 0), 0, 100), 99)[1]).toBeCloseTo(0, 4);
  });
});

it("a walk that drifts by 60 degrees goes straight on, as far as it went", () => {
  const straight = keepStraight(going(101, Math.PI / 300), 0, 101);
  const [x, z] = placeAt(straight, 100);
  expect(Math.abs(x)).toBeLessThan(0.12);
  expect(z).toBeGreaterThan(0.97 * 100 * STEP);
});

it.each([
  ["a person walks in place", true, false],
  ["someone jogs on the spot", true, false],
  ["a person turns left on the spot", false, false],
  ["a person walks forward", false, true],
  ["a man runs straight ahead", false, true],
  ["a person walks forward and turns left", false, false],
  ["a person walks forward in a zigzag", false, false],
  ["a person walks in a circle", false, false],
  ["a person leans forward", false, false],
])("%s: in place %s, straight %s", (prompt, inPlace, straight) => {
  expect([staysInPlace(prompt), goesStraight(prompt)]).toEqual([inPlace, straight]);
});

it("sideways without a side goes to the left", () => {
  expect(withSide("a person walks sideways.")).toBe("a person walks sideways to the left");
  expect(withSide("a person sidesteps to the right")).toBe("a person sidesteps to the right");
  expect(withSide("a person lies on the side")).toBe("a person lies on the side");
});
