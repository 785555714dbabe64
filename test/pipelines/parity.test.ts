import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { generateImages } from "../../core/src/pipelines/controlnet-image.ts";
import { addAsset, makeContext, openTinySessions, resolve, type SeenRun, tinyBundle } from "./tiny-bundle.ts";

interface Case {
  name: string;
  params: Record<string, unknown> & { init_image?: string; mask_image?: string; controls?: Record<string, unknown>[] };
  timesteps: number[];
  shape: number[];
  largest: number;
  latents: string;
  image?: string;
}
const folder = new URL("../golden/diffusers/", import.meta.url);
const golden: { cases: Case[] } = JSON.parse(readFileSync(new URL("cases.json", folder), "utf8"));

const runs: SeenRun[] = [];
const sessions = openTinySessions((run) => runs.push(run));
afterAll(() => sessions.close());

/** Runs a case; gives the final latents of all its pictures, and the pictures. */
async function run({ params }: Case) {
  const assets = new Map<string, Uint8Array>();
  const asset = (file: unknown) => addAsset(assets, readFileSync(new URL(String(file), folder)));
  const resolved = resolve({
    ...params,
    ...(params.init_image === undefined ? {} : { init_image: asset(params.init_image) }),
    ...(params.mask_image === undefined ? {} : { mask_image: asset(params.mask_image) }),
    controls: (params.controls ?? []).map((control) => ({ ...control, image: asset(control.image) })),
  });
  runs.length = 0;
  const images = await generateImages(resolved, makeContext(sessions, assets).context);
  const { scaling_factor } = tinyBundle.manifest.stable_diffusion;
  const latents = runs
    .filter(({ component }) => component === "vae_decoder")
    .flatMap(({ feeds }) => [...(feeds.latents?.data ?? [])].map((value) => Number(value) * scaling_factor));
  const timesteps = runs.filter(({ component }) => component === "unet").map(({ timestep }) => timestep);
  return { latents, images, timesteps };
}

describe("parity with diffusers on the same weights", () => {
  it("covers every scheduler, task and number of ControlNets", () => {
    expect(golden.cases.length).toBeGreaterThanOrEqual(63);
  });

  it.each(golden.cases)("$name", async (entry) => {
    const { latents, images, timesteps } = await run(entry);
    const bytes = Buffer.from(entry.latents, "base64");
    const expected = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    expect(latents).toHaveLength(expected.length);
    expect(timesteps.slice(0, entry.timesteps.length)).toEqual(entry.timesteps);
    const worst = latents.reduce((most, value, k) => Math.max(most, Math.abs(value - (expected[k] ?? Number.NaN))), 0);
    if (process.env.PARITY_REPORT !== undefined)
      console.log(`${entry.name}: ${worst.toExponential(1)} of ${entry.largest}`);
    // ≤ 1e-4 absolute, or 5e-6 of the largest latent where that is more.
    expect(worst).toBeLessThanOrEqual(Math.max(1e-4, 5e-6 * entry.largest));

    if (entry.image === undefined || entry.params.mask_image !== undefined) return;
    const pixels = Buffer.from(entry.image, "base64");
    const actual = Buffer.concat(images.map(({ image }) => image.data));
    expect(actual.length).toBe(pixels.length);
    expect(
      actual.reduce((most, value, k) => Math.max(most, Math.abs(value - (pixels[k] ?? 999))), 0),
    ).toBeLessThanOrEqual(1);
  });
});
