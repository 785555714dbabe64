import { NodeIO } from "@gltf-transform/core";
import { validateBytes } from "gltf-validator";
import { afterAll, describe, expect, it } from "vitest";
import { readGlb, writeGlb } from "../../core/src/formats/glb-file.ts";
import { checkTextureMesh } from "../../core/src/pipelines/check-texture-mesh.ts";
import { textureMesh } from "../../core/src/pipelines/texture-mesh.ts";
import { resolveTextureParams } from "../../core/src/pipelines/texture-params.ts";
import { LIMITS_DEFAULTS } from "../../core/src/protocol/limits.ts";
import { makeGlb } from "../formats/make-glb.ts";
import { addAsset, makeContext, openTinySessions, type SeenRun, tinyBundle } from "./tiny-bundle.ts";

const runs: SeenRun[] = [];
let onRun: () => void = () => {};
const sessions = openTinySessions((run) => {
  runs.push(run);
  onRun();
});
afterAll(() => sessions.close());

async function paint(
  glb: Uint8Array,
  params: Record<string, unknown> = {},
  change?: (cancel: AbortController) => void,
) {
  runs.length = 0;
  const assets = new Map<string, Uint8Array>();
  const mesh = addAsset(assets, glb);
  const seen = makeContext(sessions, assets);
  change?.(seen.cancel);
  const resolved = resolveTextureParams(
    { mesh, prompt: "oak", seed: 3, view_size: 64, texture_size: 128, num_inference_steps: 2, ...params },
    { bundle: tinyBundle, limits: LIMITS_DEFAULTS, drawSeed: () => 99 },
  );
  const [made] = await textureMesh(resolved, seen.context);
  if (made === undefined) throw new Error("nothing was painted");
  return { ...made, ...seen };
}
const countOf = (component: string) => runs.filter((run) => run.component === component).length;
const read = (bytes: Uint8Array) => new NodeIO().readBinary(bytes);

describe("textureMesh", () => {
  it("paints nearly all that can be seen of the named object, and nothing of the other", async () => {
    const glb = await makeGlb();
    const { bytes, facts } = await paint(glb, { objects: ["left"] });
    expect(facts).toMatchObject({ objects: ["left"], texture_size: 128, warnings: [] });
    expect(facts.painted).toBeGreaterThanOrEqual(0.95);
    const [before, after] = [await read(glb), await read(bytes)];
    for (const [index, mesh] of before.getRoot().listMeshes().entries()) {
      const other = after.getRoot().listMeshes()[index]?.listPrimitives()[0];
      for (const name of mesh.listPrimitives()[0]?.listSemantics() ?? []) {
        const [old, made] = [mesh.listPrimitives()[0]?.getAttribute(name), other?.getAttribute(name)];
        expect(Buffer.from(made?.getArray()?.buffer ?? []).equals(Buffer.from(old?.getArray()?.buffer ?? []))).toBe(
          true,
        );
      }
    }
    const { issues } = await validateBytes(bytes);
    expect(issues.numErrors).toBe(0);
    expect(issues.numWarnings).toBe((await validateBytes(glb)).issues.numWarnings);
    const [left, right] = after.getRoot().listMaterials();
    expect(left?.getBaseColorTexture()?.getSize()).toEqual([128, 128]);
    const blue = before.getRoot().listMaterials()[1]?.getBaseColorTexture()?.getImage();
    expect(Buffer.from(right?.getBaseColorTexture()?.getImage() ?? []).equals(Buffer.from(blue ?? []))).toBe(true);
  });

  it("gives the same bytes for the same request and seed, and others for another seed", async () => {
    const glb = await makeGlb();
    const once = await paint(glb, { max_views: 2 });
    expect(Buffer.from((await paint(glb, { max_views: 2 })).bytes).equals(Buffer.from(once.bytes))).toBe(true);
    expect(Buffer.from((await paint(glb, { max_views: 2, seed: 4 })).bytes).equals(Buffer.from(once.bytes))).toBe(
      false,
    );
  });

  it("starts the first view from noise and each later one from what is painted", async () => {
    const { facts } = await paint(await makeGlb(), { max_views: 6 });
    const order = runs.map(({ component }) => component).filter((component) => component.startsWith("vae"));
    expect(order[0]).toBe("vae_decoder");
    expect(countOf("vae_decoder")).toBe(facts.views);
    expect(countOf("vae_encoder")).toBeGreaterThanOrEqual(facts.views - 2);
  });

  it("starts every view from the present look when some of it is kept", async () => {
    const { facts } = await paint(await makeGlb(), { max_views: 2, strength: 0.5, num_inference_steps: 4 });
    expect(countOf("vae_encoder")).toBe(2);
    expect(facts.views).toBe(2);
  });

  it("gives each material a texture of its own and both objects theirs where they share one layout", async () => {
    const { bytes } = await paint(await makeGlb({ isShared: true }), { max_views: 2 });
    const materials = (await read(bytes)).getRoot().listMaterials();
    const used = (await read(bytes))
      .getRoot()
      .listMeshes()
      .map((mesh) => mesh.listPrimitives()[0]?.getMaterial()?.getName());
    expect(new Set(used).size).toBe(2);
    expect(materials.length).toBeGreaterThanOrEqual(2);
  });

  it("says so where mirrored coordinates give several places one colour", async () => {
    const document = await read(await makeGlb());
    const uvs = document.getRoot().listMeshes()[0]?.listPrimitives()[0]?.getAttribute("TEXCOORD_0");
    // All six sides in one cell.
    for (let row = 0; row < (uvs?.getCount() ?? 0); row += 1) {
      const [u = 0, v = 0] = uvs?.getElement(row, []) ?? [];
      uvs?.setElement(row, [(u * 3) % 1, (v * 2) % 1]);
    }
    const { facts } = await paint(await new NodeIO().writeBinary(document), { objects: ["left"], max_views: 1 });
    expect(facts.warnings[0]).toMatch(/^(9\d|100) % of the texels of "red" stand for several places/);
  });

  it("unwraps what has no coordinates when asked to", async () => {
    const { bytes, facts } = await paint(await makeGlb({ hasUvs: false }), { unwrap: "missing", max_views: 4 });
    expect(facts.painted).toBeGreaterThan(0.5);
    const { issues } = await validateBytes(bytes);
    expect([issues.numErrors, issues.numWarnings]).toEqual([0, 0]);
    for (const mesh of (await read(bytes)).getRoot().listMeshes()) {
      const uvs = mesh.listPrimitives()[0]?.getAttribute("TEXCOORD_0");
      expect(uvs?.getCount()).toBeGreaterThanOrEqual(24);
      expect(Math.max(...(uvs?.getMax([]) ?? [2]))).toBeLessThanOrEqual(1);
    }
  });

  it("reports progress that never goes back and ends at 1, and a turntable after each view", async () => {
    const { progress, previews, facts } = await paint(await makeGlb(), {
      max_views: 2,
      preview: { every_steps: 1, max_size: 64 },
    });
    for (const [i, { progress: value, step }] of progress.entries()) {
      expect(value).toBeGreaterThanOrEqual(progress[i - 1]?.progress ?? 0);
      expect(step).toBeGreaterThanOrEqual(progress[i - 1]?.step ?? 0);
    }
    expect(progress.at(-1)).toMatchObject({ progress: 1, step: 4, total_steps: 4 });
    expect(previews.map(({ image, step }) => [image.width, image.height, step])).toEqual([
      [64, 16, 2],
      [64, 16, 4],
    ]);
    expect(facts.views).toBe(previews.length);
  });

  it("stops within a step when cancelled", async () => {
    const glb = await makeGlb();
    const cancelled = paint(glb, {}, (cancel) => {
      onRun = () => cancel.abort(new Error("enough"));
    });
    await expect(cancelled).rejects.toThrow("enough");
    expect(runs.length).toBeLessThan(4);
    onRun = () => {};
  });
});

