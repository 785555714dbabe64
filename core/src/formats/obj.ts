import type { Material, Mesh, Model } from "../mesh/mesh.ts";
import { linearToSrgb } from "../mesh/srgb.ts";

/** A Wavefront model: two text files. */
export interface ObjFiles {
  readonly obj: Uint8Array;
  /** To be stored under the name that `obj` names. */
  readonly mtl: Uint8Array;
}

/**
 * Encodes a model as Wavefront OBJ with a material library: one object a part. Metres, +Y up; v counts upwards, as OBJ wants.
 * Materials carry Kd (sRGB, as programs expect), Pr and Pm; textures are not written, GLB holds those.
 */
export function encodeObj(model: Model, libraryName: string): ObjFiles {
  const lines = ["# Genga", `mtllib ${libraryName}`];
  let [vertices, uvs, normals] = [1, 1, 1];
  for (const { name, mesh, material } of model.parts) {
    lines.push(`o ${wordOf(name)}`, ...rows("v", mesh.positions, 3));
    if (mesh.uvs !== undefined) lines.push(...rows("vt", mesh.uvs, 2, (value, k) => (k === 1 ? 1 - value : value)));
    if (mesh.normals !== undefined) lines.push(...rows("vn", mesh.normals, 3));
    lines.push(`usemtl ${wordOf(model.materials[material]?.name ?? "default")}`);
    lines.push(...faces(mesh, vertices, uvs, normals));
    vertices += mesh.positions.length / 3;
    uvs += (mesh.uvs?.length ?? 0) / 2;
    normals += (mesh.normals?.length ?? 0) / 3;
  }
  const encoder = new TextEncoder();
  return {
    obj: encoder.encode(`${lines.join("\n")}\n`),
    mtl: encoder.encode(`${model.materials.map(materialLines).join("\n")}\n`),
  };
}

function rows(key: string, data: Float32Array, width: number, change = (value: number, _k: number) => value): string[] {
  return Array.from({ length: data.length / width }, (_, row) => {
    const values = Array.from(data.subarray(row * width, (row + 1) * width), (value, k) => decimal(change(value, k)));
    return `${key} ${values.join(" ")}`;
  });
}

/** Six digits behind the point, a micrometre, without the zeros at the end. */
function decimal(value: number): string {
  return String(Number(value.toFixed(6)) + 0);
}

function faces({ indices, uvs, normals }: Mesh, vertex: number, uv: number, normal: number): string[] {
  const corner = (at: number) => {
    const index = indices[at] as number;
    if (uvs === undefined && normals === undefined) return `${index + vertex}`;
    const texture = uvs === undefined ? "" : index + uv;
    return normals === undefined ? `${index + vertex}/${texture}` : `${index + vertex}/${texture}/${index + normal}`;
  };
  return Array.from(
    { length: indices.length / 3 },
    (_, t) => `f ${corner(t * 3)} ${corner(t * 3 + 1)} ${corner(t * 3 + 2)}`,
  );
}

function materialLines({ name, baseColour, roughness, metallic, emissive }: Material): string {
  const srgb = (linear: number) => decimal(linearToSrgb(linear));
  const lines = [
    `newmtl ${wordOf(name)}`,
    `Kd ${baseColour.map(srgb).join(" ")}`,
    `Pr ${decimal(roughness)}`,
    `Pm ${decimal(metallic)}`,
  ];
  if (emissive !== undefined) lines.push(`Ke ${emissive.map(srgb).join(" ")}`);
  return lines.join("\n");
}

/** A name without the white space that would end it. */
function wordOf(name: string): string {
  return name.trim().replace(/\s+/g, "_") || "unnamed";
}
