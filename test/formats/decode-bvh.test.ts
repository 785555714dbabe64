import { describe, expect, it } from "vitest";
import { encodeBvh } from "../../core/src/formats/bvh.ts";
import { decodeBvh } from "../../core/src/formats/decode-bvh.ts";
import { decodeMotion } from "../../core/src/formats/decode-motion.ts";
import { encodeMotionJson } from "../../core/src/formats/motion-json.ts";
import { forwardKinematics } from "../../core/src/motion/forward-kinematics.ts";
import { frameCount, type Motion } from "../../core/src/motion/motion.ts";
import { resampleMotion } from "../../core/src/motion/resample-motion.ts";
import { angleOf, rotationAt } from "../../core/src/motion/rotation.ts";
import { FEET, JOINT, STANDING_HEIGHTS } from "../../core/src/motion/skeleton.ts";
import { length, mix, subtract, unit, type Vector3, vectorAt } from "../../core/src/motion/vector.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import type { Joint } from "../../core/src/protocol/motion.ts";
import { motionFixture } from "../motion/rig/rigs.ts";
import { type BvhHabits, CMU_JOINTS, foreignBvh } from "./foreign-bvh.ts";

const decode = (text: string) => decodeBvh(Buffer.from(text));
const encodedText = (motion: Motion) => Buffer.from(encodeBvh(motion)).toString();

/** Largest distance of any joint in any frame, metres. */
function farthest(a: Motion, b: Motion): number {
  const [one, other] = [forwardKinematics(a).positions, forwardKinematics(b).positions];
  expect(one).toHaveLength(other.length);
  return one.reduce((most, value, i) => Math.max(most, Math.abs(value - (other[i] ?? Number.NaN))), 0);
}

describe("our own BVH", () => {
  it.each(["walk", "run", "jump", "sit", "squat", "wave"])("gives the motion back: %s", (name) => {
    const motion = motionFixture(name);
    const back = decodeBvh(encodeBvh(motion));
    expect(back.fps).toBe(20);
    expect(farthest(back, motion)).toBeLessThan(1e-4);
    for (let i = 0; i < motion.rotations.length; i += 4) {
      expect(angleOf(rotationAt(back.rotations, i), rotationAt(motion.rotations, i))).toBeLessThan(2e-4);
    }
  });

  it.each([24, 25, 30, 60, 120])("keeps its rate and every frame at %i frames a second", (fps) => {
    const frames = Math.round(3.5 * fps);
    const back = decodeBvh(encodeBvh(resampleMotion(motionFixture("walk"), fps, 1, frames)));
    expect([back.fps, frameCount(back)]).toEqual([fps, frames]);
  });

  it("in centimetres is the same motion", () => {
    const motion = motionFixture("walk");
    const [head = "", rows = ""] = encodedText(motion).split(/(?<=Frame Time: .*\n)/);
    const larger = (line: string) =>
      line.replace(/(?<=OFFSET )(\S+) (\S+) (\S+)/, (_, ...xyz) =>
        xyz
          .slice(0, 3)
          .map((v) => Number(v) * 100)
          .join(" "),
      );
    const moved = rows
      .trimEnd()
      .split("\n")
      .map((row) =>
        row
          .split(" ")
          .map((v, i) => (i < 3 ? Number(v) * 100 : v))
          .join(" "),
      );
    expect(farthest(decode(head.split("\n").map(larger).join("\n") + moved.join("\n")), motion)).toBeLessThan(1e-4);
  });
});

const LIMBS: readonly (readonly [Joint, Joint, string, string])[] = [
  ["left_hip", "left_knee", "LeftUpLeg", "LeftLeg"],
  ["left_knee", "left_ankle", "LeftLeg", "LeftFoot"],
  ["right_hip", "right_knee", "RightUpLeg", "RightLeg"],
  ["right_knee", "right_ankle", "RightLeg", "RightFoot"],
  ["left_shoulder", "left_elbow", "LeftArm", "LeftForeArm"],
  ["left_elbow", "left_wrist", "LeftForeArm", "LeftHand"],
  ["right_shoulder", "right_elbow", "RightArm", "RightForeArm"],
  ["right_elbow", "right_wrist", "RightForeArm", "RightHand"],
];
const blenderAxes: BvhHabits["axes"] = ([x, y, z]) => [x, -z, y];

