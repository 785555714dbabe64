import { validateBytes } from "gltf-validator";
import { describe, expect, it } from "vitest";
import { encodeBvh } from "../../core/src/formats/bvh.ts";
import { embedGlbXmp } from "../../core/src/formats/glb-xmp.ts";
import { encodeMotionGlb } from "../../core/src/formats/motion-glb.ts";
import { decodeMotionJson, encodeMotionJson } from "../../core/src/formats/motion-json.ts";
import { cameraInFrontOf } from "../../core/src/formats/openpose-camera.ts";
import { encodeOpenPose, openPoseFrames } from "../../core/src/formats/openpose-frames.ts";
import { forwardKinematics } from "../../core/src/motion/forward-kinematics.ts";
import { frameCount, type Motion } from "../../core/src/motion/motion.ts";
import { resampleMotion } from "../../core/src/motion/resample-motion.ts";
import { retargetMotion } from "../../core/src/motion/rig/retarget-motion.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import type { Camera } from "../../core/src/protocol/motion.ts";
import { mixamoRig, motionFixture } from "../motion/rig/rigs.ts";

const walk = motionFixture("walk");

/** A figure at rest whose knee bends from 0° to 140°, and whose pelvis turns twice about itself. */
function kneeBend(frames: number): Motion {
  const rotations = Float32Array.from({ length: frames * 88 }, (_, index) => (index % 4 === 3 ? 1 : 0));
  for (let frame = 0; frame < frames; frame++) {
    const half = ((140 * frame) / (frames - 1) / 2) * (Math.PI / 180);
    rotations.set([Math.sin(half), 0.002, 0.001, Math.cos(half)], frame * 88 + 4 * 4);
    const yaw = ((720 * frame) / (frames - 1) / 2) * (Math.PI / 180);
    rotations.set([0, Math.sin(yaw), 0, Math.cos(yaw)], frame * 88);
  }
  return { fps: 30, root: new Float32Array(frames * 3).fill(1), rotations };
}

describe("BVH", () => {
  it.each([24, 25, 30, 60])("has every frame at %i frames a second", (fps) => {
    const frames = Math.round((frameCount(walk) / 20) * fps);
    const lines = Buffer.from(encodeBvh(resampleMotion(walk, fps, 1, frames)))
      .toString()
      .trimEnd()
      .split("\n");
    const start = lines.findIndex((line) => line.startsWith("Frames:"));
    expect(lines[start]).toBe(`Frames: ${frames}`);
    expect(Number(lines[start + 1]?.split(": ")[1])).toBeCloseTo(1 / fps, 8);
    expect(lines.slice(start + 2)).toHaveLength(frames);
    expect(lines.slice(start + 2).every((line) => line.split(" ").length === 69)).toBe(true);
  });

  it("angles go on without jumps through a knee of 90° and two full turns", () => {
    const text = Buffer.from(encodeBvh(kneeBend(141))).toString();
    const rows = text.slice(text.indexOf("Frame Time")).trimEnd().split("\n").slice(1);
    const values = rows.map((row) => row.split(" ").map(Number));
    const steps = values
      .slice(1)
      .flatMap((row, index) => row.map((value, k) => Math.abs(value - (values[index]?.[k] ?? 0))));
    expect(Math.max(...steps)).toBeLessThan(15);
    expect(Math.abs((values.at(-1)?.[5] ?? 0) - (values[0]?.[5] ?? 0))).toBeCloseTo(720, 2);
  });
});

