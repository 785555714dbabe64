import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { triangleCount } from "../../core/src/mesh/mesh.ts";
import { readBundle } from "../../core/src/models/read-bundle.ts";
import { denoiseMesh } from "../../core/src/pipelines/denoise-mesh.ts";
import { planGenerated } from "../../core/src/pipelines/generated-source.ts";
import { encodeMeshContext } from "../../core/src/pipelines/mesh-context.ts";
import { openMeshField } from "../../core/src/pipelines/mesh-field.ts";
import { prepareReference } from "../../core/src/pipelines/mesh-reference.ts";
import { generateMeshes } from "../../core/src/pipelines/text-to-3d.ts";
import type { Tensor } from "../../core/src/tensor/tensor.ts";
import { makeMeshContext, openMeshSessions, readMeshBundle, resolveMesh, type SeenMeshRun } from "./mesh-bundle.ts";

/** Published architectures with random weights, and what diffusers and transformers give; models/export/make_tiny_image_to_3d.py. */
function open(name: string) {
  const folder = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
  const bundle = readMeshBundle(folder);
  const runs: SeenMeshRun[] = [];
  const golden: Record<string, { dims: number[]; data: number[] }> & Record<string, unknown> = JSON.parse(
    readFileSync(`${folder}/golden.json`, "utf8"),
  );
  const tensor = (key: string): Tensor => {
    const found = golden[key];
    if (found === undefined) throw new Error(`no ${key} in the golden file`);
    return { dims: found.dims, data: Float32Array.from(found.data) };
  };
  return { bundle, golden, tensor, runs, sessions: openMeshSessions(bundle, (run) => runs.push(run)) };
}
const flow = open("tiny-triposg");
const scene = open("tiny-triposr");
afterAll(async () => {
  await flow.sessions.close();
  await scene.sessions.close();
});

/** A red disc on a transparent ground. */
const disc = await sharp(
  Buffer.from('<svg width="64" height="48"><circle cx="30" cy="22" r="15" fill="#c03020"/></svg>'),
)
  .png()
  .toBuffer();
const IMAGE = createHash("sha256").update(disc).digest("hex");
const assets = new Map([[IMAGE, disc as Uint8Array]]);
/** Enough of a lump to tell that there is one. */
const SMALL = { target_triangles: 2000, texture_size: 384, grid_resolution: 16 };
const worst = (met: ArrayLike<number>, expected: ArrayLike<number>) => {
  expect(met.length).toBe(expected.length);
  return Array.from(met).reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] ?? 9e9))), 0);
};
const signal = new AbortController().signal;

describe("a TripoSG-class bundle", () => {
  it("makes the same latent and field as networks of diffusers' parts, from a picture's rows on", async () => {
    const { bundle, sessions, tensor, golden } = flow;
    const encoder = await sessions.session("image_encoder");
    const { context } = await encoder.run({ pixel_values: tensor("pixels") }, ["context"]);
    const said = { dims: context?.dims ?? [], data: context?.data as Float32Array };
    expect(said.dims).toEqual(tensor("context").dims);
    expect(worst(said.data, tensor("context").data)).toBeLessThan(2e-5);
    const unsaid = { dims: said.dims, data: new Float32Array(said.data.length) };
    const guesses: Float32Array[] = [];
    const latent = await denoiseMesh(
      { said, unsaid, warnings: [] },
      { bundle, sessions },
      {
        seed: golden.seed as unknown as number,
        num_inference_steps: golden.steps as unknown as number,
        guidance_scale: golden.guidance_scale as unknown as number,
        onStep: async (_, guess) => void guesses.push(guess().data),
      },
    );
    expect(worst(latent.data, tensor("latent").data)).toBeLessThan(5e-5);
    expect(worst(guesses.at(-1) ?? [], latent.data)).toBeLessThan(1e-5);
    const field = await openMeshField(tensor("latent"), { bundle, sessions, signal });
    // The published decoder is above 0 inside.
    const values = (await field.values(tensor("points").data)).map((value) => -value);
    expect(worst(values, tensor("field").data)).toBeLessThan(2e-5);
  });

  it("shows the encoder the picture as prepared, and goes from it to a closed mesh without colour", async () => {
    const { bundle, sessions, runs } = flow;
    runs.length = 0;
    const { context, progress } = makeMeshContext(sessions, assets, bundle);
    const params = resolveMesh({ image: IMAGE, seed: 3, ...SMALL }, bundle);
    const [made] = await generateMeshes(params, context);
    const seen = runs.find(({ component }) => component === "image_encoder")?.feeds.pixel_values;
    const { image } = bundle.manifest.mesh_diffusion;
    const alone = await encodeMeshContext(params, context);
    expect(seen?.dims).toEqual([1, 3, 28, 28]);
    // Red in the middle, white in the corner: (value - mean) / std.
    const pixels = Array.from(seen?.data as Float32Array);
    expect(pixels[14 * 28 + 14]).toBeCloseTo((0xc0 / 255 - 0.485) / 0.229, 2);
    expect(pixels[0]).toBeCloseTo((1 - 0.485) / 0.229, 5);
    expect(image?.foreground_ratio).toBeCloseTo(0.952, 3);
    expect(alone.unsaid.data.every((value) => value === 0)).toBe(true);
    expect(runs.filter(({ component }) => component === "denoiser")).toHaveLength(4);
    expect(made?.origin).toMatchObject({ source: "generated", confidence: 1 });
    expect(made?.origin.warnings).toContainEqual(expect.stringContaining("gives no colour"));
    const [part] = made?.levels[0]?.parts ?? [];
    if (part === undefined) throw new Error("no mesh came out");
    expect(triangleCount(part.mesh)).toBeGreaterThan(100);
    expect(triangleCount(part.mesh)).toBeLessThanOrEqual(SMALL.target_triangles);
    expect(progress.at(-1)?.progress).toBe(1);
  });
});

