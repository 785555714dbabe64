import { expect, it } from "vitest";
import type { PlayedMotion } from "../../comfy-nodes/web-src/motion-file.ts";
import { boundsOf, drawFrame, type Pen, startOrbit } from "../../comfy-nodes/web-src/motion-view.ts";

const SIZE = { width: 400, height: 240 };
const CONTACT = "#3ddc84";

interface Mark {
  x: number;
  y: number;
  colour: string;
}

/** A figure of three joints that walks two metres along +Z; its left foot bears weight in the first frame. */
function walk(): PlayedMotion {
  const frames = 5;
  const joints = [
    [0, 1, 0],
    [0.1, 0.1, 0],
    [0, 1.6, 0],
  ];
  return {
    fps: 10,
    frames,
    names: ["pelvis", "left_ankle", "head"],
    parents: [-1, 0, 0],
    positions: Float32Array.from(
      Array.from({ length: frames }, (_, frame) =>
        joints.flatMap(([x = 0, y = 0, z = 0]) => [x, y, z + frame / 2]),
      ).flat(),
    ),
    contacts: [[1], [0], [0], [0], [0]],
    feet: [1],
    segments: [],
  };
}

/** A context that writes down where lines end and discs are. */
function recorder() {
  const lines: Mark[] = [];
  const discs: Mark[] = [];
  const context: Pen = {
    strokeStyle: "",
    fillStyle: "",
    lineWidth: 0,
    lineCap: "",
    clearRect: () => {},
    beginPath: () => {},
    stroke: () => {},
    fill: () => {},
    moveTo: (x: number, y: number) => lines.push({ x, y, colour: String(context.strokeStyle) }),
    lineTo: (x: number, y: number) => lines.push({ x, y, colour: String(context.strokeStyle) }),
    arc: (x: number, y: number) => discs.push({ x, y, colour: String(context.fillStyle) }),
  };
  return { lines, discs, context };
}

function drawn(frame: number, yaw: number) {
  const { lines, discs, context } = recorder();
  const motion = walk();
  drawFrame(context, SIZE, motion, frame, { ...startOrbit(), yaw }, boundsOf(motion));
  const limb = lines.filter(({ colour }) => colour === "#ff7043");
  return { limb, discs };
}

it("keeps the figure in sight from every side, in every frame", () => {
  for (let frame = 0; frame < 5; frame++) {
    for (let yaw = 0; yaw < 6.3; yaw += 0.7) {
      const { limb, discs } = drawn(frame, yaw);
      expect(limb).toHaveLength(2);
      for (const { x, y } of [...limb, ...discs]) {
        expect(x).toBeGreaterThan(0);
        expect(x).toBeLessThan(SIZE.width);
        expect(y).toBeGreaterThan(0);
        expect(y).toBeLessThan(SIZE.height);
      }
    }
  }
});

it("sees the left foot at the right of the picture from the front, at its left from behind", () => {
  const side = (yaw: number) => {
    const [pelvis, ankle] = drawn(2, yaw).limb;
    return (ankle?.x ?? 0) - (pelvis?.x ?? 0);
  };
  expect(side(0)).toBeGreaterThan(3);
  expect(side(Math.PI)).toBeCloseTo(-side(0), 1);
});

it("draws the pelvis above the foot, and nearer frames lower when they come towards the eye", () => {
  const [pelvis, ankle] = drawn(0, 0).limb;
  expect(pelvis?.y).toBeLessThan(ankle?.y ?? 0);
  expect(drawn(4, 0).limb[1]?.y).toBeGreaterThan(ankle?.y ?? Infinity);
});

it("marks a foot while it bears weight, and only then", () => {
  const marks = (frame: number) => drawn(frame, 0).discs.filter(({ colour }) => colour === CONTACT);
  expect(marks(0)).toHaveLength(1);
  expect(marks(1)).toHaveLength(0);
});
