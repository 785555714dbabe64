import { describe, expect, it } from "vitest";
import { closeLoop, extendCycle } from "../../core/src/motion/close-loop.ts";
import { fitClip } from "../../core/src/motion/fit-clip.ts";
import { lockFeet } from "../../core/src/motion/foot-lock.ts";
import { forwardKinematics } from "../../core/src/motion/forward-kinematics.ts";
import { joinMotions } from "../../core/src/motion/join-motions.ts";
import { meetKeyPoses } from "../../core/src/motion/key-poses.ts";
import { LIMBS, LimbSolver } from "../../core/src/motion/limb-solver.ts";
import { measureMotion } from "../../core/src/motion/measures.ts";
import { frameCount, type Motion } from "../../core/src/motion/motion.ts";
import { pathAt, timePath } from "../../core/src/motion/motion-path.ts";
import { fastestOf, turnOf } from "../../core/src/motion/motion-words.ts";
import { obeyTurn } from "../../core/src/motion/obey-turn.ts";
import { placeMotion, placementOf } from "../../core/src/motion/place-motion.ts";
import { aboutY, angleBetween, yawOf } from "../../core/src/motion/quaternion.ts";
import { motionAt, resampleMotion } from "../../core/src/motion/resample-motion.ts";
import { JOINT, JOINT_COUNT, SOLE } from "../../core/src/motion/skeleton.ts";
import { smoothColumns } from "../../core/src/motion/smooth.ts";
import { splitPrompt } from "../../core/src/motion/split-prompt.ts";
import { farthest, goldenMotion } from "./golden-motions.ts";

const walk = goldenMotion("going");
const yaw = (motion: Motion, frame: number) => yawOf(motion.rotations, frame * JOINT_COUNT * 4);
/** A figure at rest that goes straight on, turning evenly. */
function glide(frames: number, step: number, turn: number): Motion {
  const rotations = new Float32Array(frames * JOINT_COUNT * 4);
  for (let i = 3; i < rotations.length; i += 4) rotations[i] = 1;
  for (let frame = 0; frame < frames; frame++) aboutY(rotations, frame * JOINT_COUNT * 4, frame * turn);
  const root = Float32Array.from({ length: frames * 3 }, (_, i) =>
    i % 3 === 1 ? 0.95 : i % 3 === 2 ? Math.floor(i / 3) * step : 0,
  );
  return { fps: 20, root, rotations };
}

describe("resampleMotion", () => {
  it.each([24, 25, 30, 60])("has round(seconds × fps) frames at %i fps", (fps) => {
    for (const frames of [1, 7, 24, 160]) {
      expect(frameCount(resampleMotion(glide(frames, 0.05, 0.02), fps))).toBe(
        Math.max(1, Math.round((frames / 20) * fps)),
      );
    }
  });

  it("shows at frame i the time i / fps, also within a frame of the end", () => {
    const fast = resampleMotion(glide(20, 0.05, 0.02), 60);
    for (let frame = 0; frame < 60; frame++) {
      expect(fast.root[frame * 3 + 2]).toBeCloseTo((frame / 60) * 1, 5);
      expect(yaw(fast, frame)).toBeCloseTo((frame / 60) * 0.4, 4);
    }
  });

  it("gives the frames themselves where it meets them", () => {
    const again = motionAt(walk, [0, 5, 23], 20);
    expect(farthest(again.root.subarray(3, 6), walk.root.subarray(15, 18))).toBe(0);
  });
});

describe("placeMotion", () => {
  it("puts what was at one place at another, and keeps the joints' distances", () => {
    const to = { x: 3, z: -2, yaw: 1.2 };
    const moved = placeMotion(walk, placementOf(walk, 4), to);
    const found = placementOf(moved, 4);
    expect([found.x, found.z, found.yaw].map((value) => Number(value.toFixed(5)))).toEqual([3, -2, 1.2]);
    expect(measureMotion(moved).jerk).toBeCloseTo(measureMotion(walk).jerk, 1);
  });
});

describe("joinMotions", () => {
  it("goes on where the first ends, without a jump", () => {
    const joined = joinMotions(glide(30, 0.05, 0.01), glide(30, 0.05, 0), 10);
    expect(frameCount(joined)).toBe(50);
    for (let frame = 1; frame < 50; frame++) {
      const step = Math.hypot(
        (joined.root[frame * 3] ?? 0) - (joined.root[frame * 3 - 3] ?? 0),
        (joined.root[frame * 3 + 2] ?? 0) - (joined.root[frame * 3 - 1] ?? 0),
      );
      expect(step).toBeLessThan(0.06);
      expect(step).toBeGreaterThan(0.03);
    }
  });
});

