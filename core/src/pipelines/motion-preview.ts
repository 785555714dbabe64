import { forwardKinematics } from "../motion/forward-kinematics.ts";
import { cutMotion } from "../motion/join-motions.ts";
import { frameCount, type Motion } from "../motion/motion.ts";
import { JOINT_COUNT, JOINTS, PARENTS } from "../motion/skeleton.ts";
import type { RawImage } from "../tensor/image.ts";

/** Figures of a strip. */
const FIGURES = 8;
/** From how far aside figures are seen, radians. */
const VIEW = 0.7;
const BACKGROUND = [24, 26, 31] as const;
const GROUND = [58, 62, 70] as const;
const LEFT = [255, 112, 67] as const;
const RIGHT = [79, 163, 255] as const;
const MIDDLE = [222, 226, 232] as const;
type Colour = readonly [number, number, number];

/**
 * Draws a strip of stick figures, evenly spaced in time, each over its own place: left limbs orange, right ones blue.
 *
 * @param width pixels; the height is a quarter of it
 */
export function drawMotionStrip(motion: Motion, width: number): RawImage {
  const height = Math.max(4, Math.round(width / 4));
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = BACKGROUND[i % 3] ?? 0;
  const image: RawImage = { width, height, channels: 3, data };
  const cell = width / FIGURES;
  const scale = Math.min(cell / 1.1, height / 2.1);
  const floor = height - Math.max(1, height * 0.08);
  line(image, 0, floor, width - 1, floor, GROUND);
  const last = frameCount(motion) - 1;
  for (let figure = 0; figure < FIGURES; figure++) {
    const frame = Math.round((last * figure) / (FIGURES - 1));
    const { positions } = forwardKinematics(cutMotion(motion, frame, frame + 1));
    const middle = (figure + 0.5) * cell;
    const at = (joint: number): [number, number] => {
      const x = (positions[joint * 3] ?? 0) - (positions[0] ?? 0);
      const z = (positions[joint * 3 + 2] ?? 0) - (positions[2] ?? 0);
      const aside = x * Math.cos(VIEW) - z * Math.sin(VIEW);
      return [middle + aside * scale, floor - (positions[joint * 3 + 1] ?? 0) * scale];
    };
    for (let joint = 1; joint < JOINT_COUNT; joint++) {
      const name = JOINTS[joint] ?? "";
      const colour = name.startsWith("left") ? LEFT : name.startsWith("right") ? RIGHT : MIDDLE;
      line(image, ...at(PARENTS[joint] ?? 0), ...at(joint), colour);
    }
  }
  return image;
}

/** Draws a line without antialiasing; what lies outside of the picture is left out. */
function line({ width, height, data }: RawImage, x0: number, y0: number, x1: number, y1: number, colour: Colour): void {
  if (![x0, y0, x1, y1].every(Number.isFinite)) return;
  const steps = Math.min(4 * (width + height), Math.max(1, Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0)))));
  for (let i = 0; i <= steps; i++) {
    const x = Math.round(x0 + ((x1 - x0) * i) / steps);
    const y = Math.round(y0 + ((y1 - y0) * i) / steps);
    if (x >= 0 && x < width && y >= 0 && y < height) data.set(colour, (y * width + x) * 3);
  }
}
