import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { JobEvent } from "../../core/src/protocol/core-messages.ts";
import { type ComfyCore, follow, generate, serverSettings, startComfyCore } from "../comfyui/replay-core.ts";
import { type ComfyServer, startComfy } from "../support/comfy-server.ts";

// The backend against the real ComfyUI 0.3.75, with model files of random weights that it takes for SD 1.5.
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NODES = join(ROOT, "test/comfyui/nodes");
const CHECKPOINT = "comfyui:default/tiny-sd15.safetensors";
const STEPS = "comfyui:default/workflow:steps";
const QueueSchema = z.object({ queue_running: z.array(z.unknown()), queue_pending: z.array(z.unknown()) });
const size = { width: 64, height: 64 };

let folder: string;
let comfy: ComfyServer;
let core: ComfyCore;

beforeAll(async () => {
  run(process.execPath, ["scripts/setup-comfyui.mjs"]);
  folder = mkdtempSync(join(tmpdir(), "genga-comfyui-full-"));
  run(join(ROOT, ".venv-comfy/bin/python"), ["test/comfyui/make_tiny_models.py", join(folder, "models")]);
  comfy = await startComfy({ folder, customNodes: [NODES], environ: {} });
  const looks = [
    {
      name: "ink",
      checkpoint: "tiny-sd15.safetensors",
      loras: [{ name: "ink.safetensors", strength: 0.5 }],
      upscale_model: "x2-compact.safetensors",
    },
  ];
  core = await startComfyCore([serverSettings(comfy.url, { looks, models_folder: join(folder, "models") })]);
  await core.offered(CHECKPOINT);
});

