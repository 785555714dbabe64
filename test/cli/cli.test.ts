import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT, runCli, startServe } from "./run-cli.ts";

const MAPS = `${ROOT}test/fixtures/scene/maps`;
const TINY = ["--bundle", "tiny-random-sd", "--size", "64x64", "--steps", "2", "--seed", "7"];

let folder: string;
let home: string;
let core: Awaited<ReturnType<typeof startServe>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "genga-cli-"));
  home = join(folder, "home");
  core = await startServe(home);
});

afterAll(async () => {
  await core.stop();
  await rm(folder, { recursive: true, force: true });
});

const generate = (out: string, ...more: string[]) =>
  runCli(home, ["generate", "image", "--prompt", "a village", ...TINY, "--out", out, ...more]);
const pixels = (file: string) => sharp(file).raw().toBuffer();

describe("genga generate image", () => {
  it("saves a signed picture that is trusted here, valid elsewhere, and trusted elsewhere with our root", async () => {
    const out = join(folder, "a.png");
    const made = await generate(out, "--control", `depth=${MAPS}/depth.png:0.9:0-0.8`, "--json");
    expect(made.stderr).toBe("");
    expect(made.code).toBe(0);
    expect(made.events.at(-1)).toMatchObject({ event: "saved", file: out, seed: 7, models: ["tiny-random-sd"] });
    const progress = made.events.filter(({ event }) => event === "progress").map((event) => Number(event.progress));
    expect(progress.length).toBeGreaterThan(2);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));

    const here = await runCli(home, ["verify", out, "--json"]);
    expect(here.code).toBe(0);
    expect(here.events[0]).toMatchObject({
      state: "trusted",
      record: { seed: 7, params: { prompt: "a village" }, inputs: [{ role: "control:depth", name: "depth.png" }] },
    });
    const elsewhere = await runCli(join(folder, "other"), ["verify", out, "--json"]);
    expect(elsewhere.events[0]).toMatchObject({ state: "valid" });
    expect(elsewhere.code).toBe(0);
    const root = join(folder, "root.pem");
    expect((await runCli(home, ["trust", "export", "--out", root])).code).toBe(0);
    const trusting = await runCli(join(folder, "other"), ["verify", out, "--trust", root, "--json"]);
    expect(trusting.events[0]).toMatchObject({ state: "trusted" });
  });

  it("gives the same pixels for the same request, and other ones for another seed, prompt or control", async () => {
    const files = ["same-1", "same-2", "seed", "control"].map((name) => join(folder, `${name}.png`));
    const [first = "", second = "", seed = "", control = ""] = files;
    await generate(first);
    await generate(second);
    await generate(seed, "--seed", "8");
    await generate(control, "--control", `lineart=${MAPS}/lineart.png`);
    expect(await pixels(second)).toEqual(await pixels(first));
    expect(await pixels(seed)).not.toEqual(await pixels(first));
    expect(await pixels(control)).not.toEqual(await pixels(first));
  });

  it("makes several pictures from seed, seed + 1, … and numbers the files", async () => {
    await generate(join(folder, "many.webp"), "--count", "2");
    await generate(join(folder, "second.png"), "--seed", "8");
    await generate(join(folder, "many.png"), "--count", "2");
    expect(await pixels(join(folder, "many-2.png"))).toEqual(await pixels(join(folder, "second.png")));
    expect((await sharp(join(folder, "many-1.webp")).metadata()).format).toBe("webp");
    const found = await runCli(home, ["verify", join(folder, "many-1.webp"), join(folder, "many-2.png")]);
    expect(found.code).toBe(0);
  });

  it("takes a picture to start from, a mask and regions", async () => {
    const init = join(folder, "init.png");
    await generate(init);
    const mask = join(folder, "mask.png");
    const half = Buffer.alloc(64 * 64).fill(255, 0, 64 * 32);
    await sharp(half, { raw: { width: 64, height: 64, channels: 1 } })
      .png()
      .toFile(mask);
    const out = join(folder, "inpainted.png");
    const segmentation = `segmentation=${MAPS}/segmentation.png`;
    const made = await generate(
      out,
      ...["--init", init, "--mask", mask, "--strength", "1", "--seed", "9"],
      ...["--control", segmentation, "--regions", `${MAPS}/regions.json`, "--region", `${mask}=a blue sky:1.5`],
    );
    expect(made.stderr).toBe("");
    const [before, after] = [await pixels(init), await pixels(out)];
    expect(after.subarray(64 * 33 * 3)).toEqual(before.subarray(64 * 33 * 3));
    expect(after.subarray(0, 64 * 31 * 3)).not.toEqual(before.subarray(0, 64 * 31 * 3));
  });

  it.each([
    [["--bundle", "nothing"], 69, "BUNDLE_NOT_FOUND", /tiny-random-sd/],
    [["--control", "depth=missing.png"], 65, "INVALID_REQUEST", /missing\.png/],
    [["--control", "sketch=a.png"], 65, "INVALID_REQUEST", /depth/],
    [["--steps", "100000"], 65, "INVALID_REQUEST", /num_inference_steps/],
    [["--guidance", "-1"], 65, "INVALID_REQUEST", /guidance_scale/],
    [["--size", "65x64"], 65, "INVALID_REQUEST", /width/],
    [["--out", "a.tiff"], 65, "INVALID_REQUEST", /png, jpg, jpeg, webp/],
  ])("refuses %j before work starts", async (options, code, error, words) => {
    const made = await generate(join(folder, "refused.png"), ...options, "--json");
    expect(made.code).toBe(code);
    expect(made.events.at(-1)).toMatchObject({ event: "error", code: error, message: expect.stringMatching(words) });
  });

  it("says on standard error what is wrong with the command line", async () => {
    const { code, stderr } = await runCli(home, ["generate", "image", "--prompt", "x"]);
    expect(code).toBe(64);
    expect(stderr).toMatch(/--out/);
  });
});

