import { expect, it } from "vitest";
import type { MotionBundle } from "../../core/src/models/bundle.ts";
import type { MotionDiffusionConfig } from "../../core/src/models/motion-diffusion-config.ts";
import { estimateMotionMemory, resolveMotionParams } from "../../core/src/pipelines/motion-params.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { LIMITS_DEFAULTS } from "../../core/src/protocol/limits.ts";
import { tinyMotionBundle } from "./motion-bundle.ts";

const walk = { prompt: "walks", duration_s: 4 };
/** A quarter turn about +Y. */
const QUARTER = [0, Math.SQRT1_2, 0, Math.SQRT1_2];
const NONE = [0, 0, 0, 1];

function bundleWith(fields: Partial<MotionDiffusionConfig>): MotionBundle {
  const { manifest } = tinyMotionBundle;
  return {
    ...tinyMotionBundle,
    manifest: { ...manifest, motion_diffusion: { ...manifest.motion_diffusion, ...fields } },
  };
}

function resolve(params: Record<string, unknown>, bundle = tinyMotionBundle) {
  return resolveMotionParams({ segments: [walk], ...params }, { bundle, limits: LIMITS_DEFAULTS, drawSeed: () => 99 });
}

/** What is refused, as `path message` lines; empty = nothing. */
function refusal(params: Record<string, unknown>, bundle = tinyMotionBundle): string[] {
  try {
    resolve(params, bundle);
    return [];
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    expect(error.code).toBe("INVALID_REQUEST");
    const { issues } = error.data;
    if (!Array.isArray(issues)) throw error;
    return issues.map(({ path, message }) => `${path} ${message}`);
  }
}

const path = (...points: unknown[]) => ({
  path: { points: points.map((point) => (Array.isArray(point) ? { position: point } : point)) },
});
const at = (x: number, z: number, time_s: number) => ({ position: [x, z], time_s });
const poses = (...key_poses: unknown[]) => ({ key_poses });

it("fills in every default from protocol and bundle, and gives the same when it is asked again", () => {
  const { defaults } = tinyMotionBundle.manifest.motion_diffusion;
  const params = resolve({});
  expect(params).toMatchObject({
    bundle: "tiny-random-motion",
    num_inference_steps: defaults.num_inference_steps,
    guidance_scale: defaults.guidance_scale,
    seed: 99,
    mode: "hybrid",
    speed: 1,
    foot_lock: true,
    output: { formats: ["bvh", "glb", "json"], fps: 24, keyframes: "every_frame" },
    preview: { every_steps: 0 },
  });
  expect(resolveMotionParams(params, { bundle: tinyMotionBundle, limits: LIMITS_DEFAULTS, drawSeed: () => 1 })).toEqual(
    params,
  );
});

