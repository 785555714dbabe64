import { Document, NodeIO } from "@gltf-transform/core";
import { validateBytes } from "gltf-validator";
import { describe, expect, it } from "vitest";
import { decodeMeshGlb, encodeMeshGlb } from "../../core/src/formats/mesh-glb.ts";
import { encodeObj } from "../../core/src/formats/obj.ts";
import { encodePly } from "../../core/src/formats/ply.ts";
import { measureTopology } from "../../core/src/mesh/measure-topology.ts";
import type { Material, Mesh, Model } from "../../core/src/mesh/mesh.ts";
import { drawValues, findProgram, makeModel } from "../../core/src/mesh/programs/make-model.ts";
import { addTangents } from "../../core/src/mesh/smooth-normals.ts";
import { linearToSrgbByte } from "../../core/src/mesh/srgb.ts";

const chair = makeModel(
  "chair",
  drawValues(findProgram("chair"), () => 0.4),
);

/** The chair with tangents, and textures of a few texels. */
const textured: Model = {
  ...chair,
  parts: chair.parts.map((part) => ({ ...part, mesh: addTangents(part.mesh) })),
  materials: chair.materials.map((material, index): Material => {
    const data = Uint8Array.from({ length: 4 * 4 * 3 }, (_, at) => (at * 5 + index * 11) % 256);
    const texture = { width: 4, height: 4, channels: 3, data } as const;
    return { ...material, baseColourTexture: texture, metallicRoughnessTexture: texture, normalTexture: texture };
  }),
};

describe("encodeMeshGlb", () => {
  it("gives what the validator has nothing to say against, with textures, tangents and extras", async () => {
    const report = await validateBytes(await encodeMeshGlb(textured, { extras: { source: "parametric", seed: 7 } }));
    expect(report.issues.messages.filter(({ severity }) => severity < 2)).toEqual([]);
    expect(report.issues).toMatchObject({ numErrors: 0, numWarnings: 0 });
  });

  it("comes back from decodeMeshGlb with every number", async () => {
    const back = await decodeMeshGlb(await encodeMeshGlb(textured));
    expect(back.name).toBe("chair");
    expect(back.parts.map(({ name }) => name)).toEqual(chair.parts.map(({ name }) => name));
    back.parts.forEach(({ mesh, material }, at) => {
      const part = chair.parts[at] as Model["parts"][number];
      const whole = textured.parts[at] as Model["parts"][number];
      expect(mesh.positions).toEqual(whole.mesh.positions);
      expect(mesh.uvs).toEqual(whole.mesh.uvs);
      expect(mesh.indices).toEqual(whole.mesh.indices);
      expect(back.materials[material]?.name).toBe(chair.materials[part.material]?.name);
    });
    const [first, original] = [back.materials[0], textured.materials[0]] as [Material, Material];
    expect(first.baseColourTexture).toEqual(original.baseColourTexture);
    expect(first.roughness).toBeCloseTo(original.roughness, 6);
    first.baseColour.forEach((value, k) => {
      expect(value).toBeCloseTo(original.baseColour[k] as number, 6);
    });
  });
});