describe("genga verify", () => {
  it("finds a changed byte, a stripped copy and an unsigned file, and exits 1", async () => {
    const file = join(folder, "signed.png");
    await generate(file, "--seed", "70");
    const bytes = await readFile(file);
    const tampered = join(folder, "tampered.png");
    const changed = Buffer.from(bytes);
    const inPixels = changed.indexOf("IDAT") + 40;
    changed[inPixels] = (changed[inPixels] ?? 0) ^ 1;
    await writeFile(tampered, changed);
    const stripped = join(folder, "stripped.jpg");
    await sharp(file).jpeg({ quality: 80 }).toFile(stripped);
    const unsigned = join(folder, "unsigned.png");
    await copyFile(`${MAPS}/render.png`, unsigned);
    const found = await runCli(home, ["verify", file, tampered, stripped, unsigned, "--json"]);
    expect(found.code).toBe(1);
    expect(found.events.map(({ state }) => state)).toEqual(["trusted", "tampered", "known", "unsigned"]);
  });
});

describe("genga batch", () => {
  it("makes one signed file a frame, keeps what is there, and makes again what is missing, changed or asked otherwise", async () => {
    const out = join(folder, "frames");
    const file = join(folder, "request.json");
    const maps = join(folder, "maps");
    await runBatchMaps(maps);
    const request = (prompt: string) =>
      writeFile(
        file,
        JSON.stringify({
          task: "image",
          project: "village",
          params: {
            bundle: "tiny-random-sd",
            prompt,
            width: 64,
            height: 64,
            num_inference_steps: 2,
            seed: 5,
            controls: [{ kind: "depth", image: "maps/depth.####.png" }],
          },
        }),
      );
    const batch = (...more: string[]) =>
      runCli(home, ["batch", "--request", file, "--frames", "1-3", "--out", out, "--json", ...more]);
    const count = (events: Record<string, unknown>[], name: string) =>
      events.filter(({ event }) => event === name).length;

    await request("a village");
    const first = await batch();
    expect(first.events.at(-1)).toMatchObject({ event: "batch_done", frames: 3, failed: [] });
    expect(first.code).toBe(0);
    expect((await readdir(out)).sort()).toEqual(["frame.0001.png", "frame.0002.png", "frame.0003.png"]);
    expect((await runCli(home, ["verify", out])).code).toBe(0);

    const again = await batch();
    expect([count(again.events, "frame_kept"), count(again.events, "saved")]).toEqual([3, 0]);

    await rm(join(out, "frame.0002.png"));
    await writeFile(join(out, "frame.0003.png"), "not a picture");
    const mended = await batch();
    expect([count(mended.events, "frame_kept"), count(mended.events, "saved")]).toEqual([1, 2]);

    await request("another village");
    const changed = await batch("--seed-policy", "per-frame");
    expect(count(changed.events, "saved")).toBe(3);

    await rm(join(maps, "depth.0002.png"));
    const broken = await batch("--force");
    expect(broken.code).toBe(1);
    expect(broken.events.at(-1)).toMatchObject({ failed: [2] });
    expect(broken.events.find(({ event }) => event === "frame_failed")).toMatchObject({
      message: expect.stringMatching(/depth\.0002\.png/),
    });
  });
});

