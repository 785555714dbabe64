import { NodeIO } from "@gltf-transform/core";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { type GlbFile, readGlb, writeGlb } from "../../core/src/formats/glb-file.ts";
import { openPaintable } from "../../core/src/formats/open-paintable.ts";
import { type Repaint, type RepaintOptions, repaintGlb } from "../../core/src/formats/repaint-glb.ts";
import { type MakeGlbOptions, makeGlb } from "./make-glb.ts";

const green = new Uint8Array(
  await sharp({ create: { width: 16, height: 16, channels: 3, background: "#00ff00" } })
    .png()
    .toBuffer(),
);

async function repaint(
  options: MakeGlbOptions = {},
  objects: string[] = ["left"],
  more: Partial<Repaint> = {},
  settings: RepaintOptions = {},
) {
  const { file, primitives } = await openPaintable(await makeGlb(options), objects);
  const baseColour = { bytes: green, mime: "image/png" as const };
  const painted = repaintGlb(file, [{ primitives, name: "paint", baseColour, ...more }], settings);
  const after = readGlb(writeGlb(painted));
  return { before: file, after, document: await new NodeIO().readBinary(writeGlb(painted)) };
}

const bytesOf = ({ json, binary }: GlbFile, accessor: number) => {
  const view = json.bufferViews?.[json.accessors?.[accessor]?.bufferView ?? -1];
  const start = view?.byteOffset ?? 0;
  return Buffer.from(binary.subarray(start, start + (view?.byteLength ?? 0)));
};

describe("repaintGlb", () => {
  it("gives the painted object its texture and leaves every other byte and field as it was", async () => {
    const { before, after, document } = await repaint();
    for (const index of before.json.accessors?.keys() ?? []) {
      expect(bytesOf(after, index).equals(bytesOf(before, index))).toBe(true);
    }
    const { materials: _, images: __, bufferViews: ___, textures: ____, buffers: _____, ...kept } = after.json;
    expect(before.json).toMatchObject(kept);
    expect(after.json.materials?.[1]).toEqual(before.json.materials?.[1]);
    const [left, right] = document.getRoot().listMaterials();
    expect(Buffer.from(left?.getBaseColorTexture()?.getImage() ?? []).equals(Buffer.from(green))).toBe(true);
    expect(left?.getRoughnessFactor()).toBe(0.25);
    expect(left?.getExtras()).toEqual({ kept: "red" });
    expect(right?.getBaseColorTexture()?.getName()).toBe("blue colour");
  });

  it("leaves no picture behind that nothing uses any more", async () => {
    const { before, after } = await repaint();
    expect(after.json.images).toHaveLength(before.json.images?.length ?? 0);
    expect(after.json.bufferViews).toHaveLength(before.json.bufferViews?.length ?? 0);
  });

  it("copies a material that something else has, too", async () => {
    const { document } = await repaint({ isShared: true });
    const [left, right] = document.getRoot().listNodes();
    const materialOf = (node: typeof left) => node?.getMesh()?.listPrimitives()[0]?.getMaterial();
    expect(materialOf(left)?.getName()).toBe("red painted");
    expect(materialOf(right)?.getName()).toBe("red");
    expect(materialOf(right)?.getBaseColorTexture()?.getName()).toBe("red colour");
    expect(materialOf(left)?.getNormalTexture()).toBe(materialOf(right)?.getNormalTexture());
  });

  it("copies a mesh that another node shows, too, without its numbers", async () => {
    const { before, document, after } = await repaint({ isInstanced: true });
    const [left, right] = document.getRoot().listNodes();
    expect(left?.getMesh()).not.toBe(right?.getMesh());
    expect(right?.getMesh()?.listPrimitives()[0]?.getMaterial()?.getName()).toBe("red");
    expect(after.json.accessors).toHaveLength(before.json.accessors?.length ?? 0);
    const both = await repaint({ isInstanced: true }, []);
    const [one, two] = both.document.getRoot().listNodes();
    expect(one?.getMesh()).toBe(two?.getMesh());
    expect(one?.getMesh()?.listPrimitives()[0]?.getMaterial()?.getName()).toBe("red");
  });

  it("sets roughness and metalness, and takes away colours of vertices that would tint the texture", async () => {
    const { document, before } = await repaint({ hasColours: true }, ["left"], {}, { roughness: 0.75, metallic: 0.5 });
    expect(before.json.meshes?.[0]?.primitives[0]?.attributes).toHaveProperty("COLOR_0");
    const [left, right] = document.getRoot().listMaterials();
    expect(left?.getRoughnessFactor()).toBe(0.75);
    expect(left?.getMetallicFactor()).toBe(0.5);
    expect(right?.getRoughnessFactor()).toBe(0.25);
    expect(document.getRoot().listMeshes()[0]?.listPrimitives()[0]?.getAttribute("COLOR_0")).toBeNull();
  });

  it("keeps extensions and extras that it knows nothing of", async () => {
    const file = readGlb(await makeGlb());
    const unknown = { ...file.json, extensionsUsed: ["VENDOR_thing"], extensions: { VENDOR_thing: { a: [1, 2] } } };
    const { primitives } = await openPaintable(writeGlb({ ...file, json: unknown }), ["left"]);
    const baseColour = { bytes: green, mime: "image/webp" as const };
    const { json } = repaintGlb({ ...file, json: unknown }, [{ primitives, name: "paint", baseColour }], {});
    expect(json).toMatchObject({
      extensions: { VENDOR_thing: { a: [1, 2] } },
      extensionsUsed: ["VENDOR_thing", "EXT_texture_webp"],
      extensionsRequired: ["EXT_texture_webp"],
    });
  });

  it("gives new texture coordinates their place and moves the old ones with the textures that need them", async () => {
    const corners = 36;
    const uvs = [Float32Array.from({ length: corners * 2 }, (_, at) => (at % 7) / 8)];
    const { before, document, after } = await repaint({}, ["left"], { uvs });
    const primitive = document.getRoot().listMeshes()[0]?.listPrimitives()[0];
    const source = await new NodeIO().readBinary(writeGlb(before));
    const old = source.getRoot().listMeshes()[0]?.listPrimitives()[0]?.getAttribute("TEXCOORD_0");
    const listed = primitive?.getIndices()?.getArray() ?? [];
    expect(listed).toHaveLength(corners);
    for (const [corner, vertex] of [...listed].entries()) {
      expect(primitive?.getAttribute("TEXCOORD_0")?.getElement(vertex, [])).toEqual([
        ...(uvs[0]?.subarray(corner * 2, corner * 2 + 2) ?? []),
      ]);
      expect(primitive?.getAttribute("TEXCOORD_1")?.getElement(vertex, [])).toEqual(old?.getElement(corner, []));
    }
    expect(after.json.materials?.[0]).toMatchObject({ normalTexture: { texCoord: 1 } });
    const info = document.getRoot().listMaterials()[0]?.getBaseColorTextureInfo();
    expect(info?.getTexCoord()).toBe(0);
  });
});