describe("LimbSolver", () => {
  it("brings hands and feet to places in reach, to a tenth of a millimetre, and leaves the rest alone", () => {
    const solver = new LimbSolver();
    for (const limb of Object.values(LIMBS)) {
      const motion = { root: walk.root.slice(), rotations: walk.rotations.slice() };
      solver.pose(motion, 3);
      const before = [...solver.positions];
      const place = [0, 1, 2].map(
        (k) => 0.7 * (before[limb.end * 3 + k] ?? 0) + 0.3 * (before[limb.upper * 3 + k] ?? 0),
      );
      solver.solve(motion, 3, limb, place[0] ?? 0, place[1] ?? 0, place[2] ?? 0);
      for (let k = 0; k < 3; k++) expect(solver.positions[limb.end * 3 + k]).toBeCloseTo(place[k] ?? 0, 4);
      for (let k = 0; k < 3; k++) expect(solver.positions[JOINT.head * 3 + k]).toBe(before[JOINT.head * 3 + k]);
    }
  });

  it("bends a straight leg forward at the knee", () => {
    const motion = glide(1, 0, 0);
    const solver = new LimbSolver();
    solver.pose(motion, 0);
    const p = [...solver.positions];
    solver.solve(motion, 0, LIMBS.left_leg, p[JOINT.left_ankle * 3] ?? 0, (p[JOINT.left_ankle * 3 + 1] ?? 0) + 0.2, 0);
    expect(solver.positions[JOINT.left_knee * 3 + 2]).toBeGreaterThan(0.1);
  });
});

describe("lockFeet", () => {
  it("holds a foot in contact still, on the ground, where sliding moved it 3 cm a frame", () => {
    const contacts = new Uint8Array(30 * 4);
    for (let frame = 5; frame < 15; frame++) contacts.set([1, 0, 1, 0], frame * 4);
    const locked = lockFeet({ ...glide(30, 0.03, 0), contacts });
    const { positions } = forwardKinematics(locked);
    const at = (frame: number, joint: number) => [
      ...positions.subarray((frame * JOINT_COUNT + joint) * 3, (frame * JOINT_COUNT + joint) * 3 + 3),
    ];
    for (let frame = 8; frame < 13; frame++) {
      expect(farthest(at(frame, JOINT.left_foot), at(8, JOINT.left_foot))).toBeLessThan(0.003);
      expect(at(frame, JOINT.left_foot)[1]).toBeCloseTo(SOLE, 2);
    }
    expect(farthest(at(25, JOINT.left_foot), at(8, JOINT.left_foot))).toBeGreaterThan(0.3);
  });

  it("leaves no sole below the ground", () => {
    const sunk = { ...walk, root: walk.root.map((value, i) => (i % 3 === 1 ? value - 0.08 : value)) };
    expect(measureMotion(sunk).penetration).toBeGreaterThan(0.05);
    expect(measureMotion(lockFeet(sunk)).penetration).toBeLessThan(0.002);
  });
});

describe("meetKeyPoses", () => {
  it("hits turns, places and limbs exactly and reaches the next key without a jump", () => {
    const turn: [number, number, number, number] = [0.5, 0, 0, Math.sqrt(0.75)];
    const hand: [number, number, number] = [0.3, 1.5, 2.2];
    const keys = [
      {
        frame: 6,
        pose: {
          time_s: 0.3,
          root: [0, 0.9, 0.4] as [number, number, number],
          rotations: { head: turn },
          positions: {},
        },
      },
      {
        frame: 30,
        pose: {
          time_s: 1.5,
          root: [0.2, 0.95, 2] as [number, number, number],
          rotations: {},
          positions: { left_wrist: hand },
        },
      },
    ];
    const met = meetKeyPoses(glide(40, 0.05, 0), keys);
    const { positions } = forwardKinematics(met);
    expect(farthest(met.root.subarray(18, 21), [0, 0.9, 0.4])).toBeLessThan(1e-6);
    expect(angleBetween(met.rotations, (6 * JOINT_COUNT + JOINT.head) * 4, turn, 0)).toBeLessThan(1e-5);
    const wrist = (30 * JOINT_COUNT + JOINT.left_wrist) * 3;
    expect(farthest(positions.subarray(wrist, wrist + 3), hand)).toBeLessThan(1e-3);
    for (let frame = 1; frame < 40; frame++) {
      expect(Math.abs((met.root[frame * 3 + 2] ?? 0) - (met.root[frame * 3 - 1] ?? 0))).toBeLessThan(0.15);
    }
  });
});

describe("closeLoop", () => {
  it("gives a cycle whose second round goes on like the first", () => {
    const cycle = closeLoop(glide(50, 0.05, 0.004), { frames: 40, closed: false, matched: false });
    expect(frameCount(cycle.motion)).toBe(40);
    const twice = extendCycle(cycle, 40);
    const steps = Array.from({ length: 119 }, (_, i) => (twice.root[i * 3 + 5] ?? 0) - (twice.root[i * 3 + 2] ?? 0));
    expect(Math.max(...steps) - Math.min(...steps)).toBeLessThan(0.012);
    expect(Math.abs(yaw(twice, 40) - yaw(twice, 80))).toBeLessThan(1e-5);
  });

  it("ends a round where a step is as at the start, playing the motion slower for it", () => {
    const swing = glide(70, 0, 0);
    // A cycle of 21 frames in the knee: two rounds are 42 frames, 40 are asked for.
    for (let frame = 0; frame < 70; frame++) {
      const angle = 0.4 * Math.sin((frame / 21) * 2 * Math.PI);
      swing.rotations.set(
        [Math.sin(angle / 2), 0, 0, Math.cos(angle / 2)],
        (frame * JOINT_COUNT + JOINT.left_knee) * 4,
      );
    }
    const { motion } = closeLoop(swing, { frames: 40, closed: false, matched: true });
    const knee = (frame: number) => 2 * Math.asin(motion.rotations[(frame * JOINT_COUNT + JOINT.left_knee) * 4] ?? 0);
    for (let frame = 0; frame < 20; frame++) expect(knee(frame)).toBeCloseTo(knee(frame + 20), 1);
    const steps = Array.from({ length: 39 }, (_, i) => Math.abs(knee(i + 1) - knee(i)));
    expect(Math.abs(knee(0) - knee(39))).toBeLessThan(1.05 * Math.max(...steps));
  });

  it("ends where it began if it is to be closed", () => {
    expect(closeLoop(glide(50, 0.05, 0), { frames: 40, closed: true, matched: false }).way).toEqual([0, 0]);
  });
});