describe("genga batch with one picture for all frames", () => {
  it("ends, with a file for each frame, also when the frames ask for the same", async () => {
    const out = join(folder, "still");
    const file = join(folder, "still.json");
    const size = { width: 64, height: 64, num_inference_steps: 1, seed: 5 };
    await writeFile(
      file,
      JSON.stringify({ task: "image", params: { bundle: "tiny-random-sd", prompt: "a still", ...size } }),
    );
    const made = await runCli(home, ["batch", "--request", file, "--frames", "1-3", "--out", out, "--json"]);
    expect(made.events.at(-1)).toMatchObject({ event: "batch_done", frames: 3, failed: [] });
    expect((await readdir(out)).length).toBe(3);
  });
});

describe("genga models, jobs and doctor", () => {
  it("lists, shows, checks and imports bundles", async () => {
    const list = await runCli(home, ["models", "list", "--json"]);
    expect(list.events[0]).toMatchObject({
      models: expect.arrayContaining([expect.objectContaining({ id: "tiny-random-sd", allowed: true })]),
    });
    const info = await runCli(home, ["models", "info", "tiny-random-sd"]);
    expect(info.stdout).toMatch(/Licence +Apache-2\.0/);
    expect((await runCli(home, ["models", "verify", "tiny-random-sd"])).code).toBe(0);
    const other = join(folder, "importing");
    const imported = await runCli(other, ["models", "import", `${ROOT}models/tiny-random-sd`, "--json"]);
    expect(imported.events.at(-1)).toMatchObject({ event: "imported", id: "tiny-random-sd" });
    expect(await readdir(join(other, "bundles"))).toEqual(["tiny-random-sd"]);
  });

  it("refuses a bundle that the policy does not allow", async () => {
    const allow_list = join(folder, "allowed.txt");
    await writeFile(allow_list, `${"0".repeat(64)}  another bundle\n`);
    const made = await runCli(
      join(folder, "strict"),
      ["generate", "image", "--prompt", "x", ...TINY, "--out", join(folder, "no.png"), "--json"],
      { GENGA_POLICY: "strict", GENGA_ALLOW_LIST: allow_list },
    );
    expect(made.code).toBe(77);
    expect(made.events.at(-1)).toMatchObject({
      code: "POLICY_REFUSED",
      data: { missing: expect.arrayContaining(["allow_list"]) },
    });
  });

  it("lists the jobs of the core that runs and says when none does", async () => {
    const list = await runCli(home, ["jobs", "list", "--json"]);
    expect(list.events[0]).toMatchObject({ event: "jobs", paused: false });
    const paused = await runCli(home, ["jobs", "pause", "--json"]);
    expect(paused.code).toBe(0);
    expect((await runCli(home, ["jobs", "list", "--json"])).events[0]).toMatchObject({ paused: true });
    await runCli(home, ["jobs", "resume"]);
    const none = await runCli(join(folder, "nobody"), ["jobs", "list", "--json"]);
    expect(none.code).toBe(69);
    expect(none.events[0]).toMatchObject({ code: "CORE_NOT_RUNNING" });
  });

  it("examines the machine", async () => {
    const { events, code } = await runCli(home, ["doctor", "--json"]);
    expect(events[0]).toMatchObject({ healthy: true });
    expect(events[0]?.findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ check: "core", state: "ok", detail: expect.stringMatching(/runs at/) }),
        expect.objectContaining({ check: "provider cpu", state: "ok", detail: "usable" }),
        expect.objectContaining({ check: "bundle tiny-random-sd", state: "ok" }),
      ]),
    );
    expect(code).toBe(0);
  });
});

async function runBatchMaps(to: string): Promise<void> {
  await mkdir(to);
  for (const frame of [1, 2, 3]) {
    await sharp(`${MAPS}/depth.png`)
      .rotate(frame === 1 ? 0 : 90 * frame)
      .toFile(join(to, `depth.000${frame}.png`));
  }
}