describe("a TripoSR-class bundle", () => {
  it("gives density and colour as the published formulas do, in glTF's axes, whatever the seed", async () => {
    const { bundle, sessions, tensor } = scene;
    const encoder = await sessions.session("image_encoder");
    const { context } = await encoder.run({ pixel_values: tensor("pixels") }, ["context"]);
    const said = { dims: context?.dims ?? [], data: context?.data as Float32Array };
    expect(worst(said.data, tensor("context").data)).toBeLessThan(2e-5);
    const make = (seed: number) => {
      const options = { seed, num_inference_steps: 1, guidance_scale: 1, onStep: async () => {} };
      return denoiseMesh({ said, unsaid: said, warnings: [] }, { bundle, sessions }, options);
    };
    const latent = await make(1);
    expect(await make(2)).toEqual(latent);
    const field = await openMeshField(latent, { bundle, sessions, signal });
    const { values, colours } = await field.sample(tensor("points").data);
    const logs = tensor("field").data.map((density) => Math.log(25) - Math.log(density));
    expect(worst(values, logs)).toBeLessThan(2e-4);
    expect(worst(colours ?? [], tensor("colour").data)).toBeLessThan(2e-5);
  });

  it("makes a coloured mesh in one pass, as long as was asked for", async () => {
    const { bundle, sessions, runs } = scene;
    runs.length = 0;
    const { context } = makeMeshContext(sessions, assets, bundle);
    const [made] = await generateMeshes(resolveMesh({ image: IMAGE, seed: 1, ...SMALL, size_m: 2 }, bundle), context);
    const [model] = made?.levels ?? [];
    expect(runs.filter(({ component }) => component === "backbone")).toHaveLength(1);
    expect(model?.materials[0]?.baseColourTexture?.width).toBe(SMALL.texture_size);
    expect(made?.origin.warnings).toEqual([]);
    const positions = model?.parts[0]?.mesh.positions ?? new Float32Array();
    const extent = [0, 1, 2].map((axis) => {
      const own = Array.from(positions).filter((_, k) => k % 3 === axis);
      return Math.max(...own) - Math.min(...own);
    });
    expect(Math.max(...extent)).toBeCloseTo(2, 5);
  });

  it("says that words are not read", () => {
    const warned = (prompt: string) =>
      planGenerated(resolveMesh({ image: IMAGE, prompt }, scene.bundle), scene.bundle).origin.warnings;
    expect(warned("")).toEqual([]);
    expect(warned("a red ball")).toEqual([expect.stringContaining("sees the picture alone")]);
  });

  it("refuses variations that would all be alike", () => {
    expect(() => resolveMesh({ image: IMAGE, num_meshes_per_prompt: 2 }, scene.bundle)).toThrow(
      "params.num_meshes_per_prompt",
    );
  });
});

describe.each([flow, scene])("bundles told by pictures", ({ bundle, sessions }) => {
  it("read whole from disk, licence and all", async () => {
    const read = await readBundle(bundle.folder);
    expect(read.manifest_sha256).toBe(bundle.manifest_sha256);
    expect(read.manifest.licence.spdx).toBe("Apache-2.0");
  });

  it("refuse words alone, and other sources, saying what to give", () => {
    expect(() => resolveMesh({ prompt: "a red chair" }, bundle)).toThrow(/params\.image.*must be given/);
    expect(() => resolveMesh({ prompt: "" }, bundle)).toThrow(/params\.image/);
    expect(() => resolveMesh({ image: IMAGE, source: "parametric" }, bundle)).toThrow("params.source");
  });

  it("say which picture cannot be read", async () => {
    const broken = new Map([[IMAGE, Uint8Array.of(1, 2, 3) as Uint8Array]]);
    const { context } = makeMeshContext(sessions, broken, bundle);
    await expect(generateMeshes(resolveMesh({ image: IMAGE }, bundle), context)).rejects.toMatchObject({
      code: "ASSET_UNREADABLE",
      message: expect.stringContaining("params.image: "),
    });
  });

  it("give the same rows for a cut-out and for the same thing on a plain ground", async () => {
    const { image } = bundle.manifest.mesh_diffusion;
    if (image === undefined) throw new Error("told by pictures");
    const square = (alpha: number) => ({
      width: 12,
      height: 12,
      colours: Float32Array.from({ length: 432 }, (_, k) => {
        const [x, y] = [Math.floor(k / 3) % 12, Math.floor(k / 36)];
        return x > 3 && x < 8 && y > 3 && y < 8 ? (k % 3) / 2 : 0.8;
      }),
      alpha: Float32Array.from({ length: 144 }, (_, pixel) => {
        const [x, y] = [pixel % 12, Math.floor(pixel / 12)];
        return x > 3 && x < 8 && y > 3 && y < 8 ? 1 : alpha;
      }),
    });
    expect(prepareReference(square(1), image)).toEqual(prepareReference(square(0), image));
  });
});
