import { afterAll, describe, expect, it } from "vitest";
import { encodeMotionJson } from "../../core/src/formats/motion-json.ts";
import { forwardKinematics } from "../../core/src/motion/forward-kinematics.ts";
import { measureMotion } from "../../core/src/motion/measures.ts";
import { frameCount } from "../../core/src/motion/motion.ts";
import { placementOf } from "../../core/src/motion/place-motion.ts";
import { angleBetween, yawOf } from "../../core/src/motion/quaternion.ts";
import { JOINT, JOINT_COUNT, JOINTS } from "../../core/src/motion/skeleton.ts";
import { generateMotion } from "../../core/src/pipelines/text-to-motion.ts";
import { toCoreError } from "../../core/src/protocol/errors.ts";
import { farthest, golden, goldenMotion } from "../motion/golden-motions.ts";
import {
  makeMotionContext,
  openMotionSessions,
  resolveMotion,
  type SeenMotionRun,
  tinyMotionBundle,
} from "./motion-bundle.ts";
import { addAsset } from "./tiny-bundle.ts";

const runs: SeenMotionRun[] = [];
let onRun: (run: SeenMotionRun) => void = () => {};
const sessions = openMotionSessions(tinyMotionBundle, (run) => {
  runs.push(run);
  onRun(run);
});
afterAll(() => sessions.close());

const WALK = [{ prompt: "a person walks forward", duration_s: 2 }];
/** In the words of a caption of the library, so that its clip is the nearest whatever the random retriever says. */
const JOG = [{ prompt: "someone jogs forward slowly", duration_s: 2 }];
const assets = new Map<string, Uint8Array>();

/** Runs a request; gives its motions and what was seen on the way. */
async function run(params: Record<string, unknown>) {
  runs.length = 0;
  const seen = makeMotionContext(sessions, assets);
  const motions = await generateMotion(
    resolveMotion({ segments: WALK, seed: 3, num_inference_steps: 4, ...params }),
    seen.context,
  );
  const [first] = motions;
  if (first === undefined) throw new Error("no motion came out");
  return { motions, ...first, ...seen };
}
const countOf = (component: string) => runs.filter((entry) => entry.component === component).length;
const bytesOf = ({ motion }: Awaited<ReturnType<typeof run>>) =>
  Buffer.concat([Buffer.from(motion.root.buffer), Buffer.from(motion.rotations.buffer)]);

