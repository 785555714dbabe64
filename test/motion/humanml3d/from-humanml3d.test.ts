import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { forwardKinematics } from "../../../core/src/motion/forward-kinematics.ts";
import { fromHumanMl3d } from "../../../core/src/motion/humanml3d/from-humanml3d.ts";
import { readJoints } from "../../../core/src/motion/humanml3d/read-joints.ts";
import { SOLE } from "../../../core/src/motion/skeleton.ts";

// Written by make_humanml3d.py: numpy, from the definition of the data set, of a motion on our skeleton.
const golden = JSON.parse(
  readFileSync(new URL("../../golden/motion/walk-humanml3d.json", import.meta.url), "utf8"),
) as { frames: number; features: number[][]; joints: number[][] };
const features = Float32Array.from(golden.features.flat());
const truth = golden.joints.flat();

it("joints of features are those that numpy made them of", () => {
  const joints = readJoints(features, golden.frames).flat(2);
  const away = joints.map((value, index) => {
    return Math.abs(value + (index % 3 === 1 ? SOLE : 0) - (truth[index] ?? 0));
  });
  expect(joints).toHaveLength(golden.frames * 66);
  expect(Math.max(...away)).toBeLessThan(2e-4);
});

it("turns reckoned from joints put every joint of our skeleton back within 2 mm", () => {
  const motion = fromHumanMl3d(features, golden.frames);
  const { positions } = forwardKinematics(motion);
  const away = Array.from({ length: golden.frames * 22 }, (_, joint) =>
    Math.hypot(...[0, 1, 2].map((axis) => (positions[joint * 3 + axis] ?? 0) - (truth[joint * 3 + axis] ?? 0))),
  );
  expect(Math.max(...away)).toBeLessThan(0.002);
  expect(motion.fps).toBe(20);
});

it("a skeleton of another size is brought to ours", () => {
  const half = features.map((value, index) => {
    const column = index % 263;
    return (column >= 1 && column < 67) || (column >= 193 && column < 259) ? value / 2 : value;
  });
  const [motion, small] = [fromHumanMl3d(features, golden.frames), fromHumanMl3d(half, golden.frames)];
  expect(Math.max(...motion.root.map((value, index) => Math.abs(value - (small.root[index] ?? 0))))).toBeLessThan(1e-4);
});

it("contacts stand in our order", () => {
  const rows = new Float32Array(263 * 2);
  rows.set(features.subarray(0, 526));
  rows.set([1, 0, 0, 0], 259);
  rows.set([0, 0.9, 0.2, 0.6], 263 + 259);
  expect([...(fromHumanMl3d(rows, 2).contacts ?? [])]).toEqual([1, 0, 0, 0, 0, 0, 1, 1]);
});

it("numbers that are no frames are refused", () => {
  expect(() => fromHumanMl3d(new Float32Array(263), 2)).toThrow(/526 numbers; met 263/);
});
