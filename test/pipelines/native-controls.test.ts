import sharp from "sharp";
import { afterAll, expect, it } from "vitest";
import type { BundleSessions, NamedTensors } from "../../core/src/inference/session.ts";
import type { ImageBundle } from "../../core/src/models/bundle.ts";
import { generateImages } from "../../core/src/pipelines/controlnet-image.ts";
import { addAsset, makeContext, openTinySessions, resolve, tinyBundle } from "./tiny-bundle.ts";

const { manifest } = tinyBundle;
const sd = manifest.stable_diffusion;
/** The tiny bundle as if it took depth, segmentation and regions natively: its text encoder, UNet and VAE are real. */
const native: ImageBundle = {
  ...tinyBundle,
  manifest: {
    ...manifest,
    stable_diffusion: {
      ...sd,
      controls: sd.controls
        .filter(({ kind }) => kind === "depth" || kind === "segmentation")
        .map((control) => ({ ...control, component: "control_encoder", channels: control.kind === "depth" ? 1 : 3 })),
      control_encoder: {
        maps: ["segmentation", "depth"],
        max_regions: 2,
        phrase_output: "hidden_states",
        features: ["feature_0"],
      },
    },
  },
};
const real = openTinySessions();
afterAll(() => real.close());

it("runs the control encoder once, and again only when a map's range ends", async () => {
  const encoderFeeds: NamedTensors[] = [];
  const featuresSeen: number[] = [];
  const sessions: BundleSessions = {
    async session(name) {
      if (name === "control_encoder") {
        return {
          provider: "cpu",
          run: async (feeds) => {
            encoderFeeds.push(feeds);
            return { feature_0: { dims: [1], data: Float32Array.of(encoderFeeds.length) } };
          },
        };
      }
      const session = await real.session(name);
      if (name !== "unet") return session;
      return {
        provider: session.provider,
        run: ({ feature_0, ...feeds }, outputs) => {
          featuresSeen.push(Number(feature_0?.data[0]));
          return session.run(feeds, outputs);
        },
      };
    },
  };
  const assets = new Map<string, Uint8Array>();
  const map = async (left: [number, number, number], right: [number, number, number]) => {
    const data = Uint8Array.from({ length: 64 * 64 }).reduce(
      (pixels, _, i) => {
        pixels.set(i % 64 < 32 ? left : right, i * 3);
        return pixels;
      },
      new Uint8Array(64 * 64 * 3),
    );
    return addAsset(
      assets,
      await sharp(data, { raw: { width: 64, height: 64, channels: 3 } })
        .png()
        .toBuffer(),
    );
  };
  const params = resolve(
    {
      prompt: "a street",
      controls: [
        {
          kind: "depth",
          image: await map([255, 255, 255], [51, 51, 51]),
          conditioning_scale: 0.5,
          control_guidance_end: 0.5,
        },
        { kind: "segmentation", image: await map([255, 0, 0], [0, 0, 255]) },
      ],
      regions: [
        { prompt: "red wall", color: "#ff0000" },
        { prompt: "blue sky", color: "#0000ff" },
      ],
    },
    native,
  );
  await generateImages(params, makeContext(sessions, assets, native).context);

  expect(featuresSeen).toEqual([1, 1, 2, 2]);
  const [first, second] = encoderFeeds;
  expect(first?.maps?.dims).toEqual([2, 4, 64, 64]);
  expect([...(first?.maps_present?.data ?? [])].map(Number)).toEqual([1, 0.5, 1, 0.5]);
  expect([...(second?.maps_present?.data ?? [])].map(Number)).toEqual([1, 0, 1, 0]);
  // Segmentation's three channels come first, then depth: white on the left, a fifth on the right.
  const at = (channel: number, x: number) => Number(first?.maps?.data[channel * 4096 + x]);
  expect([at(0, 0), at(2, 0), at(0, 63), at(2, 63)]).toEqual([1, 0, 0, 1]);
  expect(at(3, 0)).toBe(1);
  expect(at(3, 63)).toBeCloseTo(0.2, 6);
  expect([...(first?.region_ids?.data.subarray(30, 34) ?? [])].map(Number)).toEqual([1, 1, 2, 2]);
  // Row 0 is the negative prompt: its phrase stands in for every region; row 1 has three different ones.
  const phrases = first?.phrase_embeddings;
  const [rows = 0, count = 0, dim = 0] = phrases?.dims ?? [];
  expect([rows, count]).toEqual([2, 3]);
  const phrase = (row: number, i: number) =>
    [...(phrases?.data ?? [])].slice((row * count + i) * dim, (row * count + i + 1) * dim);
  expect(phrase(0, 1)).toEqual(phrase(0, 0));
  expect(phrase(1, 1)).not.toEqual(phrase(1, 2));
});

it("refuses more regions than the bundle takes", () => {
  const regions = Array.from({ length: 3 }, () => ({ prompt: "x", mask: "00".repeat(32) }));
  expect(() => resolve({ prompt: "", regions }, native)).toThrow(/params\.regions must have at most 2 items/);
});
