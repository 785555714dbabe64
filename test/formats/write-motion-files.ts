import { mkdirSync, writeFileSync } from "node:fs";
import { encodeBvh } from "../../core/src/formats/bvh.ts";
import { encodeMotionGlb } from "../../core/src/formats/motion-glb.ts";
import { forwardKinematics } from "../../core/src/motion/forward-kinematics.ts";
import { frameCount } from "../../core/src/motion/motion.ts";
import { resampleMotion } from "../../core/src/motion/resample-motion.ts";
import { motionFixture } from "../motion/rig/rigs.ts";

/**
 * Writes the golden motions as BVH and GLB at several frame rates, and where their joints are, for readers in other languages:
 * `tsx write-motion-files.ts FOLDER`. Each NAME-FPS.bvh and .glb has a NAME-FPS.json {fps, frames, joints: [frames][66]}.
 */
async function main(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const name of ["walk", "squat", "jump"]) {
    const source = motionFixture(name);
    for (const fps of [24, 25, 30, 60]) {
      const frames = Math.round((frameCount(source) / source.fps) * fps);
      const motion = resampleMotion(source, fps, 1, frames);
      const { positions } = forwardKinematics(motion);
      const joints = Array.from({ length: frames }, (_, frame) => [...positions.slice(frame * 66, frame * 66 + 66)]);
      const file = `${folder}/${name}-${fps}`;
      writeFileSync(`${file}.bvh`, encodeBvh(motion));
      writeFileSync(`${file}.glb`, await encodeMotionGlb(motion));
      writeFileSync(`${file}.json`, JSON.stringify({ fps, frames, joints }));
    }
  }
}

const [, , folder] = process.argv;
if (folder === undefined) throw new Error("write-motion-files.ts needs a folder.");
await main(folder);