describe("GLB", () => {
  it.each(["every_frame", "simplified"] as const)(
    "with keys %s has nothing that the validator objects to",
    async (keyframes) => {
      const bytes = await encodeMotionGlb(walk, { keyframes });
      const { issues } = await validateBytes(bytes);
      expect(issues.messages).toEqual([]);
      expect(glbJson(bytes)).toMatchObject({ animations: [{}], skins: [{ joints: { length: 22 } }], materials: [{}] });
      expect(Buffer.compare(await encodeMotionGlb(walk, { keyframes }), bytes)).toBe(0);
    },
  );

  it("frame f of the animation lies at f / fps seconds", async () => {
    const json = glbJson(await encodeMotionGlb(resampleMotion(walk, 60, 1, 210)));
    const input = json.accessors[json.animations[0]?.samplers[0]?.input ?? 0];
    expect(input).toMatchObject({ count: 210, min: [0] });
    expect(input?.max?.[0]).toBeCloseTo(209 / 60, 6);
  });

  it("carries XMP as KHR_xmp_json_ld; a second packet replaces the first; the rest stays", async () => {
    const plain = await encodeMotionGlb(walk);
    const fields = {
      digital_source_type: "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia" as never,
      creator_tool: "Genga 0.1.0",
      created: "2026-01-02T03:04:05Z",
      ai_prompt: 'läuft "fröhlich"',
    };
    const bytes = embedGlbXmp(embedGlbXmp(plain, { ...fields, title: "first" }), { ...fields, title: "second" });
    const { issues } = await validateBytes(bytes);
    expect([issues.numErrors, issues.numWarnings]).toEqual([0, 0]);
    const { extensions, extensionsUsed, asset, ...rest } = glbJson(bytes);
    expect(extensionsUsed).toEqual(["KHR_xmp_json_ld"]);
    expect(asset.extensions).toEqual({ KHR_xmp_json_ld: { packet: 0 } });
    expect(extensions?.KHR_xmp_json_ld.packets).toHaveLength(1);
    expect(extensions?.KHR_xmp_json_ld.packets[0]).toMatchObject({
      "dc:title": { "rdf:_1": { "@value": "second" } },
      "Iptc4xmpExt:AIPromptInformation": 'läuft "fröhlich"',
      "xmp:CreatorTool": "Genga 0.1.0",
    });
    const { asset: _, ...before } = glbJson(plain);
    expect(rest).toEqual(before);
    expect(Buffer.from(bytes).subarray(-1000)).toEqual(Buffer.from(plain).subarray(-1000));
  });

  it("XMP in what is no GLB is refused", () => {
    const fields = { digital_source_type: "" as never, creator_tool: "", created: "", title: "" };
    expect(() => embedGlbXmp(Buffer.from("glTF but no"), fields)).toThrow(RangeError);
  });
});

describe("JSON", () => {
  it("gives the motion back, with its segments, origin and rig", () => {
    const notes = {
      segments: [{ prompt: "walks", start_frame: 0, end_frame: 70 }],
      origin: [{ segment: 0, kind: "varied" as const, clips: ["a"] }],
      rig: retargetMotion(walk, mixamoRig(), { keyframes: "simplified" }),
    };
    const file = decodeMotionJson(encodeMotionJson(walk, notes));
    expect(file.segments).toEqual(notes.segments);
    expect(file.origin).toMatchObject(notes.origin);
    expect(file.motion.fps).toBe(20);
    expect(Math.max(...file.motion.root.map((value, index) => Math.abs(value - (walk.root[index] ?? 0))))).toBeLessThan(
      1e-6,
    );
    expect(
      Math.max(...file.motion.rotations.map((value, index) => Math.abs(value - (walk.rotations[index] ?? 0)))),
    ).toBeLessThan(2e-6);
    expect(file.motion.contacts).toEqual(walk.contacts);
    expect(file.rig?.curves.map(({ bone, frames }) => [bone, frames])).toEqual(
      notes.rig.curves.map(({ bone, frames }) => [bone, frames]),
    );
  });

  it.each<[string, (file: Record<string, unknown>) => unknown, RegExp]>([
    ["another version", (file) => ({ ...file, format: "genga.motion.v2" }), /format/],
    ["a field too many", (file) => ({ ...file, extra: 1 }), /extra/i],
    ["a frame too few", (file) => ({ ...file, root: (file.root as unknown[]).slice(1) }), /root has 69 rows/],
    ["more frames than 120 s", (file) => ({ ...file, frames: 28_801 }), /frames/],
    [
      "another skeleton",
      (file) => ({ ...file, skeleton: { names: ["hips"], parents: [-1], offsets: [[0, 0, 0]] } }),
      /skeleton/,
    ],
    [
      "a turn of length 2",
      (file) => ({ ...file, rotations: (file.rotations as number[][]).map((row) => row.map((v) => v * 2)) }),
      /pelvis in frame 0 has length 2/,
    ],
    ["no numbers", (file) => ({ ...file, root: (file.root as unknown[]).map(() => ["a", "b", "c"]) }), /root/],
  ])("with %s is refused", (_, spoil, words) => {
    const file = JSON.parse(Buffer.from(encodeMotionJson(walk)).toString()) as Record<string, unknown>;
    const read = () => decodeMotionJson(Buffer.from(JSON.stringify(spoil(file))));
    expect(read).toThrow(CoreError);
    expect(read).toThrow(words);
  });

  it("that is no JSON is refused", () => {
    expect(() => decodeMotionJson(Buffer.from("HIERARCHY"))).toThrow(/not JSON/);
  });
});

