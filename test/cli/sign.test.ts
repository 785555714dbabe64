import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAction } from "../../core/src/cli/sign.ts";
import { ROOT, runCli, startServe } from "./run-cli.ts";

const MAP = `${ROOT}test/fixtures/scene/maps/depth.png`;

let folder: string;
let home: string;
let core: Awaited<ReturnType<typeof startServe>>;
let picture: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "genga-sign-"));
  home = join(folder, "home");
  core = await startServe(home);
  picture = join(folder, "castle.png");
  await sharp({ create: { width: 96, height: 64, channels: 3, background: "#7a4" } })
    .png()
    .toFile(picture);
});
afterAll(async () => {
  await core.stop();
  await rm(folder, { recursive: true, force: true });
});

const sign = (...args: string[]) => runCli(home, ["sign", ...args, "--json"]);

describe("genga sign", () => {
  it("saves a signed copy beside the original, and verify says who declared what", async () => {
    const model = join(folder, "toon.safetensors");
    await writeFile(model, "weights");
    const parameters = join(folder, "parameters.json");
    await writeFile(parameters, JSON.stringify({ prompt: "a castle", steps: 5 }));
    const signed = await sign(
      picture,
      ...["--action", "created:trainedAlgorithmicMedia", "--model", `lora=${model}`, "--input", MAP],
      ...["--software", "ComfyUI 0.3.75", "--parameters", parameters, "--title", "Castle", "--shot", "010"],
    );
    expect([signed.code, signed.stderr]).toEqual([0, ""]);
    const target = join(folder, "castle-signed.png");
    expect(signed.events[0]).toMatchObject({ event: "signed", file: target, source: picture });
    const found = await runCli(home, ["verify", target, "--json"]);
    expect(found.events[0]).toMatchObject({
      state: "trusted",
      actions: ["c2pa.created"],
      signing: {
        title: "Castle",
        software_agent: { name: "ComfyUI", version: "0.3.75" },
        models: [{ role: "lora", name: "toon.safetensors", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
        ingredients: [{ relationship: "inputTo", name: "depth.png" }],
        parameters: { prompt: "a castle", steps: 5 },
        declared_by: { shot: "010" },
      },
    });
    const told = await runCli(home, ["verify", target]);
    expect(told.stdout).toContain("lora  toon.safetensors");
    expect(told.stdout).toContain("licence undeclared, training data undeclared");
    expect(await sharp(target).raw().toBuffer()).toEqual(await sharp(picture).raw().toBuffer());
  });

  it("leaves other files as they are and puts the credential beside them; a second signing knows the first", async () => {
    const motion = join(folder, "walk.bvh");
    await writeFile(motion, "HIERARCHY\nROOT Hips\n");
    expect((await sign(motion, "--action", "created:digitalCreation")).code).toBe(0);
    expect(await readFile(motion, "utf8")).toBe("HIERARCHY\nROOT Hips\n");
    const again = await sign(motion, "--action", "edited");
    expect(again.events[0]).toMatchObject({ record: { source: { credential: "trusted" } } });
    expect((await runCli(home, ["verify", motion])).code).toBe(0);
  });

  it("signs several files in place", async () => {
    const files = ["a.png", "b.png"].map((name) => join(folder, name));
    for (const file of files) await copyFile(picture, file);
    expect((await sign(...files, "--replace", "--parent", picture, "--action", "edited:humanEdits")).code).toBe(0);
    expect((await runCli(home, ["verify", ...files])).code).toBe(0);
  });

  it("refuses what does not fit, with a remedy and an exit code", async () => {
    const cases: [string[], number, string][] = [
      [[join(folder, "none.png")], 65, "there is no such file"],
      [[picture, "--action", "painted"], 65, 'Unknown action "painted"'],
      [[picture, "--action", "edited:magic"], 65, 'Unknown origin "magic"'],
      [[picture, "--model", "toon"], 65, "expected ROLE=FILE"],
      [[picture, "--model", "lora=none"], 65, "Cannot read the model none"],
      [[picture, picture, "--out", join(folder, "x.png")], 65, "--out names one file"],
      [[picture, "--action", "edited", "--action", "created:humanEdits"], 65, "comes once and first"],
    ];
    for (const [args, code, message] of cases) {
      const refused = await sign(...args);
      expect([args.slice(1), refused.code]).toEqual([args.slice(1), code]);
      expect(refused.events.at(-1)).toMatchObject({ event: "error", message: expect.stringContaining(message) });
      expect(refused.events.at(-1)?.remedy).toBeTruthy();
    }
  });

  it("reads actions with and without their prefix", () => {
    expect(parseAction("edited:humanEdits")).toEqual({ action: "c2pa.edited", digital_source_type: "humanEdits" });
    expect(parseAction("c2pa.converted")).toEqual({ action: "c2pa.converted" });
  });
});
