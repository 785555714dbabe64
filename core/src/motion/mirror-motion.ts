import { frameCount, type Motion } from "./motion.ts";
import { JOINT_COUNT, JOINTS } from "./skeleton.ts";

/** Index of the joint on the other side, itself for joints of the middle. */
const OTHER_SIDE: readonly number[] = JOINTS.map((name) => {
  const other = name.startsWith("left_") ? name.replace("left_", "right_") : name.replace("right_", "left_");
  return (JOINTS as readonly string[]).indexOf(other);
});
const OTHER_FOOT = [1, 0, 3, 2] as const;

/** Gives the motion as a mirror at x = 0 shows it: left and right change places. */
export function mirrorMotion(motion: Motion): Motion {
  const frames = frameCount(motion);
  const root = motion.root.map((value, i) => (i % 3 === 0 ? -value : value));
  const rotations = new Float32Array(motion.rotations.length);
  for (let frame = 0; frame < frames; frame++) {
    for (let joint = 0; joint < JOINT_COUNT; joint++) {
      const to = (frame * JOINT_COUNT + joint) * 4;
      const from = (frame * JOINT_COUNT + (OTHER_SIDE[joint] ?? joint)) * 4;
      rotations[to] = motion.rotations[from] ?? 0;
      rotations[to + 1] = -(motion.rotations[from + 1] ?? 0);
      rotations[to + 2] = -(motion.rotations[from + 2] ?? 0);
      rotations[to + 3] = motion.rotations[from + 3] ?? 0;
    }
  }
  const mirrored = { fps: motion.fps, root, rotations };
  const { contacts } = motion;
  if (contacts === undefined) return mirrored;
  return { ...mirrored, contacts: contacts.map((_, i) => contacts[i - (i % 4) + (OTHER_FOOT[i % 4] ?? 0)] ?? 0) };
}
