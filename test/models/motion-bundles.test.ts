import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isFor, type MotionBundle } from "../../core/src/models/bundle.ts";
import { readBundle } from "../../core/src/models/read-bundle.ts";
import { bundleFiles } from "../../core/src/models/verify-bundle.ts";
import { readClipLibrary } from "../../core/src/motion/clip-library.ts";
import { frameCount } from "../../core/src/motion/motion.ts";

const MODELS = join(import.meta.dirname, "../../models");
/** The starter is there once it was exported; the tiny one always. */
const IDS = ["tiny-random-motion", "starter-motion"].filter(
  (id) => id === "tiny-random-motion" || existsSync(join(MODELS, id, "bundle.json")),
);

async function open(id: string): Promise<MotionBundle> {
  const bundle = await readBundle(join(MODELS, id));
  if (!isFor("motion", bundle)) throw new Error(`${id} is a bundle for ${bundle.manifest.task}`);
  return bundle;
}

async function library(bundle: MotionBundle) {
  const { library: files } = bundle.manifest.motion_diffusion;
  if (files === undefined) throw new Error("no library");
  const json = await readFile(join(bundle.folder, files.index.file), "utf8");
  return readClipLibrary(json, await readFile(join(bundle.folder, files.data.file)));
}

describe.each(IDS)("%s", (id) => {
  test("every file is the one that the manifest names", async () => {
    const { folder, manifest } = await open(id);
    const files = bundleFiles(manifest);
    expect(files.length).toBeGreaterThanOrEqual(8);
    for (const { file, sha256, size } of files) {
      const content = await readFile(join(folder, file));
      expect(createHash("sha256").update(content).digest("hex"), file).toBe(sha256);
      if (size !== undefined) expect(content.length, file).toBe(size);
    }
  });

  test("the library's captions have vectors of length 1 and its clips start at the origin facing +Z", async () => {
    const clips = await library(await open(id));
    expect(clips.embeddings.length).toBe(clips.captions.length * clips.embedding_dim);
    for (let row = 0; row < clips.captions.length; row++) {
      let square = 0;
      for (let k = 0; k < clips.embedding_dim; k++)
        square += (clips.embeddings[row * clips.embedding_dim + k] ?? 0) ** 2;
      expect(square).toBeCloseTo(1, 3);
    }
    for (const [index, { frames, id: name }] of clips.clips.entries()) {
      const motion = clips.motion(index);
      expect(frameCount(motion), name).toBe(frames);
      expect(Math.hypot(motion.root[0] ?? 1, motion.root[2] ?? 1), name).toBeLessThan(1e-3);
      expect(motion.root[1], name).toBeGreaterThan(0);
    }
  });

  test("every clip of the library says where it is from, and each licence stands in the declaration", async () => {
    const bundle = await open(id);
    const declared = bundle.manifest.training_data;
    if (declared === "undeclared") throw new Error("undeclared");
    const known = new Set([...declared.map(({ licence }) => licence), bundle.manifest.licence.spdx]);
    for (const clip of (await library(bundle)).clips) {
      expect(known, clip.id).toContain(clip.licence);
      expect(clip.source.length, clip.id).toBeGreaterThan(4);
      if (!clip.source.startsWith("models/") && !clip.source.startsWith("procedural:")) {
        expect(clip.sha256, clip.id).toMatch(/^[0-9a-f]{64}$/);
        expect(
          declared.some(({ source }) => clip.source.startsWith(source)),
          clip.id,
        ).toBe(true);
      }
      // Its maker asks that his packs are not offered for browsing in a tool.
      expect(clip.source).not.toMatch(/kaykit/i);
    }
    for (const { licence, notice } of declared)
      if (/CMU|MIT/.test(licence)) expect(notice).toMatch(/NSF EIA-0196217|Meta/);
  });

  test("what it says that it knows stands in the library", async () => {
    const bundle = await open(id);
    const actions = new Set((await library(bundle)).clips.map(({ action }) => action));
    for (const { name } of bundle.manifest.motion_diffusion.actions) expect(actions).toContain(name);
  });
});

test.skipIf(!IDS.includes("starter-motion"))("the starter knows eighteen kinds of action in 40 MB", async () => {
  const { manifest } = await open("starter-motion");
  expect(manifest.motion_diffusion.actions.length).toBeGreaterThanOrEqual(18);
  const bytes = bundleFiles(manifest).reduce((sum, { size = 0 }) => sum + size, 0);
  expect(bytes).toBeLessThan(40_000_000);
});
