import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { readMotion } from "../../comfy-nodes/web-src/motion-file.ts";
import { encodeMotionJson } from "../../core/src/formats/motion-json.ts";
import { forwardKinematics } from "../../core/src/motion/forward-kinematics.ts";
import type { Motion } from "../../core/src/motion/motion.ts";
import { FEET, JOINT_COUNT, JOINTS } from "../../core/src/motion/skeleton.ts";

/** Three frames in which every joint is turned otherwise. */
function turningMotion(): Motion {
  const frames = 3;
  const rotations = new Float32Array(frames * JOINT_COUNT * 4);
  for (let i = 0; i < frames * JOINT_COUNT; i++) {
    const [x, y, z, w] = [Math.sin(i), Math.cos(1.7 * i), Math.sin(2.3 * i), 2];
    const size = Math.hypot(x, y, z, w);
    rotations.set([x / size, y / size, z / size, w / size], i * 4);
  }
  const root = Float32Array.from([0, 1, 0, 0.1, 0.95, 0.2, -0.3, 1.02, 0.5]);
  const contacts = Uint8Array.from([1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0]);
  return { fps: 24, root, rotations, contacts };
}

it("puts every joint of the player where the core has it", () => {
  const motion = turningMotion();
  const span = { prompt: "a person turns", start_frame: 0, end_frame: 3 };
  const bytes = encodeMotionJson(motion, { segments: [span], origin: [] });
  const played = readMotion(new TextDecoder().decode(bytes));
  const { positions } = forwardKinematics(motion);
  expect(played.positions).toHaveLength(positions.length);
  for (const [i, value] of positions.entries()) expect(played.positions[i]).toBeCloseTo(value, 4);
  expect(played).toMatchObject({ fps: 24, frames: 3, names: JOINTS, segments: [span] });
  expect(played.feet).toEqual(FEET);
  expect(played.contacts).toEqual([
    [1, 0, 1, 0],
    [0, 1, 0, 1],
    [0, 0, 0, 0],
  ]);
});

it("refuses a file that is no motion", () => {
  expect(() => readMotion('{"format":"other"}')).toThrow("its format is other");
});

it("brings no zod into the page for it", async () => {
  const text = await readFile(new URL("../../comfy-nodes/web/genga.js", import.meta.url), "utf8");
  expect(text).toContain("genga_motion");
  expect(text).not.toContain("ZodError");
});
