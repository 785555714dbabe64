import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { generateImages } from "../../core/src/pipelines/controlnet-image.ts";
import { toCoreError } from "../../core/src/protocol/errors.ts";
import { addAsset, makeContext, openTinySessions, resolve, type SeenRun, tinyBundle } from "./tiny-bundle.ts";

const runs: SeenRun[] = [];
let onRun: (run: SeenRun) => void = () => {};
const sessions = openTinySessions((run) => {
  runs.push(run);
  onRun(run);
});
afterAll(() => sessions.close());

const SIZE = 64;
const assets = new Map<string, Uint8Array>();
/** Stores a PNG whose pixels come from a function. */
async function picture(color: (x: number, y: number) => [number, number, number]): Promise<string> {
  const data = Uint8Array.from({ length: SIZE * SIZE }, (_, i) => i).reduce(
    (pixels, _, i) => {
      pixels.set(color(i % SIZE, Math.floor(i / SIZE)), i * 3);
      return pixels;
    },
    new Uint8Array(SIZE * SIZE * 3),
  );
  return addAsset(
    assets,
    await sharp(data, { raw: { width: SIZE, height: SIZE, channels: 3 } })
      .png()
      .toBuffer(),
  );
}

/** Runs a request; gives its pictures and what was seen on the way. */
async function run(params: Record<string, unknown>, bundle = tinyBundle) {
  runs.length = 0;
  const seen = makeContext(sessions, assets, bundle);
  const images = await generateImages(resolve({ prompt: "a red house", seed: 5, ...params }, bundle), seen.context);
  return { images, ...seen };
}
const countOf = (component: string) => runs.filter((entry) => entry.component === component).length;
const pixelsOf = ({ images }: Awaited<ReturnType<typeof run>>) => Buffer.concat(images.map(({ image }) => image.data));

const depthMap = picture((x, y) => [x * 4, x * 4, (x + y) & 255]);
const halves = picture((x) => (x < 32 ? [255, 0, 0] : [0, 0, 255]));
const start = picture((x, y) => [(x * 5) & 255, (y * 7) & 255, (x * y) & 255]);