describe("generateMotion", () => {
  it("denoises as models/training/motion/model.py does with the same graphs and seed", async () => {
    const { prompt, seed, steps, guidance_scale, every, clean, ids, text } = golden.sample;
    const seen = makeMotionContext(sessions);
    runs.length = 0;
    const outputs: Float32Array[] = [];
    const spied = {
      session: async (name: string) => {
        const graph = await sessions.session(name);
        return {
          provider: graph.provider,
          run: async (...args: Parameters<typeof graph.run>) => {
            const result = await graph.run(...args);
            const data = result.clean?.data;
            if (data instanceof Float32Array) outputs.push(data);
            return result;
          },
        };
      },
    };
    const params = {
      segments: [{ prompt, duration_s: 8 }],
      seed,
      mode: "generated",
      num_inference_steps: steps,
      guidance_scale,
    };
    await generateMotion(resolveMotion(params), { ...seen.context, sessions: spied });
    const fed = runs.find(({ component }) => component === "text_encoder")?.feeds.input_ids;
    expect([...(fed?.data ?? [])].slice(fed?.dims[1] ?? 0).map(Number)).toEqual(ids);
    const said = runs.find(({ component }) => component === "denoiser")?.feeds.text?.data ?? [];
    expect(farthest(Array.from(said as Float32Array).slice(0, text.length), text)).toBeLessThan(1e-5);
    const last = outputs.at(-1) ?? new Float32Array();
    const size = last.length / 2;
    const guided = Array.from({ length: Math.ceil(size / every) }, (_, i) => {
      const unsaid = last[size + i * every] ?? 0;
      return unsaid + guidance_scale * ((last[i * every] ?? 0) - unsaid);
    });
    // Five steps of a random network magnify rounding; its numbers go up to 4.
    expect(farthest(guided, clean)).toBeLessThan(2e-3);
  });

  it("guides the steps up to the bundle's guidance_end, and the others hear the words alone", async () => {
    const { manifest } = tinyMotionBundle;
    const motion_diffusion = { ...manifest.motion_diffusion, guidance_end: 0.5 };
    const bundle = { ...tinyMotionBundle, manifest: { ...manifest, motion_diffusion } };
    const rowsOf = async (params: Record<string, unknown>) => {
      runs.length = 0;
      const { context } = makeMotionContext(sessions, assets, bundle);
      await generateMotion(resolveMotion({ segments: JOG, seed: 3, num_inference_steps: 4, ...params }), context);
      return runs.flatMap(({ component, feeds }) => (component === "denoiser" ? [feeds.sample?.dims[0]] : []));
    };
    expect(await rowsOf({ mode: "generated" })).toEqual([2, 2, 1, 1]);
    expect(await rowsOf({ mode: "generated", guidance_scale: 1 })).toEqual([1, 1, 1, 1]);
    // A recording runs with noise and without it.
    expect(await rowsOf({ variation: 0.75 })).toEqual([4, 2, 2]);
  });

  it.each(["hybrid", "generated", "retrieved"])(
    "gives the same bytes for the same request and seed: %s",
    async (mode) => {
      const once = bytesOf(await run({ mode }));
      expect(bytesOf(await run({ mode })).equals(once)).toBe(true);
      if (mode !== "retrieved") expect(bytesOf(await run({ mode, seed: 4 })).equals(once)).toBe(false);
    },
  );

  it.each(["hybrid", "generated", "retrieved"])("starts in the middle of the ground, facing +Z: %s", async (mode) => {
    const { motion } = await run({ mode });
    const { x, z, yaw } = placementOf(motion, 0);
    expect(Math.hypot(x, z)).toBeLessThan(0.02);
    expect(Math.abs(yaw)).toBeLessThan(0.1);
  });

  it("starts motion i of a request from seed + i", async () => {
    const { motions } = await run({ num_motions_per_prompt: 2, mode: "generated" });
    expect(motions.map(({ seed }) => seed)).toEqual([3, 4]);
    const alone = await run({ seed: 4, mode: "generated" });
    expect(motions[1]?.motion).toEqual(alone.motion);
  });

  it.each([24, 25, 30, 60])("has exactly round(seconds × fps) frames at %i fps", async (fps) => {
    const segments = [1.3, 0.7, 2.05].map((duration_s) => ({ prompt: "a person walks", duration_s }));
    const { motion, segments: spans } = await run({ segments, mode: "retrieved", output: { fps } });
    expect(motion.fps).toBe(fps);
    expect(frameCount(motion)).toBe(Math.round(4.05 * fps));
    expect(spans.map(({ start_frame }) => start_frame)).toEqual([0, Math.round(1.3 * fps), Math.round(2 * fps)]);
    expect(spans.at(-1)?.end_frame).toBe(frameCount(motion));
  });

  it("says what each segment was made of: retrieved without a step of the network, varied, generated", async () => {
    const retrieved = await run({ mode: "retrieved" });
    expect(retrieved.origin).toMatchObject([{ segment: 0, kind: "retrieved" }]);
    expect(countOf("denoiser")).toBe(0);
    const varied = await run({ mode: "hybrid", variation: 0.5, segments: JOG });
    expect(varied.origin).toMatchObject([{ kind: "varied", clips: [expect.stringContaining("going")] }]);
    expect(countOf("denoiser")).toBe(2);
    const generated = await run({ mode: "generated" });
    expect(generated.origin).toEqual([{ segment: 0, kind: "generated", clips: [] }]);
    expect(countOf("denoiser")).toBe(4);
  });

  it("makes words that the library does not know from noise, and says so and what is nearest, without the prompt", async () => {
    const segments = [{ prompt: "a person frobnicates", duration_s: 2 }];
    const made = await run({ mode: "hybrid", segments });
    expect(made.origin).toEqual([{ segment: 0, kind: "generated", clips: [] }]);
    expect(made.warnings).toEqual([expect.stringMatching(/^Segment 1 says an action .*nearest: ".+"\. It was made/)]);
    expect(made.warnings[0]).not.toContain("frobnicates");
    const retrieved = await run({ mode: "retrieved", segments });
    expect(retrieved.origin).toMatchObject([{ kind: "retrieved" }]);
    expect(retrieved.warnings).toHaveLength(1);
    expect((await run({ mode: "generated", segments })).warnings).toHaveLength(1);
    expect((await run({ mode: "hybrid", segments: JOG })).warnings).toEqual([]);
  });

  it("keeps the recording at variation 0", async () => {
    const request = { mode: "hybrid", variation: 0, segments: JOG };
    const kept = await run(request);
    expect(countOf("denoiser")).toBe(0);
    expect(kept.origin).toMatchObject([{ kind: "retrieved" }]);
    expect(bytesOf(await run({ ...request, seed: 8 })).equals(bytesOf(kept))).toBe(true);
  });

  it("shows the network the end of what is there, and goes on from it without a jump", async () => {
    const { motion } = await run({
      segments: [{ prompt: "a person walks", duration_s: 20 }],
      mode: "generated",
      num_inference_steps: 2,
      output: { fps: 20 },
    });
    const told = runs.filter(({ component }) => component === "denoiser").map(({ feeds }) => feeds.given?.data);
    const shown = told.map((given) => {
      const rows = Array.from({ length: 160 }, (_, frame) => Number(given?.[frame * 4 + 3]));
      return rows.reduce((sum, value) => sum + value, 0);
    });
    expect(shown[0]).toBe(0);
    expect(shown.at(-1)).toBe(40);
    expect(frameCount(motion)).toBe(400);
    for (let frame = 1; frame < 400; frame++) expect(Number.isFinite(motion.root[frame * 3])).toBe(true);
  });

  it("reports progress that never goes back and ends at 1, and strips as previews", async () => {
    const { progress, previews } = await run({
      num_motions_per_prompt: 2,
      mode: "generated",
      preview: { every_steps: 2, max_size: 128 },
    });
    for (const [i, event] of progress.entries())
      expect(event.progress).toBeGreaterThanOrEqual(progress[i - 1]?.progress ?? 0);
    expect(progress.at(-1)).toMatchObject({ progress: 1, step: 8, total_steps: 8 });
    expect(previews.map(({ output_index, step }) => [output_index, step])).toEqual([
      [0, 2],
      [0, 4],
      [1, 6],
      [1, 8],
    ]);
    for (const { image } of previews) {
      expect([image.width, image.height, image.data.length]).toEqual([128, 32, 128 * 32 * 3]);
      expect(new Set(image.data).size).toBeGreaterThan(4);
    }
  });

  it("hears a cancel that arrives as a message between two steps", async () => {
    const seen = makeMotionContext(sessions);
    onRun = ({ component }) => {
      if (component === "denoiser") setTimeout(() => seen.cancel.abort(), 0);
    };
    runs.length = 0;
    const params = resolveMotion({ segments: WALK, mode: "generated", num_inference_steps: 200 });
    const thrown: unknown = await generateMotion(params, seen.context).catch((error: unknown) => error);
    onRun = () => {};
    expect(toCoreError(thrown).code).toBe("CANCELLED");
    expect(countOf("denoiser")).toBeLessThan(20);
  });

  it("names a prompt that is too long for the network", async () => {
    const prompt = Array.from({ length: 80 }, (_, i) => `word${i}`).join(" ");
    const error = toCoreError(await run({ segments: [{ prompt, duration_s: 2 }] }).catch((thrown: unknown) => thrown));
    expect(error.code).toBe("INVALID_REQUEST");
    expect(error.message).toMatch(/more tokens than the bundle takes: \d+; expected at most 46/);
  });
});