describe("checkTextureMesh", () => {
  const check = (glb: Uint8Array, change = {}) =>
    checkTextureMesh(glb, { objects: [], unwrap: "never", texture_size: 1024, ...change });

  it("lets through what can be painted", async () => {
    await check(await makeGlb());
    await check(await makeGlb({ hasUvs: false }), { unwrap: "missing" });
  });

  it("refuses a mesh without texture coordinates, names it and says what to do", async () => {
    await expect(check(await makeGlb({ hasUvs: false }), { objects: ["right"] })).rejects.toMatchObject({
      code: "INVALID_REQUEST",
      message: expect.stringMatching(/no texture coordinates on "right"/),
      remedy: expect.stringMatching(/unwrap/i),
    });
  });

  it("refuses coordinates that have no area", async () => {
    const document = await read(await makeGlb());
    const uvs = document.getRoot().listMeshes()[0]?.listPrimitives()[0]?.getAttribute("TEXCOORD_0");
    for (let row = 0; row < (uvs?.getCount() ?? 0); row += 1) uvs?.setElement(row, [0.5, 0.5]);
    await expect(check(await new NodeIO().writeBinary(document))).rejects.toMatchObject({
      code: "INVALID_REQUEST",
      message: expect.stringMatching(/"red" have no area/),
    });
  });

  it("refuses broken and compressed files and unknown objects", async () => {
    const glb = await makeGlb();
    await expect(check(glb.subarray(0, 300))).rejects.toMatchObject({ code: "ASSET_UNREADABLE" });
    const file = readGlb(glb);
    const packed = writeGlb({ ...file, json: { ...file.json, extensionsUsed: ["KHR_draco_mesh_compression"] } });
    await expect(check(packed)).rejects.toMatchObject({ remedy: expect.stringMatching(/without compression/) });
    await expect(check(glb, { objects: ["lid"] })).rejects.toMatchObject({ data: { field: "params.objects" } });
  });

  it("refuses more texels than a machine can hold", async () => {
    const document = await read(await makeGlb());
    const [mesh] = document.getRoot().listMeshes();
    const primitive = mesh?.listPrimitives()[0];
    for (let index = 0; index < 4; index += 1) {
      const material = document.createMaterial(`more ${index}`);
      if (primitive !== undefined) mesh?.addPrimitive(primitive.clone().setMaterial(material));
    }
    const many = await new NodeIO().writeBinary(document);
    await check(many, { texture_size: 2048 });
    await expect(check(many, { texture_size: 4096 })).rejects.toMatchObject({
      message: expect.stringMatching(/texture_size is 4096 for 6 materials/),
    });
  });
});
