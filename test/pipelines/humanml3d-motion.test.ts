import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { forwardKinematics } from "../../core/src/motion/forward-kinematics.ts";
import { frameCount, type Motion } from "../../core/src/motion/motion.ts";
import { JOINT_COUNT, OFFSETS, PARENTS } from "../../core/src/motion/skeleton.ts";
import { length, subtract, vectorAt } from "../../core/src/motion/vector.ts";
import { generateMotion } from "../../core/src/pipelines/text-to-motion.ts";
import {
  makeMotionContext,
  openMotionSessions,
  readMotionBundle,
  resolveMotion,
  type SeenMotionRun,
} from "./motion-bundle.ts";

/** Random weights in MDM's architecture; models/export/make_tiny_mdm.py. */
const bundle = readMotionBundle(fileURLToPath(new URL("../fixtures/tiny-humanml3d", import.meta.url)));
const runs: SeenMotionRun[] = [];
const sessions = openMotionSessions(bundle, (run) => runs.push(run));
afterAll(() => sessions.close());

async function run(params: Record<string, unknown>): Promise<{ motion: Motion; kind: string | undefined }> {
  runs.length = 0;
  const { context } = makeMotionContext(sessions, new Map(), bundle);
  const [made] = await generateMotion(resolveMotion({ seed: 7, ...params }, bundle), context);
  if (made === undefined) throw new Error("no motion came out");
  return { motion: made.motion, kind: made.origin[0]?.kind };
}
const WALK = { segments: [{ prompt: "a person walks forward", duration_s: 3 }] };

describe("a bundle of HumanML3D features", () => {
  it("makes motion on our skeleton from noise, with guidance against no words", async () => {
    const { motion, kind } = await run({ ...WALK, output: { fps: 30 } });
    expect([motion.fps, frameCount(motion), kind]).toEqual([30, 90, "generated"]);
    const { positions } = forwardKinematics(motion);
    expect(positions.every(Number.isFinite)).toBe(true);
    for (let i = 0; i < frameCount(motion) * JOINT_COUNT; i++) {
      const parent = PARENTS[i % JOINT_COUNT] ?? -1;
      if (parent < 0) continue;
      const bone = subtract(vectorAt(positions, i * 3), vectorAt(positions, (i - (i % JOINT_COUNT) + parent) * 3));
      expect(length(bone)).toBeCloseTo(length(vectorAt(OFFSETS, (i % JOINT_COUNT) * 3)), 4);
    }
    const denoised = runs.filter(({ component }) => component === "denoiser");
    expect(denoised).toHaveLength(4);
    for (const { feeds } of denoised) {
      expect(Object.keys(feeds).sort()).toEqual(["sample", "text", "timestep", "valid"]);
      expect(feeds.sample?.dims).toEqual([2, 64, 263]);
      const text = Array.from(feeds.text?.data as Float32Array);
      expect(text.slice(8).every((value) => value === 0)).toBe(true);
      expect(text.slice(0, 8).some((value) => Math.abs(value) > 0.1)).toBe(true);
      expect(Array.from(feeds.valid?.data as Float32Array).slice(0, 64)).toEqual(
        Array.from({ length: 64 }, (_, frame) => (frame < 60 ? 1 : 0)),
      );
    }
  });

  it("gives the same bytes for the same request and others for other words or another seed", async () => {
    const bytes = async (params: Record<string, unknown>) => {
      const { motion } = await run(params);
      return Buffer.concat([Buffer.from(motion.root.buffer), Buffer.from(motion.rotations.buffer)]).toString("base64");
    };
    const once = await bytes(WALK);
    expect(await bytes(WALK)).toBe(once);
    expect(await bytes({ ...WALK, seed: 8 })).not.toBe(once);
    expect(await bytes({ segments: [{ prompt: "somebody jumps", duration_s: 3 }] })).not.toBe(once);
  });

  it("makes what is longer than a window in several, each going on from the one before", async () => {
    const { motion } = await run({ segments: [{ prompt: "a person walks", duration_s: 8 }], output: { fps: 20 } });
    expect(frameCount(motion)).toBe(160);
    // 160 frames by windows of 64 that share 16: 64 + 48 + 48.
    expect(runs.filter(({ component }) => component === "denoiser")).toHaveLength(12);
  });
});
