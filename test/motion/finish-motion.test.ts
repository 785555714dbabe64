import { describe, expect, it } from "vitest";
import { type FinishOptions, finishMotion } from "../../core/src/motion/finish-motion.ts";
import { forwardKinematics } from "../../core/src/motion/forward-kinematics.ts";
import { frameCount, type Motion } from "../../core/src/motion/motion.ts";
import { FEET, JOINT_COUNT } from "../../core/src/motion/skeleton.ts";

/** A figure that stands with both feet on the ground. */
function standing(frames: number): Motion {
  const root = new Float32Array(frames * 3).map((_, i) => (i % 3 === 1 ? 0.98 : 0));
  const rotations = new Float32Array(frames * JOINT_COUNT * 4).map((_, i) => (i % 4 === 3 ? 1 : 0));
  return { fps: 20, root, rotations, contacts: new Uint8Array(frames * 4).fill(1) };
}

const OPTIONS: FinishOptions = {
  duration_s: 3,
  output_fps: 20,
  speed: 1,
  loop: false,
  in_place: false,
  foot_lock: true,
  tremor_s: 0,
  contacts_known: true,
  path: undefined,
  heading: [],
  key_poses: [],
};

describe("finishMotion", () => {
  it("leaves the contacts of a recording as they are without key poses", () => {
    const { contacts } = finishMotion(standing(60), OPTIONS);
    expect(contacts?.every((one) => one === 1)).toBe(true);
  });

  it("says of no foot that it bears weight while a key pose moves it", () => {
    const stepped = (time_s: number, z: number) => ({
      time_s,
      rotations: {},
      positions: { left_ankle: [0.09, 0.1, z] as [number, number, number] },
    });
    const key_poses = [stepped(1.3, 0), stepped(1.5, 0.2)];
    const motion = finishMotion(standing(60), { ...OPTIONS, key_poses });
    const { positions } = forwardKinematics(motion);
    const frames = frameCount(motion);
    let moving = 0;
    for (let frame = 1; frame < frames - 1; frame++) {
      for (const [foot, joint] of FEET.entries()) {
        const at = (of: number) => (of * JOINT_COUNT + joint) * 3;
        const away = [0, 1, 2].map((k) => (positions[at(frame + 1) + k] ?? 0) - (positions[at(frame - 1) + k] ?? 0));
        if (Math.hypot(...away) * 10 < 0.4) continue;
        moving++;
        expect(motion.contacts?.[frame * 4 + foot]).toBe(0);
      }
    }
    expect(moving).toBeGreaterThan(3);
  });
});