describe("OpenPose", () => {
  const camera: Camera = { position: [0, 1, 4], target: [0, 1, 0], fov_degrees: 60, width: 640, height: 480 };
  const standing: Motion = {
    fps: 20,
    root: Float32Array.from([0, 0.98904, 0]),
    rotations: Float32Array.from({ length: 88 }, (_, index) => (index % 4 === 3 ? 1 : 0)),
  };

  it("points are where the pinhole camera's formula puts them", () => {
    const [frame] = openPoseFrames(standing, camera);
    const points = frame?.people[0]?.pose_keypoints_2d ?? [];
    const { positions } = forwardKinematics(standing);
    const focal = 240 / Math.tan(Math.PI / 6);
    // Right wrist is point 4 and joint 21; left knee is point 12 and joint 4.
    for (const [point, joint] of [
      [4, 21],
      [12, 4],
    ] as const) {
      const [x = 0, y = 0, z = 0] = positions.slice(joint * 3, joint * 3 + 3);
      expect(points[point * 3]).toBeCloseTo(320 + (focal * x) / (4 - z), 2);
      expect(points[point * 3 + 1]).toBeCloseTo(240 - (focal * (y - 1)) / (4 - z), 2);
      expect(points[point * 3 + 2]).toBe(1);
    }
    // The figure's left is on the right of the picture.
    expect(points[5 * 3] ?? 0).toBeGreaterThan(points[2 * 3] ?? 0);
    expect(frame).toMatchObject({ canvas_width: 640, canvas_height: 480 });
  });

  it("a figure seen from behind has no nose and no eyes, from the side one ear", () => {
    const seen = (position: [number, number, number]) => {
      const points = openPoseFrames(standing, { ...camera, position })[0]?.people[0]?.pose_keypoints_2d ?? [];
      return [0, 14, 15, 16, 17].map((point) => points[point * 3 + 2]);
    };
    expect(seen([0, 1.5, 4])).toEqual([1, 1, 1, 1, 1]);
    expect(seen([0, 1.5, -4])).toEqual([0, 0, 0, 1, 1]);
    expect(seen([4, 1.5, 0])).toEqual([1, 0, 1, 0, 1]);
  });

  it("what is outside the picture or behind the camera is hidden", () => {
    const near = openPoseFrames(standing, { ...camera, position: [0, 1.6, 0.6], target: [0, 1.6, 0], fov_degrees: 40 });
    const points = near[0]?.people[0]?.pose_keypoints_2d ?? [];
    expect(points.slice(13 * 3, 13 * 3 + 3)).toEqual([0, 0, 0]);
    const away = openPoseFrames(standing, { ...camera, position: [0, 1, 1], target: [0, 1, 5] });
    expect(away[0]?.people[0]?.pose_keypoints_2d.every((value) => value === 0)).toBe(true);
  });

  it("without a camera every point of the way is in sight", () => {
    const frames = JSON.parse(Buffer.from(encodeOpenPose(motionFixture("run"))).toString()) as ReturnType<
      typeof openPoseFrames
    >;
    expect(frames).toHaveLength(80);
    for (const { people } of frames) {
      const body = people[0]?.pose_keypoints_2d.slice(3, 42).filter((_, index) => index % 3 === 2);
      expect(body?.every((seen) => seen === 1)).toBe(true);
    }
    expect(cameraInFrontOf(walk)).toMatchObject({ width: 512, height: 512 });
  });

  it("a camera on its target is refused", () => {
    expect(() => openPoseFrames(standing, { ...camera, position: [0, 1, 0] })).toThrow(/looks nowhere/);
  });
});

interface GlbJson {
  asset: { extensions?: unknown };
  accessors: { count: number; min?: number[]; max?: number[] }[];
  animations: { samplers: { input: number }[] }[];
  extensions?: { KHR_xmp_json_ld: { packets: unknown[] } };
  extensionsUsed?: string[];
}

function glbJson(bytes: Uint8Array): GlbJson {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(12, true);
  return JSON.parse(Buffer.from(bytes.subarray(20, 20 + length)).toString()) as GlbJson;
}
