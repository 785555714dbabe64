import { Document, NodeIO } from "@gltf-transform/core";
import { describe, expect, it } from "vitest";
import { openPaintable } from "../../core/src/formats/open-paintable.ts";
import { makeGlb } from "./make-glb.ts";

const extent = (values: Float32Array, axis: number) => {
  const along = [...values].filter((_, at) => at % 3 === axis);
  return [Math.min(...along), Math.max(...along)];
};

describe("openPaintable", () => {
  it("gives the triangles of the nodes that are named, where the scene has them", async () => {
    const { primitives } = await openPaintable(await makeGlb(), ["right"]);
    expect(primitives).toHaveLength(1);
    expect(primitives[0]).toMatchObject({ node: 1, name: "right", mesh: 1, primitive: 0, material: 1 });
    expect(extent(primitives[0]?.positions ?? new Float32Array(), 0)).toEqual([0.5, 1.5]);
    expect((await openPaintable(await makeGlb(), [])).primitives).toHaveLength(2);
  });

  it("names the nodes that a file has when it has not the one that is asked for", async () => {
    await expect(openPaintable(await makeGlb(), ["lid"])).rejects.toMatchObject({
      code: "INVALID_REQUEST",
      message: expect.stringMatching(/"lid".*left, right/),
    });
  });

  it("takes a named node without a mesh for all below it", async () => {
    const io = new NodeIO();
    const document = await io.readBinary(await makeGlb());
    const parent = document.createNode("both");
    const scene = document.getRoot().getDefaultScene();
    for (const node of document.getRoot().listNodes()) if (node !== parent) parent.addChild(node);
    scene?.addChild(parent);
    const { primitives } = await openPaintable(await io.writeBinary(document), ["both"]);
    expect(primitives.map(({ name }) => name).sort()).toEqual(["left", "right"]);
  });

  it("turns a mirrored node's triangles right side out", async () => {
    const io = new NodeIO();
    const document = await io.readBinary(await makeGlb());
    document.getRoot().listNodes()[0]?.setScale([-1, 1, 1]);
    const { primitives } = await openPaintable(await io.writeBinary(document), ["left"]);
    const { positions, normals, indices } = primitives[0] ?? {};
    if (positions === undefined || normals === undefined || indices === undefined) throw new Error("nothing was read");
    for (let corner = 0; corner < indices.length; corner += 3) {
      const [a = 0, b = 0, c = 0] = indices.subarray(corner, corner + 3);
      const side = (to: number, k: number) => (positions[to * 3 + k] as number) - (positions[a * 3 + k] as number);
      const face = [
        side(b, 1) * side(c, 2) - side(b, 2) * side(c, 1),
        side(b, 2) * side(c, 0) - side(b, 0) * side(c, 2),
        side(b, 0) * side(c, 1) - side(b, 1) * side(c, 0),
      ];
      const along = [0, 1, 2].reduce((sum, k) => sum + (face[k] as number) * (normals[a * 3 + k] as number), 0);
      expect(along).toBeCloseTo(1, 5);
    }
  });

  it("stands a skinned mesh where its joints are, not where its node is", async () => {
    const io = new NodeIO();
    const document = await io.readBinary(await makeGlb());
    const [node] = document.getRoot().listNodes();
    const primitive = node?.getMesh()?.listPrimitives()[0];
    const count = primitive?.getAttribute("POSITION")?.getCount() ?? 0;
    const [buffer = null] = document.getRoot().listBuffers();
    const accessor = (type: "VEC4" | "MAT4", array: Float32Array | Uint8Array) =>
      document
        .createAccessor()
        .setType(type)
        .setArray(array as Float32Array<ArrayBuffer>)
        .setBuffer(buffer);
    primitive?.setAttribute("JOINTS_0", accessor("VEC4", new Uint8Array(count * 4)));
    primitive?.setAttribute(
      "WEIGHTS_0",
      accessor(
        "VEC4",
        Float32Array.from({ length: count * 4 }, (_, at) => (at % 4 ? 0 : 1)),
      ),
    );
    const joint = document.createNode("joint").setTranslation([0, 5, 0]);
    // The joint was bound at y = 2: it has gone up by 3.
    const inverse = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, -2, 0, 1];
    const skin = document
      .createSkin()
      .addJoint(joint)
      .setInverseBindMatrices(accessor("MAT4", Float32Array.from(inverse)));
    node?.setSkin(skin);
    document.getRoot().getDefaultScene()?.addChild(joint);
    const { primitives } = await openPaintable(await io.writeBinary(document), ["left"]);
    expect(extent(primitives[0]?.positions ?? new Float32Array(), 1)).toEqual([2.5, 3.5]);
    expect(extent(primitives[0]?.positions ?? new Float32Array(), 0)).toEqual([-0.5, 0.5]);
  });

  it("refuses a file without triangles", async () => {
    const document = new Document();
    document.createScene().addChild(document.createNode("empty"));
    await expect(openPaintable(await new NodeIO().writeBinary(document), [])).rejects.toMatchObject({
      code: "ASSET_UNREADABLE",
      message: expect.stringMatching(/no triangles/),
    });
  });
});
