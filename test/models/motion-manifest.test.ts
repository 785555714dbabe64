import { cpSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { afterEach, beforeEach, expect, it, test } from "vitest";
import type { ManifestOf } from "../../core/src/models/bundle.ts";
import { MotionDiffusionBundleSchema } from "../../core/src/models/bundle-manifest.ts";
import { bundleSummary } from "../../core/src/models/bundle-summary.ts";
import { DigestCache } from "../../core/src/models/digest-cache.ts";
import { importBundle } from "../../core/src/models/import-bundle.ts";
import { readBundle } from "../../core/src/models/read-bundle.ts";
import { openRegistry } from "../../core/src/models/registry.ts";
import { verifyBundle } from "../../core/src/models/verify-bundle.ts";
import { BundleSummarySchema } from "../../core/src/protocol/core-messages.ts";
import { admitBundle } from "../../core/src/provenance/policy.ts";

const TINY = fileURLToPath(new URL("../../models/tiny-random-motion", import.meta.url));
const IMAGE = fileURLToPath(new URL("../../models/tiny-random-sd", import.meta.url));

let home: string;
let folder: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "genga-motion-manifest-"));
  folder = join(home, "bundle");
  cpSync(TINY, folder, { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Changes the copy's bundle.json. */
function change(edit: (manifest: ManifestOf<"motion">) => void): void {
  const file = join(folder, "bundle.json");
  const manifest = MotionDiffusionBundleSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  edit(manifest);
  writeFileSync(file, JSON.stringify(manifest));
}

it.each(["statistics.json", "library.json", "library.bin"])(
  "a changed %s shows, as a changed graph does",
  async (name) => {
    const file = join(folder, name);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const bundle = await readBundle(folder);
    const digests = new DigestCache(join(home, "digests"));
    await expect(verifyBundle(bundle, digests)).rejects.toMatchObject({ code: "BUNDLE_CORRUPT", data: { file: name } });
  },
);

it.each(["statistics.json", "library.bin"])("without its %s a bundle is not read", async (name) => {
  unlinkSync(join(folder, name));
  await expect(readBundle(folder)).rejects.toMatchObject({
    code: "BUNDLE_INVALID",
    message: expect.stringContaining(`${name} is missing`),
  });
});

it.each<[string, (manifest: ManifestOf<"motion">) => void, string, string]>([
  [
    "no denoiser",
    ({ components }) => delete components.denoiser,
    "components.denoiser",
    "is missing; a motion-diffusion",
  ],
  [
    "a library that nothing searches",
    ({ components }) => delete components.retriever,
    "components.retriever",
    "nothing else searches",
  ],
  [
    "windows that overlap by more than half",
    ({ motion_diffusion }) => {
      motion_diffusion.overlap_frames = motion_diffusion.window_frames;
    },
    "motion_diffusion.overlap_frames",
    "expected at most half of window_frames",
  ],
  [
    "a condition named twice",
    ({ motion_diffusion }) => {
      motion_diffusion.conditions = ["path", "path"];
    },
    "motion_diffusion.conditions",
    "names path twice",
  ],
  [
    "a default that is too long",
    ({ motion_diffusion }) => {
      motion_diffusion.max_duration_s = 1;
    },
    "motion_diffusion.defaults.duration_s",
    "expected at most max_duration_s, 1",
  ],
])("a motion bundle with %s is refused", async (_, edit, path, message) => {
  change(edit);
  await expect(readBundle(folder)).rejects.toMatchObject({
    code: "BUNDLE_INVALID",
    data: { issues: [{ path, message: expect.stringContaining(message) }] },
  });
});

test("family and task belong together, and each family has its own block", async () => {
  const file = join(folder, "bundle.json");
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  for (const wrong of [
    { ...manifest, task: "image" },
    { ...manifest, family: "stable-diffusion" },
    { ...manifest, family: "nonsense" },
    { ...manifest, motion_diffusion: undefined },
  ]) {
    writeFileSync(file, JSON.stringify(wrong));
    await expect(readBundle(folder)).rejects.toMatchObject({ code: "BUNDLE_INVALID" });
  }
});

test("an import takes the library and the statistics along, and checks them", async () => {
  const options = { folder: join(home, "bundles"), cache_folder: join(home, "cache") };
  const imported = await importBundle(folder, options);
  for (const name of ["library.bin", "library.json", "statistics.json", "retriever.onnx"]) {
    expect(readFileSync(join(imported.folder, name))).toEqual(readFileSync(join(TINY, name)));
  }
  const bytes = readFileSync(join(folder, "library.bin"));
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  writeFileSync(join(folder, "library.bin"), bytes);
  await expect(importBundle(folder, { ...options, folder: join(home, "others") })).rejects.toMatchObject({
    code: "BUNDLE_CORRUPT",
  });
});

test("the registry gives each task its own default, and no bundle to another task", async () => {
  cpSync(IMAGE, join(home, "pictures"), { recursive: true });
  const logger = pino({ level: "silent" });
  const registry = await openRegistry({ folders: [home], cache_folder: join(home, "cache"), logger });
  expect(registry.defaultBundle("motion").manifest.id).toBe("tiny-random-motion");
  expect(registry.defaultBundle("image").manifest.id).toBe("tiny-random-sd");
  expect(registry.bundleFor("motion", "tiny-random-motion").manifest.motion_diffusion.fps).toBe(20);
  expect(() => registry.bundleFor("image", "tiny-random-motion")).toThrow(
    expect.objectContaining({
      code: "INVALID_REQUEST",
      message: 'The bundle "tiny-random-motion" is for the task "motion"; the request\'s is "image".',
    }),
  );
});

test("clients hear what it knows and takes, and nothing of pictures", async () => {
  const bundle = await readBundle(folder);
  const summary = BundleSummarySchema.parse(bundleSummary(bundle, { allowed: true }));
  expect(summary).toMatchObject({
    task: "motion",
    family: "motion-diffusion",
    controls: [],
    requires_control: false,
    motion: {
      modes: ["hybrid", "generated", "retrieved"],
      conditions: ["path", "height", "heading", "pose"],
      max_duration_s: 120,
    },
  });
  expect(summary.motion?.actions.every(({ prompts }) => prompts.length > 0)).toBe(true);
  for (const field of ["defaults", "size", "supports_guidance", "takes_init_image", "max_regions"]) {
    expect(summary).not.toHaveProperty(field);
  }
  change((manifest) => {
    delete manifest.motion_diffusion.library;
  });
  expect(bundleSummary(await readBundle(folder), { allowed: true }).motion?.modes).toEqual(["generated"]);
});

test("records name statistics and library beside the graphs", async () => {
  const { files } = admitBundle(await readBundle(folder), { mode: "declared", allow_list: new Set() });
  expect(files.map(({ component, file }) => `${component}: ${file}`)).toEqual(
    expect.arrayContaining([
      "denoiser: denoiser.onnx",
      "statistics: statistics.json",
      "library: library.json",
      "library: library.bin",
    ]),
  );
});
