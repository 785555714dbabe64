import { mkdtempSync, rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readBundle } from "../../core/src/models/read-bundle.ts";
import { makeBundle, sha256Of } from "./make-bundle.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "genga-bundle-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a whole bundle is read, its identity is the hash of bundle.json", async () => {
  const manifest = makeBundle(folder, { id: "whole" });
  const bundle = await readBundle(folder);
  expect(bundle.manifest).toEqual(manifest);
  expect(bundle.manifest_sha256).toBe(sha256Of(join(folder, "bundle.json")));
});

test("a folder without bundle.json is no bundle", async () => {
  await expect(readBundle(folder)).rejects.toMatchObject({ code: "BUNDLE_NOT_FOUND" });
});

test("a manifest that is not JSON is refused", async () => {
  writeFileSync(join(folder, "bundle.json"), "{ not json");
  await expect(readBundle(folder)).rejects.toMatchObject({
    code: "BUNDLE_INVALID",
    message: expect.stringContaining("bundle.json is not JSON"),
  });
});

test("each issue of a manifest is named by its field, with no path of this machine", async () => {
  const manifest = makeBundle(folder, { id: "faulty" });
  const faulty = {
    ...manifest,
    version: "",
    components: { ...manifest.components, unet: { ...manifest.components.unet, size: 0 } },
  };
  writeFileSync(join(folder, "bundle.json"), JSON.stringify(faulty));
  const error = await readBundle(folder).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "BUNDLE_INVALID" });
  const text = JSON.stringify(
    error,
    Object.getOwnPropertyNames(error).filter((name) => name !== "stack" && name !== "cause"),
  );
  expect(text).toContain("version");
  expect(text).toContain("components.unet.size");
  expect(text).not.toContain(tmpdir());
});

test.each(["../outside.onnx", "/etc/passwd", "sub/../../x.onnx"])("the file name %s is refused", async (file) => {
  makeBundle(folder, {
    id: "traversal",
    change: ({ components }) => {
      if (components.unet !== undefined) components.unet = { ...components.unet, file };
    },
  });
  await expect(readBundle(folder)).rejects.toMatchObject({
    code: "BUNDLE_INVALID",
    message: expect.stringContaining("components.unet.file"),
  });
});

test("a link that leads out of the bundle is refused, one that stays inside is taken", async () => {
  const bundle = join(folder, "bundle");
  makeBundle(bundle);
  writeFileSync(join(folder, "outside.onnx"), "x".repeat(102));
  unlinkSync(join(bundle, "tokenizer.json"));
  symlinkSync("tokenizer_config.json", join(bundle, "tokenizer.json"));
  await readBundle(bundle);
  unlinkSync(join(bundle, "add.onnx"));
  symlinkSync("../outside.onnx", join(bundle, "add.onnx"));
  await expect(readBundle(bundle)).rejects.toMatchObject({
    code: "BUNDLE_INVALID",
    message: expect.stringContaining("add.onnx is a link that leads out of the bundle"),
  });
});

test("a missing file and a file of another size are told apart", async () => {
  makeBundle(folder, { id: "files" });
  truncateSync(join(folder, "add.onnx"), 50);
  await expect(readBundle(folder)).rejects.toMatchObject({
    code: "BUNDLE_CORRUPT",
    data: { file: "add.onnx", expected_size: 102, size: 50 },
  });
  unlinkSync(join(folder, "add.onnx"));
  await expect(readBundle(folder)).rejects.toMatchObject({
    code: "BUNDLE_INVALID",
    message: expect.stringContaining("add.onnx is missing"),
  });
});

test("a bundle that lacks a component of its family is refused", async () => {
  makeBundle(folder, {
    id: "lacking",
    change: ({ components, stable_diffusion }) => {
      delete components.unet;
      stable_diffusion.controls = [
        { kind: "depth", component: "controlnet_depth", channels: 3, channel_order: "rgb", invert: false },
      ];
    },
  });
  await expect(readBundle(folder)).rejects.toMatchObject({
    code: "BUNDLE_INVALID",
    data: {
      issues: [
        { path: "components.unet", message: expect.stringContaining("is missing") },
        { path: "stable_diffusion.controls[0].component", message: expect.stringContaining("controlnet_depth") },
      ],
    },
  });
});
