import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GenerateMotionOptions, motionParams } from "../../core/src/cli/motion-request.ts";
import { decodeMotionJson } from "../../core/src/formats/motion-json.ts";
import { forwardKinematics } from "../../core/src/motion/forward-kinematics.ts";
import { frameCount } from "../../core/src/motion/motion.ts";
import { ROOT, runCli, startServe } from "./run-cli.ts";

const TINY = ["--bundle", "tiny-random-motion", "--seed", "7"];

/** Options that say nothing but the prompt. */
const OPTIONS: GenerateMotionOptions = {
  prompt: ["walks"],
  duration: [],
  loop: false,
  inPlace: false,
  footLock: true,
  out: "out/",
};

let folder: string;
let home: string;
let core: Awaited<ReturnType<typeof startServe>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "genga-cli-motion-"));
  home = join(folder, "home");
  core = await startServe(home);
});

afterAll(async () => {
  await core.stop();
  await rm(folder, { recursive: true, force: true });
});

const generate = (out: string, ...more: string[]) =>
  runCli(home, ["generate", "motion", ...TINY, "--out", out, ...more]);
const walk = ["--prompt", "walks forward", "--duration", "2"];
const read = async (file: string) => decodeMotionJson(await readFile(file));

describe("genga generate motion", () => {
  it("saves each format with its credential beside it, trusted here; a changed byte shows", async () => {
    const out = join(folder, "walk/");
    const made = await generate(out, ...walk, "--format", "bvh,glb,json,openpose", "--json");
    expect(made.stderr).toBe("");
    expect(made.code).toBe(0);
    const names = ["motion-7.bvh", "motion-7.glb", "motion-7.json", "motion-7.openpose.json"];
    expect((await readdir(out)).sort()).toEqual(names.flatMap((name) => [name, `${name}.c2pa`]).sort());
    const progress = made.events.filter(({ event }) => event === "progress").map((event) => Number(event.progress));
    expect(progress.length).toBeGreaterThan(2);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));

    const here = await runCli(home, ["verify", out, "--json"]);
    expect(here.code).toBe(0);
    expect(here.events.map(({ state, sidecar }) => [state, sidecar])).toEqual(names.map(() => ["trusted", true]));
    const told = await runCli(home, ["verify", join(out, "motion-7.bvh")]);
    expect(told.stdout).toMatch(
      /prompt {4}walks forward {2}\(seed 7\)\n {2}segment 1 {2}varied from procedural:\S+ \(Apache-2\.0/,
    );

    const changed = join(folder, "changed");
    await mkdir(changed);
    for (const name of names) {
      const bytes = await readFile(join(out, name));
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      await writeFile(join(changed, name), bytes);
      await copyFile(join(out, `${name}.c2pa`), join(changed, `${name}.c2pa`));
    }
    const found = await runCli(home, ["verify", changed, "--json"]);
    expect(found.events.map(({ state }) => state)).toEqual(names.map(() => "tampered"));
    expect(found.code).not.toBe(0);
  });

  it("gives the same bytes for the same request, and other ones for another seed", async () => {
    const [first = "", second = "", other = ""] = ["same-1", "same-2", "other"].map((name) =>
      join(folder, `${name}.bvh`),
    );
    await generate(first, ...walk);
    await generate(second, ...walk);
    await generate(other, ...walk, "--seed", "8");
    expect(await readFile(second)).toEqual(await readFile(first));
    expect(await readFile(other)).not.toEqual(await readFile(first));
  });

  it("lays prompts out one after the other, each with its duration, at the frame rate asked for", async () => {
    const out = join(folder, "three.json");
    const prompts = ["walks", "waves", "sits down"].flatMap((prompt, i) => [
      "--prompt",
      prompt,
      "--duration",
      `${i + 1}.5`,
    ]);
    expect((await generate(out, ...prompts, "--fps", "60")).code).toBe(0);
    const { motion, segments } = await read(out);
    expect([motion.fps, frameCount(motion)]).toEqual([60, 450]);
    expect(segments).toEqual([
      { prompt: "walks", start_frame: 0, end_frame: 90 },
      { prompt: "waves", start_frame: 90, end_frame: 240 },
      { prompt: "sits down", start_frame: 240, end_frame: 450 },
    ]);
  });

  it("follows a path written out or in a file, and hits key poses of a file", async () => {
    const file = join(folder, "path.json");
    await writeFile(file, JSON.stringify({ points: [{ position: [0, 0] }, { position: [1, 2] }], facing: "free" }));
    const poses = join(folder, "poses.json");
    await writeFile(poses, JSON.stringify([{ time_s: 0, root: [0, 0.9, 0] }]));
    const [written = "", named = ""] = ["written", "named"].map((name) => join(folder, `${name}.json`));
    expect((await generate(written, ...walk, "--path", "0,0 1,2", "--facing", "free", "--key-poses", poses)).code).toBe(
      0,
    );
    expect((await generate(named, ...walk, "--path", file, "--key-poses", poses)).code).toBe(0);
    expect(await readFile(named)).toEqual(await readFile(written));
    const { motion } = await read(written);
    const { positions } = forwardKinematics(motion);
    expect(positions[1]).toBeCloseTo(0.9, 1);
    const last = (frameCount(motion) - 1) * 22 * 3;
    expect(Math.hypot((positions[last] ?? 0) - 1, (positions[last + 2] ?? 0) - 2)).toBeLessThan(0.1);
  });

  it("numbers variations, and writes several formats by one name", async () => {
    const out = join(folder, "many", "take.bvh");
    await generate(out, ...walk, "--variations", "2", "--format", "bvh,glb");
    const files = (await readdir(join(folder, "many"))).filter((name) => !name.endsWith(".c2pa"));
    expect(files.sort()).toEqual(["take-1.bvh", "take-1.glb", "take-2.bvh", "take-2.glb"]);
  });

  it("takes a motion again, in other formats and in place", async () => {
    const source = join(folder, "source.json");
    await generate(source, ...walk);
    const again = join(folder, "again.json");
    expect(
      (await runCli(home, ["generate", "motion", "--source", source, "--in-place", "--fps", "30", "--out", again]))
        .code,
    ).toBe(0);
    const { motion } = await read(again);
    expect(frameCount(motion)).toBe(60);
    const ways = Array.from({ length: 60 }, (_, frame) =>
      Math.hypot(motion.root[frame * 3] ?? 0, motion.root[frame * 3 + 2] ?? 0),
    );
    expect(Math.max(...ways)).toBeLessThan(0.5);
    const found = await runCli(home, ["verify", again, "--json"]);
    expect(found.events[0]).toMatchObject({ actions: ["c2pa.opened", "c2pa.edited"], record: { models: [] } });
  });

  it("refuses what cannot be with words and an exit code", async () => {
    const told = await generate(join(folder, "never/"), "--prompt", "walks", "--duration", "600");
    expect(told.stderr).toMatch(/segments\[0\]\.duration_s must be at most 120, is 600/);
    expect(told.code).toBe(65);
    const pictures = await generate(join(folder, "never/"), ...walk, "--bundle", "tiny-random-sd");
    expect(pictures.stderr).toMatch(/"tiny-random-sd" is for the task "image"; the request's is "motion"/);
    expect(pictures.code).toBe(65);
  });

  it.each<[string, Partial<GenerateMotionOptions>, RegExp]>([
    ["two durations for three prompts", { prompt: ["a", "b", "c"], duration: [1, 2] }, /3 prompts and 2 durations/],
    ["a path that is none", { path: "0,0 1;2" }, /Cannot read the point "1;2" of the path/],
    ["a heading that is none", { heading: "0:0 2-90" }, /Cannot read the heading "2-90"/],
    ["a format nobody knows", { format: "fbx" }, /Cannot write the format "fbx"; expected some of: bvh, glb/],
    ["a rig that is not there", { rig: "nowhere.json" }, /Cannot read nowhere\.json/],
    ["key poses that are no JSON", { keyPoses: `${ROOT}README.md` }, /README\.md is not JSON/],
  ])("refuses %s before a core is asked", async (_, options, message) => {
    await expect(motionParams({ ...OPTIONS, ...options }, 4)).rejects.toThrow(message);
  });

  it("gives every option to the protocol, and leaves the rest to the core", async () => {
    expect(await motionParams(OPTIONS, 4)).toEqual({
      segments: [{ prompt: "walks", duration_s: 4 }],
      loop: false,
      in_place: false,
      foot_lock: true,
      output: {},
    });
    const options = {
      variations: 3,
      variation: 0.2,
      heading: "0:0 2.5:-90",
      format: "glb, json",
      fps: 25,
      out: "x.bvh",
    };
    expect(await motionParams({ ...OPTIONS, ...options, prompt: ["a", "b"], duration: [2] }, 4)).toMatchObject({
      segments: [
        { prompt: "a", duration_s: 2 },
        { prompt: "b", duration_s: 2 },
      ],
      num_motions_per_prompt: 3,
      variation: 0.2,
      heading: [
        { time_s: 0, angle_degrees: 0 },
        { time_s: 2.5, angle_degrees: -90 },
      ],
      output: { formats: ["glb", "json"], fps: 25 },
    });
    expect(await motionParams({ ...OPTIONS, out: "x.openpose.json" }, 4)).toMatchObject({
      output: { formats: ["openpose"] },
    });
  });
});

