import { expect, it } from "vitest";
import { frameCount } from "../../core/src/motion/motion.ts";
import { wayOfSupports } from "../../core/src/motion/way-of-supports.ts";
import { motionFixture } from "./rig/rigs.ts";

it.each(["walk", "run"])("a %s whose way is lost goes as far as its steps again", (name) => {
  const motion = motionFixture(name);
  const last = frameCount(motion) - 1;
  const still = { ...motion, root: motion.root.map((value, i) => (i % 3 === 1 ? value : 0)) };
  const { root } = wayOfSupports(still, 0);
  const gone = Math.hypot(...[0, 2].map((k) => (motion.root[last * 3 + k] ?? 0) - (motion.root[k] ?? 0)));
  const found = Math.hypot(root[last * 3] ?? 0, root[last * 3 + 2] ?? 0);
  expect(found / gone).toBeGreaterThan(0.8);
  expect(found / gone).toBeLessThan(1.2);
  // Heights stay.
  expect(root.filter((_, i) => i % 3 === 1)).toEqual(motion.root.filter((_, i) => i % 3 === 1));
});

it("a way that leaps a metre in a frame does so no more, and what came before stays", () => {
  const motion = motionFixture("squat");
  const root = motion.root.map((value, i) => (i % 3 === 2 && i >= 60 ? value + 1 : value));
  const found = wayOfSupports({ ...motion, root }, 10).root;
  expect(found.subarray(0, 30)).toEqual(root.subarray(0, 30));
  for (let i = 35; i < found.length; i += 3) {
    expect(Math.abs((found[i] ?? 0) - (found[i - 3] ?? 0))).toBeLessThan(0.05);
  }
});