it.each<[string, Record<string, unknown>, RegExp]>([
  ["an empty prompt", { segments: [{ prompt: "", duration_s: 2 }] }, /segments\[0\]\.prompt must have at least 1 char/],
  [
    "a prompt of spaces",
    { segments: [{ prompt: "  ", duration_s: 2 }] },
    /segments\[0\]\.prompt is empty; expected what/,
  ],
  [
    "a prompt of a book",
    { segments: [{ prompt: "walk ".repeat(9999), duration_s: 2 }] },
    /at most 16384 bytes, has 49996/,
  ],
  ["no words at all", { segments: [] }, /segments must have at least 1 item, has 0; only a source/],
  ["0 seconds", { segments: [{ prompt: "walks", duration_s: 0 }] }, /duration_s must be more than 0, is 0/],
  ["a blink", { segments: [{ prompt: "walks", duration_s: 0.1 }] }, /duration_s must be at least 0\.2, is 0\.1/],
  ["10 minutes", { segments: [{ prompt: "walks", duration_s: 600 }] }, /duration_s must be at most 120, is 600/],
  [
    "two minutes and a bit in all",
    { segments: Array(31).fill(walk) },
    /segments must last at most 120 s in all with this bundle, last 124 s/,
  ],
  ["one format twice", { output: { formats: ["bvh", "bvh"] } }, /output\.formats names bvh twice/],
  ["words beside a source", { source: "a".repeat(64) }, /segments must be left out, since a source is taken as it is/],
  [
    "a style for a source",
    { segments: [], source: "a".repeat(64), style: "tired" },
    /style must be left out, since a source is taken as it is/,
  ],
  [
    "variations of a source",
    { segments: [], source: "a".repeat(64), num_motions_per_prompt: 3 },
    /num_motions_per_prompt must be 1 with a source, of which there are no variations, is 3/,
  ],
  [
    "a camera in its target",
    { output: { camera: { position: [0, 1, 0], target: [0, 1, 0] } } },
    /camera\.target must be another place/,
  ],
  // The path.
  [
    "a path that ends after the end",
    path(at(0, 0, 0), at(0, 2, 5)),
    /points\[1\]\.time_s must be at most the end, 4 s, is 5/,
  ],
  [
    "a path back in time",
    path(at(0, 0, 0), at(0, 1, 2), at(0, 2, 1)),
    /points\[2\]\.time_s must be after the time before it, 2, is 1/,
  ],
  [
    "a path of 10 m/s",
    path([0, 0], [0, 40]),
    /points\[1\] asks for 40 m in 4 s \(10 m\/s\); a person runs at most 9 m\/s/,
  ],
  [
    "a leap on the way",
    path(at(0, 0, 0), at(0, 3, 0.2), at(0, 4, 4)),
    /points\[1\] asks for 3 m in 0\.2 s \(15 m\/s\)/,
  ],
  ["a path of one place", path([1, 1], [1, 1]), /points must be at different places/],
  [
    "a path that folds within a step",
    path(at(0, 0, 0), at(0, 4, 1), at(0.02, 0, 2)),
    /folds back on itself within one step at 0\.98 s/,
  ],
  // Heading.
  [
    "a look after the end",
    { heading: [{ time_s: 9, angle_degrees: 0 }] },
    /heading\[0\]\.time_s must be at most the end, 4 s/,
  ],
  [
    "looks back in time",
    {
      heading: [
        { time_s: 2, angle_degrees: 0 },
        { time_s: 1, angle_degrees: 9 },
      ],
    },
    /heading\[1\]\.time_s must be after/,
  ],
  [
    "a spinning top",
    {
      heading: [
        { time_s: 0, angle_degrees: 0 },
        { time_s: 1, angle_degrees: 3000 },
      ],
    },
    /turn of 3000° a second/,
  ],
  // Key poses.
  ["a pose after the end", poses({ time_s: 4.5, root: [0, 1, 0] }), /key_poses\[0\]\.time_s must be at most the end/],
  [
    "poses out of order",
    poses({ time_s: 2, root: [0, 1, 0] }, { time_s: 1, root: [0, 1, 0] }),
    /key_poses\[1\]\.time_s must be at or after/,
  ],
  ["a pose that says nothing", poses({ time_s: 1 }), /key_poses\[0\] says nothing/],
  [
    "a turn that is none",
    poses({ time_s: 1, rotations: { neck: [0, 0, 0, 2] } }),
    /rotations\.neck must be a quaternion x, y, z, w of length 1, has length 2/,
  ],
  [
    "a hand three metres away",
    poses({ time_s: 1, root: [0, 1, 0], positions: { left_wrist: [3, 1, 0] } }),
    /positions\.left_wrist is 3 m from root; the left wrist reaches 1\.\d+ m/,
  ],
  [
    "a hand that is a kilometre away a second later",
    poses({ time_s: 1, positions: { left_wrist: [0, 1, 0] } }, { time_s: 2, positions: { right_ankle: [1000, 0, 0] } }),
    /key_poses\[1\]\.positions\.right_ankle is 1000 m from the pose 1 s before it/,
  ],
  [
    "one neck turned in two ways",
    poses({ time_s: 1, rotations: { neck: NONE } }, { time_s: 1, rotations: { neck: QUARTER } }),
    /key_poses\[1\]\.rotations\.neck contradicts the other pose at 1 s/,
  ],
  [
    "one pelvis in two places",
    poses({ time_s: 1, root: [0, 1, 0] }, { time_s: 1, root: [0, 1, 1] }),
    /key_poses\[1\]\.root contradicts the other pose at 1 s/,
  ],
  [
    "one hand in two places",
    poses({ time_s: 1, positions: { left_wrist: [0, 1, 0] } }, { time_s: 1, positions: { left_wrist: [0, 1, 1] } }),
    /positions\.left_wrist contradicts/,
  ],
  [
    "two poses too far apart",
    poses({ time_s: 1, root: [0, 1, 0] }, { time_s: 2, root: [0, 1, 12] }),
    /key_poses\[1\]\.root is 12 m from the pose 1 s before it \(12 m\/s\)/,
  ],
  [
    "a pose beside the path",
    { ...path([0, 0], [0, 4]), ...poses({ time_s: 2, root: [1, 1, 2] }) },
    /key_poses\[0\]\.root contradicts the path, which is 1 m away at 2 s \(x 0, z 2\)/,
  ],
  [
    "a loop between two poses",
    { loop: true, ...poses({ time_s: 0, rotations: { neck: NONE } }, { time_s: 4, rotations: { neck: QUARTER } }) },
    /key_poses\[1\]\.rotations\.neck contradicts the pose at 0 s, into which a loop runs/,
  ],
])("refuses %s in clear words", (_, params, message) => {
  expect(refusal(params)).toEqual([expect.stringMatching(message)]);
});

