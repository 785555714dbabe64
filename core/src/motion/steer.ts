import { wrapAngle } from "./angles.ts";
import { frameCount, type Motion } from "./motion.ts";
import { aboutY, multiply, yawOf } from "./quaternion.ts";
import { JOINT_COUNT } from "./skeleton.ts";
import { smoothColumns } from "./smooth.ts";

const STRIDE = JOINT_COUNT * 4;
/** What differs faster than this is the body's own swing and stays, seconds. */
const SWING_S = 0.15;

/** Gives the motion turned about +Y by an angle of its own at each frame, [frames], the way it goes with it. */
export function steer(motion: Motion, angles: ArrayLike<number>): Motion {
  const frames = frameCount(motion);
  const root = motion.root.slice();
  const turned = turnPelvis(motion, angles);
  for (let frame = 1; frame < frames; frame++) {
    const at = frame * 3;
    const angle = ((angles[frame] ?? 0) + (angles[frame - 1] ?? 0)) / 2;
    const dx = (motion.root[at] ?? 0) - (motion.root[at - 3] ?? 0);
    const dz = (motion.root[at + 2] ?? 0) - (motion.root[at - 1] ?? 0);
    root[at] = (root[at - 3] ?? 0) + dx * Math.cos(angle) + dz * Math.sin(angle);
    root[at + 2] = (root[at - 1] ?? 0) + dz * Math.cos(angle) - dx * Math.sin(angle);
  }
  return { ...turned, root };
}

/** Gives the motion with its pelvis turned about +Y by an angle at each frame; it goes where it went. */
export function turnPelvis(motion: Motion, angles: ArrayLike<number>): Motion {
  const rotations = motion.rotations.slice();
  const turn = new Float64Array(4);
  for (let frame = 0; frame < frameCount(motion); frame++) {
    aboutY(turn, 0, angles[frame] ?? 0);
    multiply(rotations, frame * STRIDE, turn, 0, rotations, frame * STRIDE);
  }
  return { ...motion, rotations };
}

/**
 * Gives by how much a motion looks aside of where it is to look, radians, [frames]: what is to be added, without the body's own swing.
 * Free frames (NaN) take what their neighbours take.
 */
export function headingError(motion: Motion, heading: ArrayLike<number>): Float64Array {
  const frames = frameCount(motion);
  const error = new Float64Array(frames);
  let known = Number.NaN;
  let waiting = 0;
  for (let frame = 0; frame < frames; frame++) {
    const wanted = heading[frame] ?? Number.NaN;
    if (!Number.isNaN(wanted)) {
      const now = wrapAngle(wanted - yawOf(motion.rotations, frame * STRIDE));
      const before = Number.isNaN(known) ? 0 : known;
      known = now - 2 * Math.PI * Math.round((now - before) / (2 * Math.PI));
      error.fill(known, waiting, frame);
      waiting = frame + 1;
    }
    error[frame] = Number.isNaN(known) ? 0 : known;
  }
  return smoothColumns(error, 1, SWING_S * motion.fps);
}