describe("BVH of another skeleton", () => {
  it.each<[string, Partial<BvhHabits>]>([
    ["as CMU's", { order: "ZYX", unit: 17.8 }],
    ["in centimetres, XYZ", { order: "XYZ", unit: 100 }],
    ["XZY", { order: "XZY" }],
    ["YXZ", { order: "YXZ" }],
    ["YZX", { order: "YZX" }],
    ["with +Z up, as Blender writes it", { axes: blenderAxes }],
    ["facing -Z", { axes: ([x, y, z]) => [-x, y, -z] }],
    ["with Mixamo's names", { unit: 100, name: (joint) => `mixamorig:${joint}` }],
  ])("has every limb point where the file's does: %s", (_, habits) => {
    const { text, places } = foreignBvh(40, habits);
    const motion = decode(text);
    expect([motion.fps, frameCount(motion)]).toEqual([30, 40]);
    const { positions } = forwardKinematics(motion);
    const ours = (joint: Joint, frame: number) => vectorAt(positions, (frame * 22 + JOINT[joint]) * 3);
    const theirs = (joint: string, frame: number): Vector3 => places[joint]?.[frame] ?? [0, 0, 0];
    for (let frame = 0; frame < 40; frame++) {
      for (const [from, to, upper, lower] of LIMBS) {
        const way = unit(subtract(ours(to, frame), ours(from, frame)));
        expect(length(subtract(way, unit(subtract(theirs(lower, frame), theirs(upper, frame)))))).toBeLessThan(1e-4);
      }
    }
    // The hips go as far as theirs, times the ratio of the legs' lengths.
    const size = legOf(CMU_JOINTS) / 0.81;
    const hips = (at: (side: "Left" | "Right") => Vector3) => mix(at("Left"), at("Right"), 0.5);
    const way = (at: (side: "Left" | "Right", frame: number) => Vector3) =>
      subtract(
        hips((side) => at(side, 39)),
        hips((side) => at(side, 0)),
      );
    const ourWay = way((side, frame) => ours(side === "Left" ? "left_hip" : "right_hip", frame));
    const theirWay = way((side, frame) => theirs(`${side}UpLeg`, frame));
    for (const axis of [0, 1, 2] as const) expect(ourWay[axis]).toBeCloseTo((theirWay[axis] ?? 0) / size, 4);
  });

  it("stands on the ground with the feet that stand lowest", () => {
    const { positions } = forwardKinematics(decode(foreignBvh(100).text));
    const lowest = Array.from({ length: 100 }, (_, frame) =>
      Math.min(
        ...FEET.map((joint, foot) => (positions[(frame * 22 + joint) * 3 + 1] ?? 0) - (STANDING_HEIGHTS[foot] ?? 0)),
      ),
    ).sort((a, b) => a - b);
    expect(lowest[5]).toBeCloseTo(0, 5);
  });

  it("without spine, neck, collars and toes keeps trunk and limbs", () => {
    const few = CMU_JOINTS.filter(([name]) => !/Spine$|LowerBack|Neck|ToeBase/.test(name)).map(
      ([name, parent, place]) =>
        [name, /^(Spine|LowerBack)$/.test(parent) ? "Hips" : parent.replace("Neck", "Spine1"), place] as const,
    );
    const { text, places } = foreignBvh(10, {}, few);
    const { positions } = forwardKinematics(decode(text));
    for (const [from, to, upper, lower] of LIMBS) {
      const at = (joint: Joint) => vectorAt(positions, (9 * 22 + JOINT[joint]) * 3);
      const theirs = (joint: string): Vector3 => places[joint]?.[9] ?? [0, 0, 0];
      const way = unit(subtract(at(to), at(from)));
      expect(length(subtract(way, unit(subtract(theirs(lower), theirs(upper)))))).toBeLessThan(1e-4);
    }
  });

  it("whose hips hang from a joint of their own moves with it", () => {
    const { text, places } = foreignBvh(20, {}, [
      ["Reference", "", [0, 0, 0]],
      ...CMU_JOINTS.map(([name, parent, place]) => [name, parent || "Reference", place] as const),
    ]);
    const { positions } = forwardKinematics(decode(text));
    const at = (joint: Joint) => vectorAt(positions, (19 * 22 + JOINT[joint]) * 3);
    for (const [from, to, upper, lower] of LIMBS) {
      const theirs = (joint: string): Vector3 => places[joint]?.[19] ?? [0, 0, 0];
      const way = unit(subtract(at(to), at(from)));
      expect(length(subtract(way, unit(subtract(theirs(lower), theirs(upper)))))).toBeLessThan(1e-4);
    }
  });

  it("is told by its shape where its names say nothing", () => {
    const { text } = foreignBvh(10);
    const nameless = foreignBvh(10, { name: (joint) => `node ${CMU_JOINTS.findIndex(([name]) => name === joint)}` });
    expect(farthest(decode(nameless.text), decode(text))).toBeLessThan(0.25);
  });
});