it.each<[string, Record<string, unknown>]>([
  ["two minutes, in tenths", { segments: Array(64).fill({ prompt: "walks", duration_s: 120 / 64 }) }],
  ["a path that crosses itself", path([0, 0], [0, 4], [2, 2], [-2, 2])],
  ["a sprint", path(at(0, 0, 0), at(0, 8.9, 1))],
  ["a turn on the heel, slowly", path(at(0, 0, 0), at(0, 1, 2), at(0, 0, 4))],
  ["points upon one another", path([0, 0], [0, 1], [0, 1], [0, 2])],
  ["a figure of eight", path(...Array.from({ length: 200 }, (_, i) => [2 * Math.sin(i / 16), Math.sin(i / 8)]))],
  [
    "parts of one pose apart",
    poses({ time_s: 1, rotations: { neck: NONE } }, { time_s: 1, rotations: { head: QUARTER } }),
  ],
  [
    "a quaternion and its negative",
    poses({ time_s: 1, rotations: { neck: QUARTER } }, { time_s: 1, rotations: { neck: QUARTER.map((v) => -v) } }),
  ],
  [
    "a loop that has gone on",
    { loop: true, ...poses({ time_s: 0, rotations: { pelvis: NONE } }, { time_s: 4, rotations: { pelvis: QUARTER } }) },
  ],
  ["a pose on the path", { ...path([0, 0], [0, 4]), ...poses({ time_s: 2, root: [0.1, 1, 2] }) }],
])("takes %s", (_, params) => {
  expect(refusal(params)).toEqual([]);
});

it("holds a request against what the bundle can do", () => {
  const { library: _, ...config } = tinyMotionBundle.manifest.motion_diffusion;
  const { manifest } = tinyMotionBundle;
  const bare = { ...tinyMotionBundle, manifest: { ...manifest, motion_diffusion: config } };
  expect(refusal({ mode: "retrieved" }, bare)).toEqual([expect.stringContaining("has no clips, is retrieved")]);
  expect(refusal({ mode: "hybrid" }, bare)).toEqual([]);
  expect(refusal({}, bundleWith({ max_duration_s: 3 }))).toEqual([expect.stringContaining("at most 3 s in all")]);
});

it("names the first five things that are wrong, and lists all", () => {
  const wrong = { time_s: 9, rotations: { neck: [0, 0, 0, 2] } };
  expect(refusal(poses(wrong, wrong, wrong, wrong))).toHaveLength(8);
  expect(() => resolve(poses(wrong, wrong, wrong, wrong))).toThrow(/; and 3 more\.$/);
});

const bone = (name: string, parent: number, x: number, y: number, rotation: readonly number[] = NONE) => ({
  name,
  parent,
  head: [x, y, 0],
  tail: [x, y - 0.1, 0],
  rotation,
});
const LEGS = [
  bone("hips", -1, 0, 1),
  ...(["Left", "Right"] as const).flatMap((side, i) => {
    const x = i === 0 ? 0.1 : -0.1;
    const first = 1 + 3 * i;
    return [
      bone(`${side}UpLeg`, 0, x, 0.95),
      bone(`${side}Leg`, first, x, 0.5),
      bone(`${side}Foot`, first + 1, x, 0.1),
    ];
  }),
];

it.each<[string, unknown[], Record<string, unknown>, RegExp]>([
  ["two bones of one name", [...LEGS, bone("hips", 0, 0, 1.2)], {}, /two bones called "hips"/],
  [
    "a child before its parent",
    [bone("hand", 1, 0, 1), ...LEGS],
    {},
    /lists bone "hand" \(0\) before its parent \(1\)/,
  ],
  [
    "a turn that is none",
    [...LEGS, bone("tail", 0, 0, 1, [0, 0, 0, 3])],
    {},
    /"tail" whose rotation has length 3\.000/,
  ],
  ["no legs", [bone("hips", -1, 0, 1), bone("tail", 0, 0, 1)], {}, /no hips with two legs were found/],
  ["a map to a bone that is not there", LEGS, { map: { pelvis: "waist" } }, /rig\.map\.pelvis is "waist"/],
  ["a root bone that is not there", LEGS, { root_bone: "root" }, /rig\.root_bone is "root"/],
  ["a root bone below the hips", LEGS, { root_bone: "LeftFoot" }, /the hips "hips" do not hang from it/],
])("refuses a rig with %s", (_, bones, more, message) => {
  expect(refusal({ rig: { name: "Ann", bones, ...more } })).toEqual([expect.stringMatching(message)]);
});

it("takes a rig with hips and legs, and wants json for its curves", () => {
  expect(refusal({ rig: { name: "Ann", bones: LEGS } })).toEqual([]);
  expect(refusal({ rig: { name: "Ann", bones: LEGS }, output: { formats: ["bvh"] } })).toEqual([
    expect.stringContaining("output.formats must name json"),
  ]);
});

it("estimates memory that grows with length, frame rate and variations", () => {
  const base = estimateMotionMemory(resolve({}), tinyMotionBundle);
  const { memory_bytes } = tinyMotionBundle.manifest;
  const frame = 95 * 40;
  expect(base - memory_bytes).toBe(96 * frame * 2);
  expect(estimateMotionMemory(resolve({ output: { fps: 48 } }), tinyMotionBundle) - memory_bytes).toBe(192 * frame * 2);
  expect(estimateMotionMemory(resolve({ num_motions_per_prompt: 3 }), tinyMotionBundle) - memory_bytes).toBe(
    96 * frame * 4,
  );
});
