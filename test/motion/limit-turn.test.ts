import { expect, it } from "vitest";
import { limitTurn } from "../../core/src/motion/limit-turn.ts";
import { aboutY, yawOf } from "../../core/src/motion/quaternion.ts";
import { JOINT_COUNT } from "../../core/src/motion/skeleton.ts";

it("a look that leaps to the other side turns no faster than a dancer, and turns on as it did", () => {
  const rotations = new Float32Array(30 * JOINT_COUNT * 4);
  for (let i = 3; i < rotations.length; i += 4) rotations[i] = 1;
  for (let frame = 0; frame < 30; frame++) {
    aboutY(rotations, frame * JOINT_COUNT * 4, 0.1 * frame + (frame < 12 ? 0 : 2.5));
  }
  const turned = limitTurn({ fps: 20, root: new Float32Array(90), rotations }, 0);
  const look = (frame: number) => yawOf(turned.rotations, frame * JOINT_COUNT * 4);
  for (let frame = 1; frame < 30; frame++) {
    const step = Math.atan2(Math.sin(look(frame) - look(frame - 1)), Math.cos(look(frame) - look(frame - 1)));
    expect(step).toBeCloseTo(frame === 12 ? (2.5 * Math.PI) / 20 : 0.1, 5);
  }
});