describe("generateImages", () => {
  it("gives the same bytes for the same request and seed, and others for another seed", async () => {
    const once = pixelsOf(await run({}));
    expect(pixelsOf(await run({})).equals(once)).toBe(true);
    expect(pixelsOf(await run({ seed: 6 })).equals(once)).toBe(false);
  });

  it("starts picture i of a batch from seed + i", async () => {
    const { images } = await run({ num_images_per_prompt: 2, scheduler: "euler_ancestral" });
    expect(images.map(({ seed }) => seed)).toEqual([5, 6]);
    const second = await run({ seed: 6, scheduler: "euler_ancestral" });
    expect(images[1]?.image).toEqual(second.images[0]?.image);
  });

  it("reports progress that never goes back, step by step, and ends at 1", async () => {
    const { progress } = await run({ num_images_per_prompt: 2 });
    for (const [i, event] of progress.entries())
      expect(event.progress).toBeGreaterThanOrEqual(progress[i - 1]?.progress ?? 0);
    expect(progress.at(-1)?.progress).toBeCloseTo(1, 12);
    expect(progress.filter(({ stage }) => stage === "denoise").map(({ step }) => step)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
    expect(new Set(progress.map(({ total_steps }) => total_steps))).toEqual(new Set([8]));
    expect(progress.map(({ stage }) => stage).filter((stage, i, all) => stage !== all[i - 1])).toEqual([
      "encode",
      "denoise",
      "decode",
      "denoise",
      "decode",
    ]);
  });

  it("gives previews of the size asked for, every so many steps", async () => {
    const { previews, images } = await run({ num_inference_steps: 6, preview: { every_steps: 2, max_size: 32 } });
    expect(previews.map(({ step }) => step)).toEqual([2, 4]);
    for (const { image } of previews) expect([image.width, image.height, image.data.length]).toEqual([32, 32, 3072]);
    expect(countOf("taesd_decoder")).toBe(2);
    expect(images[0]?.image.width).toBe(64);
  });

  it("previews without a preview decoder, one pixel for a latent cell", async () => {
    const { taesd_decoder: _, ...components } = tinyBundle.manifest.components;
    const bundle = { ...tinyBundle, manifest: { ...tinyBundle.manifest, components } };
    const { previews } = await run({ preview: { every_steps: 1, max_size: 256 } }, bundle);
    expect(previews).toHaveLength(3);
    for (const { image } of previews) expect([image.width, image.height]).toEqual([8, 8]);
    expect(new Set(previews[0]?.image.data ?? []).size).toBeGreaterThan(10);
  });

  it("stops at the next graph once it is cancelled", async () => {
    const seen = makeContext(sessions, assets);
    const params = resolve({
      prompt: "x",
      num_inference_steps: 50,
      controls: [{ kind: "depth", image: await depthMap }],
    });
    let unets = 0;
    onRun = ({ component }) => {
      if (component === "unet" && ++unets === 3) seen.cancel.abort();
    };
    runs.length = 0;
    const thrown: unknown = await generateImages(params, seen.context).catch((error: unknown) => error);
    onRun = () => {};
    expect(toCoreError(thrown).code).toBe("CANCELLED");
    expect(countOf("unet")).toBe(3);
    expect(countOf("vae_decoder")).toBe(0);
  });

  it("hears a cancel that arrives as a message while it runs", async () => {
    const seen = makeContext(sessions, assets);
    // A timer stands for a message: it fires only if the pipeline lets the event loop turn.
    onRun = ({ component }) => {
      if (component === "unet") setTimeout(() => seen.cancel.abort(), 0);
    };
    runs.length = 0;
    const thrown: unknown = await generateImages(
      resolve({ prompt: "x", num_inference_steps: 200 }),
      seen.context,
    ).catch((error: unknown) => error);
    onRun = () => {};
    expect(toCoreError(thrown).code).toBe("CANCELLED");
    expect(countOf("unet")).toBeLessThan(20);
  });

  it("runs one row without guidance and two with it", async () => {
    await run({ guidance_scale: 1 });
    expect(runs.find(({ component }) => component === "unet")?.feeds.sample?.dims).toEqual([1, 4, 8, 8]);
    await run({ guidance_scale: 4 });
    expect(runs.find(({ component }) => component === "unet")?.feeds.sample?.dims).toEqual([2, 4, 8, 8]);
  });

  it("runs a ControlNet only in the steps where it counts", async () => {
    const control = { kind: "depth", image: await depthMap };
    const plain = pixelsOf(await run({}));
    const guided = await run({ controls: [control] });
    expect(countOf("controlnet_depth")).toBe(4);
    expect(pixelsOf(guided).equals(plain)).toBe(false);
    await run({
      num_inference_steps: 10,
      controls: [{ ...control, control_guidance_start: 0.2, control_guidance_end: 0.5 }],
    });
    expect(countOf("controlnet_depth")).toBe(3);
    const silent = await run({ controls: [{ ...control, conditioning_scale: 0 }] });
    expect(countOf("controlnet_depth")).toBe(0);
    expect(pixelsOf(silent).equals(plain)).toBe(true);
  });

  it("encodes a prompt of any length, alone and against a short negative one", async () => {
    const long = Array.from({ length: 200 }, (_, i) => `word${i}`).join(" ");
    await run({ prompt: long, negative_prompt: "bad" });
    const dims = runs.find(({ component }) => component === "unet")?.feeds.encoder_hidden_states?.dims ?? [];
    expect((dims[1] ?? 0) % 77).toBe(0);
    expect(dims[1]).toBeGreaterThan(200);
  });

  it("weighs words: 1 changes nothing, another weight does", async () => {
    const plain = pixelsOf(await run({}));
    expect(pixelsOf(await run({ prompt: "a (red:1.0) house" })).equals(plain)).toBe(true);
    expect(pixelsOf(await run({ prompt: "a (red:1.6) house" })).equals(plain)).toBe(false);
  });

  it("names the field of a picture that cannot be read", async () => {
    const broken = addAsset(assets, Buffer.from("no picture"));
    const error = toCoreError(
      await run({ controls: [{ kind: "depth", image: broken }] }).catch((thrown: unknown) => thrown),
    );
    expect(error.code).toBe("ASSET_UNREADABLE");
    expect(error.message).toMatch(/^controls\[0\]\.image: /);
    expect(error.data).toMatchObject({ field: "controls[0].image", sha256: broken });
  });
});

describe("inpainting", () => {
  it("gives every kept byte back as it was and repaints the rest", async () => {
    const mask = await picture((x, y) => (x >= 24 && y >= 16 ? [255, 255, 255] : [0, 0, 0]));
    const { images } = await run({ init_image: await start, mask_image: mask, strength: 0.75 });
    const result = images[0]?.image.data ?? new Uint8Array();
    const before = await sharp(assets.get(await start))
      .raw()
      .toBuffer();
    let changed = 0;
    for (let i = 0; i < SIZE * SIZE; i++) {
      const inside = i % SIZE >= 24 && i >= 16 * SIZE;
      for (let channel = 0; channel < 3; channel++) {
        if (!inside) expect(result[i * 3 + channel]).toBe(before[i * 3 + channel]);
        else if (result[i * 3 + channel] !== before[i * 3 + channel]) changed++;
      }
    }
    expect(changed).toBeGreaterThan(40 * 48);
  });

  it("runs only the share of the steps that strength asks for", async () => {
    await run({ init_image: await start, strength: 0.5, num_inference_steps: 6 });
    expect(countOf("unet")).toBe(3);
    expect(countOf("vae_encoder")).toBe(1);
  });
});

describe("regions", () => {
  const region = (prompt: string, place: Record<string, unknown>) => ({ prompt, ...place });

  it("equals the plain prompt when the only region covers all of the picture with the same words", async () => {
    const white = await picture(() => [255, 255, 255]);
    const plain = pixelsOf(await run({}));
    const covered = await run({ prompt: "something else", regions: [region("a red house", { mask: white })] });
    expect(pixelsOf(covered).equals(plain)).toBe(true);
    // The request's own prompt counts nowhere, so only the negative prompt and the region ran.
    expect(countOf("unet")).toBe(4);
  });

  it("changes nothing when a region covers nothing", async () => {
    const black = await picture(() => [0, 0, 0]);
    const plain = pixelsOf(await run({}));
    expect(pixelsOf(await run({ regions: [region("a tree", { mask: black })] })).equals(plain)).toBe(true);
  });

  it("blends by id colour of the segmentation map: left half one prompt, right half the other", async () => {
    const map = { kind: "segmentation", image: await halves, conditioning_scale: 0 };
    const blended = await run({
      num_inference_steps: 1,
      regions: [region("a red house", { color: "#ff0000" }), region("a blue sea", { color: "#0000ff" })],
      controls: [map],
    });
    const latents = latentsOf();
    await run({ num_inference_steps: 1 });
    const left = latentsOf();
    await run({ num_inference_steps: 1, prompt: "a blue sea" });
    const right = latentsOf();
    expect(blended.images).toHaveLength(1);
    for (const [k, value] of latents.entries()) {
      expect(value).toBeCloseTo((k % 8 < 4 ? left[k] : right[k]) ?? Number.NaN, 4);
    }
    expect(left[7]).not.toBeCloseTo(right[7] ?? Number.NaN, 2);
  });

  it("weighs regions against each other where they overlap", async () => {
    const white = await picture(() => [255, 255, 255]);
    const regions = [
      { prompt: "a red house", mask: white, weight: 3 },
      { prompt: "a blue sea", mask: white, weight: 1 },
    ];
    await run({ num_inference_steps: 1, guidance_scale: 1, regions });
    const blended = latentsOf();
    await run({ num_inference_steps: 1, guidance_scale: 1 });
    const first = latentsOf();
    await run({ num_inference_steps: 1, guidance_scale: 1, prompt: "a blue sea" });
    const second = latentsOf();
    // One DDIM step is linear in the noise prediction.
    for (const [k, value] of blended.entries()) {
      expect(value).toBeCloseTo(0.75 * (first[k] ?? 0) + 0.25 * (second[k] ?? 0), 4);
    }
  });

  function latentsOf(): number[] {
    const decoded = runs.find(({ component }) => component === "vae_decoder")?.feeds.latents?.data ?? [];
    return [...decoded].map(Number);
  }
});