describe("conditions", () => {
  const circle = Array.from({ length: 33 }, (_, i) => {
    const turn = (i / 32) * 2 * Math.PI;
    const position: [number, number] = [1.6 * (1 - Math.cos(turn)), 1.6 * Math.sin(turn)];
    return { position };
  });

  it.each(["hybrid", "generated", "retrieved"])("keeps to a path and looks along it: %s", async (mode) => {
    const { motion } = await run({
      mode,
      segments: [{ prompt: "a person walks forward", duration_s: 8 }],
      path: { points: circle },
      output: { fps: 20 },
    });
    let [sum, most] = [0, 0];
    for (let frame = 0; frame < 160; frame++) {
      const turn = (frame / 159) * 2 * Math.PI;
      const off = Math.hypot(
        (motion.root[frame * 3] ?? 0) - 1.6 * (1 - Math.cos(turn)),
        (motion.root[frame * 3 + 2] ?? 0) - 1.6 * Math.sin(turn),
      );
      sum += off;
      most = Math.max(most, off);
      if (frame < 10 || frame > 150) continue;
      expect(Math.cos(yawOf(motion.rotations, frame * JOINT_COUNT * 4) - turn)).toBeGreaterThan(0.8);
    }
    expect(sum / 160).toBeLessThan(0.1);
    expect(most).toBeLessThan(0.3);
  });

  it("hits key poses: turns within 5°, joints within 3 cm", async () => {
    const jump = goldenMotion("jump");
    const rotations = Object.fromEntries(
      JOINTS.map((name, joint) => [
        name,
        [...jump.rotations.subarray((12 * JOINT_COUNT + joint) * 4, (12 * JOINT_COUNT + joint) * 4 + 4)],
      ]),
    );
    const key_poses = [
      { time_s: 0.5, root: [0, 0.9, 0.2], rotations },
      { time_s: 1.95, positions: { right_wrist: [-0.3, 1.3, 0.9] } },
    ];
    const { motion } = await run({ mode: "hybrid", key_poses, output: { fps: 20 } });
    for (let joint = 0; joint < JOINT_COUNT; joint++) {
      const angle = angleBetween(
        motion.rotations,
        (10 * JOINT_COUNT + joint) * 4,
        jump.rotations,
        (12 * JOINT_COUNT + joint) * 4,
      );
      expect((angle * 180) / Math.PI).toBeLessThan(0.1);
    }
    expect(farthest(motion.root.subarray(30, 33), [0, 0.9, 0.2])).toBeLessThan(1e-5);
    const { positions } = forwardKinematics(motion);
    const wrist = (39 * JOINT_COUNT + JOINT.right_wrist) * 3;
    expect(farthest(positions.subarray(wrist, wrist + 3), [-0.3, 1.3, 0.9])).toBeLessThan(0.03);
  });

  it("looks where it is told at the times that are told", async () => {
    const heading = [
      { time_s: 0, angle_degrees: 0 },
      { time_s: 1.5, angle_degrees: 90 },
    ];
    const { motion } = await run({ mode: "retrieved", heading, output: { fps: 20 } });
    expect((yawOf(motion.rotations, 30 * JOINT_COUNT * 4) * 180) / Math.PI).toBeCloseTo(90, -1);
  });

  it("turns to the side that the words say", async () => {
    for (const [side, sign] of [
      ["left", 1],
      ["right", -1],
    ] as const) {
      const { motion } = await run({
        mode: "generated",
        segments: [{ prompt: `a person turns ${side}`, duration_s: 3 }],
        output: { fps: 20 },
      });
      let turned = 0;
      for (let frame = 1; frame < 60; frame++) {
        const step =
          yawOf(motion.rotations, frame * JOINT_COUNT * 4) - yawOf(motion.rotations, (frame - 1) * JOINT_COUNT * 4);
        turned += Math.atan2(Math.sin(step), Math.cos(step));
      }
      expect(sign * turned).toBeGreaterThan(0.35);
    }
  });

  it.each([
    ["slowly", 0.7],
    ["quickly", 1.4],
  ])("from noise alone, %s is the same played %f times as fast", async (how, speed) => {
    const mode = "generated";
    const said = await run({ mode, segments: [{ prompt: `a person walks forward ${how}`, duration_s: 2 }] });
    expect(bytesOf(said).equals(bytesOf(await run({ mode, speed })))).toBe(true);
    expect(bytesOf(said).equals(bytesOf(await run({ mode })))).toBe(false);
  });

  it("closes a loop: the first frame follows the last as any other does", async () => {
    const { motion } = await run({ mode: "retrieved", loop: true, in_place: true, output: { fps: 20 } });
    const { positions } = forwardKinematics(motion);
    const frames = frameCount(motion);
    const step = (a: number, b: number) => {
      let sum = 0;
      for (let k = 0; k < JOINT_COUNT * 3; k++)
        sum += Math.abs((positions[a * JOINT_COUNT * 3 + k] ?? 0) - (positions[b * JOINT_COUNT * 3 + k] ?? 0));
      return sum;
    };
    const steps = Array.from({ length: frames - 1 }, (_, i) => step(i, i + 1)).sort((a, b) => a - b);
    expect(step(frames - 1, 0)).toBeLessThan(1.5 * (steps.at(-1) ?? 0));
    const way = Array.from({ length: frames }, (_, i) =>
      Math.hypot(
        (motion.root[i * 3] ?? 0) - (motion.root[0] ?? 0),
        (motion.root[i * 3 + 2] ?? 0) - (motion.root[2] ?? 0),
      ),
    );
    expect(Math.max(...way)).toBeLessThan(0.25);
  });

  it("keeps soles above the ground, whatever a random network says", async () => {
    const { motion } = await run({ mode: "generated", segments: [{ prompt: "a person jumps", duration_s: 6 }] });
    expect(measureMotion(motion).penetration).toBeLessThan(0.01);
  });
});

describe("a source", () => {
  it("is taken as it is at the frame rate asked for, without a network", async () => {
    const walk = goldenMotion("going");
    const source = addAsset(
      assets,
      encodeMotionJson(walk, { segments: [{ prompt: "walks", start_frame: 0, end_frame: 24 }], origin: [] }),
    );
    const { motion, origin, segments } = await run({ segments: [], source, foot_lock: false, output: { fps: 40 } });
    expect(runs).toHaveLength(0);
    expect(origin).toEqual([{ segment: 0, kind: "source", clips: [] }]);
    expect(segments).toEqual([{ prompt: "walks", start_frame: 0, end_frame: 48 }]);
    expect(frameCount(motion)).toBe(48);
    for (const frame of [0, 7, 20]) {
      expect(
        farthest(motion.root.subarray(frame * 6, frame * 6 + 3), walk.root.subarray(frame * 3, frame * 3 + 3)),
      ).toBeLessThan(1e-5);
    }
  });
});
