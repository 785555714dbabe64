import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { validateBytes } from "gltf-validator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli, startServe } from "./run-cli.ts";

const TINY = ["--bundle", "tiny-random-mesh", "--source", "parametric", "--seed", "7", "--texture-size", "256"];

let folder: string;
let home: string;
let core: Awaited<ReturnType<typeof startServe>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "genga-cli-mesh-"));
  home = join(folder, "home");
  core = await startServe(home);
});

afterAll(async () => {
  await core.stop();
  await rm(folder, { recursive: true, force: true });
});

const generate = (...args: string[]) => runCli(home, ["generate", "mesh", ...TINY, ...args]);

describe("genga generate mesh", () => {
  it("saves GLB and its levels with credentials beside them, trusted here; a changed byte shows", async () => {
    const out = join(folder, "crate.glb");
    const made = await generate("a red wooden crate of dragons", "--lods", "0.5", "--triangles", "2000", "--out", out);
    expect(made.code).toBe(0);
    expect(made.stdout).toMatch(/crate\.glb {2}seed 7 .*\n {2}parametric: crate\n {2}\d+ triangles, .* m, closed\n/);
    // What was asked in vain is told once, not for each file.
    expect(made.stderr.match(/^Warning: .*dragon/gm)).toHaveLength(1);
    const names = (await readdir(folder)).filter((name) => name.startsWith("crate")).sort();
    expect(names).toEqual(["crate.glb", "crate.glb.c2pa", "crate_LOD1.glb", "crate_LOD1.glb.c2pa"]);
    const { issues } = await validateBytes(new Uint8Array(await readFile(out)));
    expect([issues.numErrors, issues.numWarnings]).toEqual([0, 0]);

    const told = await runCli(home, ["verify", out]);
    expect(told.code).toBe(0);
    expect(told.stdout).toMatch(/trusted: .*\n[\s\S]* {2}source {4}parametric: crate\n {2}mesh {6}\d+ triangles/);
    const bytes = await readFile(out);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    const changed = join(folder, "changed.glb");
    await writeFile(changed, bytes);
    await copyFile(`${out}.c2pa`, `${changed}.c2pa`);
    const found = await runCli(home, ["verify", changed, "--json"]);
    expect([found.code, found.events[0]?.state]).toEqual([1, "tampered"]);
  });

  it("tells progress and warnings as lines of JSON, and writes other formats into a folder", async () => {
    const out = join(folder, "many/");
    const made = await generate("--prompt", "a crate", "--count", "2", "--format", "obj,ply", "--out", out, "--json");
    expect([made.code, made.stderr]).toEqual([0, ""]);
    const files = (await readdir(out)).filter((name) => !name.endsWith(".c2pa")).sort();
    expect(files).toEqual(["mesh-7.obj", "mesh-7.ply", "mesh-8.obj", "mesh-8.ply"]);
    const progress = made.events.filter(({ event }) => event === "progress").map((event) => Number(event.progress));
    expect(progress.length).toBeGreaterThan(2);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(made.events.find(({ event }) => event === "saved")).toMatchObject({
      mesh: { format: "obj", origin: { source: "parametric", category: "crate" } },
    });
  });

  it("refuses what cannot be with words and an exit code", async () => {
    const never = join(folder, "never.glb");
    const many = await generate("a crate", "--triangles", "10000000", "--out", never);
    expect(many.stderr).toMatch(/target_triangles/);
    expect(many.code).toBe(65);
    const pictures = await generate("a crate", "--bundle", "tiny-random-sd", "--out", never);
    expect(pictures.stderr).toMatch(/"tiny-random-sd" is for the task "image"; the request's is "mesh"/);
    expect(pictures.code).toBe(65);
    expect((await generate("a crate")).code).toBe(64);
  });
});

describe("genga texture", () => {
  const texture = (...args: string[]) => runCli(home, ["texture", ...args, "--out", join(folder, "painted.glb")]);

  it("refuses a file that is no GLB before anything runs, and one that is not there", async () => {
    const text = join(folder, "text.glb");
    await writeFile(text, "no GLB");
    const broken = await texture(text, "weathered oak");
    expect(broken.stderr).toMatch(/Error ASSET_UNREADABLE: params\.mesh/);
    expect(broken.code).toBe(65);
    const missing = await texture(join(folder, "nowhere.glb"), "weathered oak");
    expect(missing.stderr).toMatch(/Cannot read .*nowhere\.glb/);
    expect(missing.code).toBe(65);
  });
});

describe("genga batch", () => {
  it("makes a variation of a mesh for each frame number, and keeps what is there", async () => {
    const request = join(folder, "crates.json");
    const params = { bundle: "tiny-random-mesh", prompt: "a crate", source: "parametric", texture_size: 256, seed: 1 };
    await writeFile(request, JSON.stringify({ task: "mesh", params: { ...params, output: { formats: ["ply"] } } }));
    const out = join(folder, "crates");
    const args = ["--request", request, "--frames", "1-2", "--seed-policy", "per-frame", "--out", out, "--json"];
    expect((await runCli(home, ["batch", ...args])).code).toBe(0);
    const files = (await readdir(out)).filter((name) => !name.endsWith(".c2pa")).sort();
    expect(files).toEqual(["frame.0001.ply", "frame.0002.ply"]);
    expect(await readFile(join(out, "frame.0002.ply"))).not.toEqual(await readFile(join(out, "frame.0001.ply")));
    const kept = await runCli(home, ["batch", ...args]);
    expect(kept.events.filter(({ event }) => event === "frame_kept")).toHaveLength(2);
  });
});

describe("genga models", () => {
  it("tells what a mesh bundle knows and where its meshes come from", async () => {
    const told = await runCli(home, ["models", "info", "tiny-random-mesh"]);
    expect(told.stdout).toMatch(/Task {8}mesh, family mesh-diffusion, test/);
    expect(told.stdout).toMatch(/Knows {7}chair, /);
    expect(told.stdout).toMatch(/Sources {5}parametric, library, generated; told by words/);
  });
});