describe("genga batch", () => {
  it("makes a take of a motion for each frame number, keeps what is there, and makes again what was changed", async () => {
    const request = join(folder, "take.json");
    const params = {
      bundle: "tiny-random-motion",
      segments: [{ prompt: "walks", duration_s: 1 }],
      seed: 1,
      output: { formats: ["bvh", "json"] },
    };
    await writeFile(request, JSON.stringify({ task: "motion", params }));
    const out = join(folder, "takes");
    const run = () =>
      runCli(home, [
        "batch",
        "--request",
        request,
        "--frames",
        "1-2",
        "--seed-policy",
        "per-frame",
        "--out",
        out,
        "--json",
      ]);
    expect((await run()).code).toBe(0);
    const files = (await readdir(out)).filter((name) => !name.endsWith(".c2pa")).sort();
    expect(files).toEqual(["frame.0001.bvh", "frame.0001.json", "frame.0002.bvh", "frame.0002.json"]);
    expect(await readFile(join(out, "frame.0002.bvh"))).not.toEqual(await readFile(join(out, "frame.0001.bvh")));
    const kept = await run();
    expect(kept.events.filter(({ event }) => event === "frame_kept")).toHaveLength(4);
    await writeFile(join(out, "frame.0002.bvh"), "HIERARCHY");
    const again = await run();
    expect(again.events.filter(({ event }) => event === "saved").map(({ file }) => file)).toEqual([
      join(out, "frame.0002.bvh"),
      join(out, "frame.0002.json"),
    ]);
    expect((await runCli(home, ["verify", out])).code).toBe(0);
  });
});

describe("genga models", () => {
  it("tells what a motion bundle knows, follows and takes", async () => {
    const told = await runCli(home, ["models", "info", "tiny-random-motion"]);
    expect(told.code).toBe(0);
    expect(told.stdout).toMatch(/Task {8}motion, family motion-diffusion, test/);
    expect(told.stdout).toMatch(/Knows {7}walk: ".+"/);
    expect(told.stdout).toMatch(/Follows {5}path, height, heading, pose/);
    const listed = await runCli(home, ["models", "list", "--json"]);
    expect(listed.stdout).toContain('"id":"tiny-random-motion","name"');
  });
});