describe("decodeMeshGlb", () => {
  it("places meshes by their nodes, and turns a mirrored node's triangles the right way", async () => {
    const document = new Document();
    const buffer = document.createBuffer();
    const mesh = chair.parts[0]?.mesh as Required<Mesh>;
    const accessor = (type: "VEC3" | "SCALAR", array: Float32Array | Uint32Array) =>
      document.createAccessor().setType(type).setArray(array.slice()).setBuffer(buffer);
    const primitive = document
      .createPrimitive()
      .setAttribute("POSITION", accessor("VEC3", mesh.positions))
      .setAttribute("NORMAL", accessor("VEC3", mesh.normals))
      .setIndices(accessor("SCALAR", mesh.indices));
    const child = document
      .createNode("child")
      .setMesh(document.createMesh().addPrimitive(primitive))
      .setScale([-2, 3, 1]);
    const parent = document.createNode("parent").setTranslation([10, 0, 0]).addChild(child);
    document.createScene().addChild(parent);
    const { parts } = await decodeMeshGlb(await new NodeIO().writeBinary(document));
    const placed = parts[0]?.mesh as Required<Mesh>;
    const [before, after] = [measureTopology(mesh), measureTopology(placed)];
    expect(after).toMatchObject({ watertight: true, manifold: true });
    expect(after.volume / before.volume).toBeCloseTo(6, 3);
    expect(placed.positions[0]).toBeCloseTo(10 - 2 * (mesh.positions[0] as number), 5);
    for (let at = 0; at < 30; at += 3) {
      const [x, y, z] = [mesh.normals[at] as number, mesh.normals[at + 1] as number, mesh.normals[at + 2] as number];
      const expected = [x / -2, y / 3, z];
      const length = Math.hypot(...expected);
      expected.forEach((value, k) => {
        expect(placed.normals[at + k]).toBeCloseTo(value / length, 4);
      });
    }
  });

  it("refuses what is no GLB, and a GLB without triangles, and says so", async () => {
    await expect(decodeMeshGlb(Uint8Array.from([1, 2, 3, 4]))).rejects.toMatchObject({ code: "ASSET_UNREADABLE" });
    const glb = await encodeMeshGlb(chair);
    await expect(decodeMeshGlb(glb.slice(0, glb.length / 2))).rejects.toMatchObject({ code: "ASSET_UNREADABLE" });
    const empty = await encodeMeshGlb({ ...chair, parts: [] });
    await expect(decodeMeshGlb(empty)).rejects.toThrow(/no triangles; expected a scene/);
  });
});

describe("encodeObj", () => {
  it("writes every vertex and face of each part, counted through, v upwards", () => {
    const lines = new TextDecoder().decode(encodeObj(chair)).split("\n");
    const values = (key: string) =>
      lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1).split(" "));
    const vertices = chair.parts.reduce((sum, { mesh }) => sum + mesh.positions.length / 3, 0);
    expect(values("v")).toHaveLength(vertices);
    expect(values("vt")).toHaveLength(vertices);
    expect(values("f")).toHaveLength(chair.parts.reduce((sum, { mesh }) => sum + mesh.indices.length / 3, 0));
    const last = chair.parts.at(-1)?.mesh as Required<Mesh>;
    const base = vertices - last.positions.length / 3;
    const corner = `${base + (last.indices.at(-1) as number) + 1}`;
    expect(values("f").at(-1)?.at(-1)).toBe(`${corner}/${corner}/${corner}`);
    expect(Number(values("vt").at(-1)?.[1])).toBeCloseTo(1 - (last.uvs.at(-1) as number), 5);
    const [, , z, ...colour] = values("v").at(-1) as string[];
    expect(Number(z)).toBeCloseTo(last.positions.at(-1) as number, 5);
    const paint = chair.materials[chair.parts.at(-1)?.material as number]?.baseColour as readonly number[];
    expect(colour.map((share) => Math.round(Number(share) * 255))).toEqual(paint.map(linearToSrgbByte));
  });
});

describe("encodePly", () => {
  it("holds every number where its header says", () => {
    const bytes = encodePly(chair);
    const text = new TextDecoder("latin1").decode(bytes);
    const head = text.slice(0, text.indexOf("end_header\n") + 11);
    const vertices = chair.parts.reduce((sum, { mesh }) => sum + mesh.positions.length / 3, 0);
    const triangles = chair.parts.reduce((sum, { mesh }) => sum + mesh.indices.length / 3, 0);
    expect(head).toContain(`element vertex ${vertices}\n`);
    expect(head).toContain(`element face ${triangles}\n`);
    const stride = 8 * 4 + 3;
    expect(bytes.length).toBe(head.length + vertices * stride + triangles * 13);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const last = chair.parts.at(-1)?.mesh as Required<Mesh>;
    const row = head.length + (vertices - 1) * stride;
    expect(view.getFloat32(row + 8, true)).toBe(last.positions.at(-1));
    expect(view.getFloat32(row + 20, true)).toBe(last.normals.at(-1));
    expect(view.getFloat32(row + 28, true)).toBeCloseTo(1 - (last.uvs.at(-1) as number), 6);
    expect(view.getInt32(bytes.length - 4, true)).toBe(
      vertices - last.positions.length / 3 + (last.indices.at(-1) as number),
    );
  });
});