afterAll(async () => {
  await core?.close();
  await comfy?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

function run(command: string, args: string[]): void {
  const { status, stderr, stdout } = spawnSync(command, args, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`${args[0]} ended with ${status}:\n${stdout}${stderr}`.slice(-4000));
}

async function queueOf({ url }: ComfyServer) {
  return QueueSchema.parse(await (await fetch(`${url}/queue`)).json());
}

async function upload(rgb: [number, number, number], [width, height] = [64, 64]): Promise<string> {
  const [r, g, b] = rgb;
  const png = await sharp({ create: { width, height, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();
  return (await core.client.putAsset(png, "image/png")).sha256;
}

/** Runs a request to its result, and gives the pixels of each picture. */
async function make(params: Record<string, unknown>) {
  const { events, end } = await generate(core.client, params);
  if (end.type !== "result") throw new Error(JSON.stringify(end));
  const pixels = [];
  for (const { asset } of end.outputs) {
    pixels.push(
      await sharp(await core.client.getAsset(asset.sha256))
        .removeAlpha()
        .raw()
        .toBuffer(),
    );
  }
  return { events, outputs: end.outputs, pixels };
}

const typesOf = (record: { params: Record<string, unknown> } | undefined) =>
  Object.values(record?.params.workflow ?? {}).map((node: { class_type: string }) => node.class_type);
const progressOf = (events: readonly JobEvent[]) =>
  events.flatMap((event) => (event.type === "progress" ? [event.progress] : []));

test("a real checkpoint makes pictures: the same seed the same pixels, each of a batch its own", async () => {
  const params = { bundle: CHECKPOINT, prompt: "a castle <lora:ink:0.5>", ...size, num_inference_steps: 3, seed: 9 };
  const batch = await make({ ...params, num_images_per_prompt: 2 });
  expect(batch.outputs.map(({ seed, width, height }) => [seed, width, height])).toEqual([
    [9, 64, 64],
    [10, 64, 64],
  ]);
  const [first, second] = batch.pixels;
  expect(first?.equals(second ?? Buffer.alloc(0))).toBe(false);
  const alone = await make({ ...params, seed: 10 });
  expect(alone.pixels[0]?.equals(second ?? Buffer.alloc(0))).toBe(true);
  const progress = progressOf(batch.events);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  const sha256 = (file: string) =>
    createHash("sha256")
      .update(readFileSync(join(folder, "models", file)))
      .digest("hex");
  expect(batch.outputs[0]?.record.backend).toEqual({
    name: "ComfyUI",
    version: "0.3.75",
    server: "default",
    models: [
      {
        name: "tiny-sd15.safetensors",
        role: "checkpoint",
        training_data: "undeclared",
        sha256: sha256("checkpoints/tiny-sd15.safetensors"),
      },
      {
        name: "ink.safetensors",
        role: "lora",
        weight: 0.5,
        training_data: "undeclared",
        sha256: sha256("loras/ink.safetensors"),
      },
    ],
  });
  const verified = await core.client.call({ type: "verify", sha256: batch.outputs[0]?.asset.sha256 ?? "" }, "verified");
  expect(verified.verification.state).toBe("trusted");
  expect(verified.verification.ingredients).toContain("tiny-sd15.safetensors");
});

test.each(["ddim", "euler_ancestral", "unipc", "lcm"])(
  "the scheduler %s has an equal in ComfyUI",
  async (scheduler) => {
    const { outputs } = await make({
      bundle: CHECKPOINT,
      prompt: "a well",
      ...size,
      num_inference_steps: 2,
      seed: 1,
      scheduler,
    });
    expect(outputs).toHaveLength(1);
  },
);

test("controls, regions, clip skip and a negative prompt go into one graph", async () => {
  const depth = await upload([128, 128, 128]);
  const sky = await sharp(Buffer.from([255, 0, 0, 0]), { raw: { width: 1, height: 4, channels: 1 } })
    .png()
    .toBuffer();
  const mask = (await core.client.putAsset(sky, "image/png")).sha256;
  const { outputs } = await make({
    bundle: CHECKPOINT,
    prompt: "a castle",
    negative_prompt: "blur",
    ...size,
    num_inference_steps: 2,
    seed: 1,
    clip_skip: 1,
    controls: [{ kind: "depth", image: depth, conditioning_scale: 0.7, control_guidance_end: 0.5 }],
    regions: [{ prompt: "clouds", mask, weight: 2, name: "sky" }],
  });
  expect(typesOf(outputs[0]?.record)).toEqual(
    expect.arrayContaining([
      "ControlNetApplyAdvanced",
      "ConditioningSetMask",
      "ConditioningCombine",
      "CLIPSetLastLayer",
    ]),
  );
  expect(outputs[0]?.record.backend?.models.map(({ role }) => role)).toEqual(["checkpoint", "controlnet"]);
  expect(outputs[0]?.record.inputs.map(({ role }) => role)).toEqual(["control:depth", "region_mask:0"]);
});

test("img2img and inpaint begin with the picture, and what the mask keeps stays to the byte", async () => {
  const init_image = await upload([200, 100, 50]);
  const half = Buffer.alloc(64 * 64).fill(255, 0, 64 * 32);
  const png = await sharp(half, { raw: { width: 64, height: 64, channels: 1 } })
    .png()
    .toBuffer();
  const mask_image = (await core.client.putAsset(png, "image/png")).sha256;
  const params = {
    bundle: CHECKPOINT,
    prompt: "a castle",
    ...size,
    num_inference_steps: 4,
    strength: 0.5,
    seed: 1,
    init_image,
  };
  const whole = await make(params);
  expect(typesOf(whole.outputs[0]?.record)).toContain("VAEEncode");
  const { outputs, pixels } = await make({ ...params, mask_image });
  expect(typesOf(outputs[0]?.record)).toContain("SetLatentNoiseMask");
  const kept = pixels[0]?.subarray(64 * 32 * 3) ?? Buffer.alloc(0);
  expect(kept.equals(Buffer.from(Array.from({ length: 64 * 32 }, () => [200, 100, 50]).flat()))).toBe(true);
  const repainted = pixels[0]?.subarray(0, 64 * 32 * 3) ?? Buffer.alloc(0);
  expect(repainted.some((value, i) => Math.abs(value - ([200, 100, 50][i % 3] ?? 0)) > 10)).toBe(true);
});

test("a look brings its LoRA and upscaler along", async () => {
  const { outputs } = await make({
    bundle: "comfyui:default/look:ink",
    prompt: "a castle",
    ...size,
    num_inference_steps: 2,
    seed: 1,
  });
  expect(outputs[0]).toMatchObject({ width: 128, height: 128 });
  expect(outputs[0]?.record.backend?.models.map(({ name, role }) => [name, role])).toEqual([
    ["tiny-sd15.safetensors", "checkpoint"],
    ["ink.safetensors", "lora"],
    ["x2-compact.safetensors", "upscaler"],
  ]);
});

test("a workflow of eleven nodes runs from end to end, and its arithmetic is right", async () => {
  const params = {
    bundle: "comfyui:default/workflow:collage",
    prompt: "",
    width: 64,
    height: 96,
    seed: 20,
    num_inference_steps: 3,
  };
  const init_image = await upload([200, 120, 40], [32, 48]);
  const depth = await upload([55, 55, 55], [64, 96]);
  const { outputs, pixels } = await make({
    ...params,
    init_image,
    controls: [{ kind: "depth", image: depth, conditioning_scale: 0.25 }],
  });
  expect(outputs[0]).toMatchObject({ width: 64, height: 96, seed: 20 });
  expect(Object.keys(outputs[0]?.record.params.workflow ?? {})).toHaveLength(11);
  // Inverted depth 200 / 255; a quarter of it blended in; darkened by seed % 100 / 200; the start laid over by the mask of 200 / 255.
  const inverted = 200 / 255;
  const expected = [200, 120, 40].map((value) => {
    const blended = (value / 255) * 0.75 + inverted * 0.25;
    const worked = blended * (1 - 20 / 200);
    return (worked * (1 - inverted) + (value / 255) * inverted) * 255;
  });
  const [r = 0, g = 0, b = 0] = pixels[0]?.subarray(0, 3) ?? [];
  for (const [i, value] of [r, g, b].entries()) expect(Math.abs(value - (expected[i] ?? 0))).toBeLessThanOrEqual(2);
});

test("previews come while it works, and a cancel ends it on the server within half a second", async () => {
  const { client } = core;
  const { job_id } = await client.submit("image", {
    bundle: STEPS,
    prompt: "",
    ...size,
    seed: 4,
    num_inference_steps: 200,
    preview: { every_steps: 1 },
  });
  let asked = 0;
  const { events, end } = await follow(client, job_id, (event) => {
    if (event.type !== "preview" || asked > 0) return;
    asked = performance.now();
    void client.cancel(job_id);
  });
  const took = performance.now() - asked;
  expect(end.type).toBe("cancelled");
  expect(events.some(({ type }) => type === "preview")).toBe(true);
  await expect.poll(async () => (await queueOf(comfy)).queue_running.length).toBe(0);
  const done = performance.now() - asked;
  console.log(`cancelled after ${Math.round(took)} ms, idle after ${Math.round(done)} ms`);
  expect(took).toBeLessThan(process.env.CI === undefined ? 2000 : 500);
});

test("20 jobs of two clients, one cancelled, the server killed and restarted in between: each ends as it should", async () => {
  const clients = [core.client, await core.connect("another")];
  const submitted = [];
  for (let i = 0; i < 20; i++) {
    const client = clients[i % 2] ?? core.client;
    const params = { bundle: STEPS, prompt: "", ...size, seed: 100 + i, num_inference_steps: 8 };
    submitted.push({ client, job_id: (await client.submit("image", params)).job_id });
  }
  const ends = submitted.map(({ client, job_id }) => follow(client, job_id));
  await ends[1];
  await submitted[19]?.client.cancel(submitted[19].job_id);
  const { port } = new URL(comfy.url);
  await comfy.stop("SIGKILL");
  comfy = await startComfy({ folder, port: Number(port), customNodes: [NODES] });
  const outcomes = await Promise.all(ends);
  expect(outcomes.map(({ end }) => end.type)).toEqual([...Array.from({ length: 19 }, () => "result"), "cancelled"]);
  for (const { events } of outcomes) {
    expect(events.filter(({ type }) => ["result", "failed", "cancelled"].includes(type))).toHaveLength(1);
  }
  const { queue_running, queue_pending } = await queueOf(comfy);
  expect([queue_running, queue_pending]).toEqual([[], []]);
});
