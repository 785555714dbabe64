import { expect, it } from "vitest";
import { motionAt } from "../../core/src/motion/resample-motion.ts";
import { encodeMotion } from "../../core/src/pipelines/encode-motion.ts";
import { goldenMotion } from "../motion/golden-motions.ts";
import { mixamoRig } from "../motion/rig/rigs.ts";
import { resolveMotion } from "./motion-bundle.ts";

const short = goldenMotion("going");
/** Twenty seconds at 60 frames a second, forth and back. */
const motion = motionAt(
  short,
  Float64Array.from({ length: 1200 }, (_, frame) => 20 * (1 - Math.cos(frame / 40))),
  60,
);
const made = { motion, seed: 1, segments: [], origin: [], warnings: [] };

it.each(["bvh", "glb", "json", "openpose"])(
  "stops in the middle of a file when it is cancelled: %s",
  async (format) => {
    const rig = format === "json" ? { rig: mixamoRig() } : {};
    const params = resolveMotion({
      segments: [{ prompt: "walks", duration_s: 20 }],
      ...rig,
      output: { formats: [format], fps: 60 },
    });
    const cancel = new AbortController();
    const options = { prompt_privacy: false, signal: cancel.signal };
    let turns = 0;
    // Each turn of the event loop is a chance to hear a message; the first is the one before the file.
    const count = () => {
      turns++;
      if (turns === 4) cancel.abort(new Error("enough"));
      if (!cancel.signal.aborted) setImmediate(count);
    };
    setImmediate(count);
    await expect(encodeMotion(made, params, options)).rejects.toThrow("enough");
    expect(turns).toBe(4);
  },
);