describe("fitClip", () => {
  it.each([
    [60, false],
    [60, true],
    [20, false],
    [23, false],
  ])("fits 24 frames to %i (cycle: %s)", (frames, loop) => {
    expect(frameCount(fitClip(walk, { frames, loop }))).toBe(frames);
  });

  it("comes to rest where a clip that is no cycle ends", () => {
    const held = fitClip(glide(24, 0.05, 0), { frames: 100, loop: false });
    expect(Math.abs((held.root[299] ?? 0) - (held.root[269] ?? 0))).toBeLessThan(1e-3);
  });
});

describe("smoothColumns", () => {
  it("leaves straight courses as they are up to the ends", () => {
    const line = Float64Array.from({ length: 40 }, (_, i) => 3 + i * 0.5);
    expect(farthest(smoothColumns(line, 1, 3), line)).toBeLessThan(1e-9);
  });
});

describe("paths", () => {
  const square = {
    points: [
      [0, 0],
      [0, 2],
      [2, 2],
      [2, 0],
    ].map(([x, z]) => ({ position: [x ?? 0, z ?? 0] as [number, number] })),
    closed: true,
    facing: "along" as const,
  };

  it("passes points without times at even speed and closes", () => {
    const timed = timePath(square, 8);
    expect([...timed.times]).toEqual([0, 2, 4, 6, 8]);
    expect(timed.length).toBe(8);
    expect(pathAt(timed, 3)).toMatchObject({ x: 1, z: 2, speed: 1 });
    expect(pathAt(timed, 3).yaw).toBeCloseTo(Math.PI / 2, 9);
  });

  it("keeps the times that are given", () => {
    const [a, b, c] = [
      { position: [0, 0] as [number, number] },
      { position: [0, 1] as [number, number], time_s: 3 },
      { position: [0, 2] as [number, number] },
    ];
    const timed = timePath({ points: [a, b, c], closed: false, facing: "along" }, 4);
    expect(pathAt(timed, 1.5).z).toBeCloseTo(0.5, 9);
    expect(pathAt(timed, 3.5).z).toBeCloseTo(1.5, 9);
  });
});

describe("words", () => {
  it.each([
    ["a person turns left", 90],
    ["someone turns around to the right", -180],
    ["walks in a circle to the left", 360],
    ["turns right by 45 degrees", -45],
    ["rotates counterclockwise", 90],
    ["waves with the right hand, then turns left", 90],
    ["kicks with the left leg", undefined],
    ["steps to the left", undefined],
    ["walks in a circle", 360],
    ["walks in a small circle to the right", -360],
    ["moves the arms in circles", undefined],
  ])("hears in %j a turn of %s°", (prompt, degrees) => {
    const found = turnOf(prompt);
    expect(found === undefined ? undefined : Math.round((found * 180) / Math.PI)).toBe(degrees);
  });

  it.each([
    ["a person walks forward", 2.3],
    ["someone jogs", 4],
    ["a person walks, jogs and turns", 4],
    ["a person runs", 5],
    ["a person runs fast", undefined],
    ["someone walks up and sprints off", undefined],
    ["a person waves", undefined],
  ])("takes %j for another gait above %s m/s", (prompt, speed) => expect(fastestOf(prompt)).toBe(speed));

  it("steers a motion that does not turn to the side that is said, and leaves one that does", () => {
    const obeyed = obeyTurn(glide(40, 0.05, -0.01), 0, 40, Math.PI / 2);
    expect(yaw(obeyed, 39)).toBeCloseTo(Math.PI / 2, 3);
    expect(obeyed.root[39 * 3]).toBeGreaterThan(0.5);
    const right = glide(40, 0.05, -0.04);
    expect(obeyTurn(right, 0, 40, -Math.PI / 2)).toBe(right);
  });

  it("splits what is done one after the other and keeps the subject", () => {
    expect(splitPrompt("a person walks forward, then sits down")).toEqual([
      "a person walks forward",
      "a person sits down",
    ]);
    expect(splitPrompt("walks and then jumps")).toEqual(["walks", "jumps"]);
    expect(splitPrompt("a man strengthens his arms")).toEqual(["a man strengthens his arms"]);
  });
});
