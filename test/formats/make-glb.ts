import { Document, NodeIO } from "@gltf-transform/core";
import sharp from "sharp";

/** What {@link makeGlb} writes. */
export interface MakeGlbOptions {
  /** Whether the boxes have texture coordinates. */
  hasUvs?: boolean;
  /** Whether both boxes are instances of one mesh. */
  isInstanced?: boolean;
  /** Whether both boxes have one material. */
  isShared?: boolean;
  /** Whether the vertices of the first box have colours. */
  hasColours?: boolean;
}

const io = new NodeIO();

/**
 * Makes a GLB of two boxes, "left" at x = -1 and "right" at x = 1, sides of 1 m, each with a base-colour texture of its own (red and blue) and
 * normal texture, extras, and the six sides in cells of 3 × 2.
 */
export async function makeGlb(options: MakeGlbOptions = {}): Promise<Uint8Array> {
  const { hasUvs = true, isInstanced = false, isShared = false, hasColours = false } = options;
  const document = new Document();
  const buffer = document.createBuffer();
  const picture = async (background: string) =>
    new Uint8Array(
      await sharp({ create: { width: 8, height: 8, channels: 3, background } })
        .png()
        .toBuffer(),
    );
  const makeMaterial = async (name: string, colour: string) =>
    document
      .createMaterial(name)
      .setBaseColorTexture(
        document
          .createTexture(`${name} colour`)
          .setMimeType("image/png")
          .setImage(await picture(colour)),
      )
      .setNormalTexture(
        document
          .createTexture(`${name} normal`)
          .setMimeType("image/png")
          .setImage(await picture("#8080ff")),
      )
      .setRoughnessFactor(0.25)
      .setExtras({ kept: name });
  const materials = [await makeMaterial("red", "#ff0000"), await makeMaterial("blue", "#0000ff")];
  const makeMesh = (name: string, material: number) => {
    const { positions, normals, uvs } = boxCorners();
    const accessor = (type: "VEC2" | "VEC3", values: number[]) =>
      document.createAccessor().setType(type).setArray(Float32Array.from(values)).setBuffer(buffer);
    const primitive = document
      .createPrimitive()
      .setAttribute("POSITION", accessor("VEC3", positions))
      .setAttribute("NORMAL", accessor("VEC3", normals))
      .setMaterial(materials[material] ?? null);
    if (hasUvs) primitive.setAttribute("TEXCOORD_0", accessor("VEC2", uvs));
    if (hasColours && material === 0) {
      primitive.setAttribute(
        "COLOR_0",
        accessor(
          "VEC3",
          positions.map(() => 0.5),
        ),
      );
    }
    return document.createMesh(name).addPrimitive(primitive);
  };
  const left = makeMesh("left mesh", 0);
  const right = isInstanced ? left : makeMesh("right mesh", isShared ? 0 : 1);
  const scene = document
    .createScene("scene")
    .addChild(document.createNode("left").setMesh(left).setTranslation([-1, 0, 0]).setExtras({ id: 7 }))
    .addChild(document.createNode("right").setMesh(right).setTranslation([1, 0, 0]));
  document.getRoot().setDefaultScene(scene).setExtras({ tool: "a test" });
  return io.writeBinary(document);
}

/** A box of a side of 1 m as loose triangles, its sides in cells of 3 × 2. */
function boxCorners() {
  const sides = [
    [
      [-1, -1, 1],
      [2, 0, 0],
      [0, 2, 0],
    ],
    [
      [1, -1, -1],
      [-2, 0, 0],
      [0, 2, 0],
    ],
    [
      [1, -1, 1],
      [0, 0, -2],
      [0, 2, 0],
    ],
    [
      [-1, -1, -1],
      [0, 0, 2],
      [0, 2, 0],
    ],
    [
      [-1, 1, 1],
      [2, 0, 0],
      [0, 0, -2],
    ],
    [
      [-1, -1, -1],
      [2, 0, 0],
      [0, 0, 2],
    ],
  ] as const;
  const [positions, normals, uvs]: [number[], number[], number[]] = [[], [], []];
  for (const [index, [from, across, up]] of sides.entries()) {
    for (const [a, b] of [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 0],
      [1, 1],
      [0, 1],
    ] as const) {
      for (let k = 0; k < 3; k += 1) positions.push(((from[k] ?? 0) + a * (across[k] ?? 0) + b * (up[k] ?? 0)) / 2);
      normals.push(
        ((across[1] ?? 0) * (up[2] ?? 0) - (across[2] ?? 0) * (up[1] ?? 0)) / 4,
        ((across[2] ?? 0) * (up[0] ?? 0) - (across[0] ?? 0) * (up[2] ?? 0)) / 4,
        ((across[0] ?? 0) * (up[1] ?? 0) - (across[1] ?? 0) * (up[0] ?? 0)) / 4,
      );
      uvs.push(((index % 3) + 0.05 + 0.9 * a) / 3, (Math.floor(index / 3) + 0.95 - 0.9 * b) / 2);
    }
  }
  return { positions, normals, uvs };
}