describe("a BVH", () => {
  const good = foreignBvh(3).text;
  it.each<[string, string, RegExp]>([
    ["without a hierarchy", good.replace("HIERARCHY", "HELLO"), /line 1: it has "HELLO"; expected HIERARCHY/],
    ["of two figures", good.replace("MOTION", "ROOT Other\n{\nOFFSET 0 0 0\n}\nMOTION"), /second ROOT/],
    ["with two joints of one name", good.replace("LeftForeArm", "LeftArm"), /two joints are called "LeftArm"/],
    ["with an unknown channel", good.replace("Zrotation", "Wrotation"), /channel "Wrotation"; expected one of/],
    ["with a channel twice", good.replace("Zrotation Xrotation", "Zrotation Zrotation"), /a channel twice/],
    ["with a word for a number", good.replace("OFFSET\t0.1", "OFFSET\tNaN"), /"NaN"; expected a number/],
    ["with a comma in a number", good.replace("OFFSET\t0.1", "OFFSET\t0,1"), /"0,1"; expected a number/],
    ["that ends early", good.slice(0, good.lastIndexOf(" ")), /ends in frame 2 of 3/],
    ["that goes on", `${good} 1`, /goes on after 3 frames/],
    ["of no frames", good.replace("Frames:\t3", "Frames: 0"), /0 frames; expected 1 to 28800/],
    ["of more than 120 s at 240", good.replace("Frames:\t3", "Frames: 28801"), /28801 frames/],
    ["of too many numbers", good.replace("Frames:\t3", "Frames: 28800"), /ends in frame/],
    ["with a frame time of 0", good.replace(".0333333", "0"), /frame time is 0 s/],
    ["with an endless frame time", good.replace(".0333333", "1e9"), /frame time/],
    [
      "that goes off into space",
      good.replace(/(?<=\.0333333\r\n)\S+/, "1e300"),
      /frame 0 its hips are more than 100 km away/,
    ],
    [
      "of no figure",
      "HIERARCHY ROOT a { OFFSET 0 0 0 CHANNELS 1 Xrotation } MOTION Frames: 1 Frame Time: 0.1 0",
      /no hips with two legs.*\(a, …\)/,
    ],
    [
      "whose legs have no length",
      good.replace(/(?<=JOINT LeftLeg\r\n\s*\{\r\n\s*OFFSET)\t\S+\t\S+\t\S+/, " 0 0 0"),
      /left hip and knee/,
    ],
    [
      "that lies at rest",
      foreignBvh(
        3,
        {},
        CMU_JOINTS.map(([name, parent, [x, y, z]]) => [
          name,
          parent,
          /Spine|Neck|Head/.test(name) ? [x, -y, z] : [x, y, z],
        ]),
      ).text,
      /stands upright/,
    ],
  ])("%s is refused", (_, text, words) => {
    const read = () => decode(text);
    expect(read).toThrow(CoreError);
    expect(read).toThrow(words);
    expect(read).toThrow(expect.objectContaining({ code: "ASSET_UNREADABLE" }));
  });

  it("of more than 512 joints is refused, however deep they stand", () => {
    const deep = Array.from({ length: 600 }, (_, i) => `${i === 0 ? "ROOT" : "JOINT"} j${i} { OFFSET 0 1 0`);
    expect(() => decode(`HIERARCHY ${deep.join("\n")}`)).toThrow(/more than 512 joints/);
  });
});

describe("decodeMotion", () => {
  it("reads BVH and JSON by their first word", () => {
    const motion = motionFixture("wave");
    expect(farthest(decodeMotion(encodeBvh(motion)).motion, motion)).toBeLessThan(1e-4);
    expect(farthest(decodeMotion(encodeMotionJson(motion)).motion, motion)).toBeLessThan(1e-4);
    expect(() => decodeMotion(Buffer.from("glTF"))).toThrow(/neither BVH nor JSON/);
    expect(() => decodeMotion(new Uint8Array())).toThrow(/neither BVH nor JSON/);
  });
});

/** Thigh and shin, metres. */
function legOf(joints: typeof CMU_JOINTS): number {
  const far = (name: string) => length(joints.find(([joint]) => joint === name)?.[2] ?? [0, 0, 0]);
  return far("LeftLeg") + far("LeftFoot");
}
