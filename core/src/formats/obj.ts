import type { Mesh, Model } from "../mesh/mesh.ts";
import { vertexColours } from "../mesh/vertex-colours.ts";

/**
 * Encodes a model as Wavefront OBJ: one object a part, with normals, texture coordinates (v counts upwards, as OBJ wants) and the base
 * colour of each vertex behind its place (sRGB, 0 … 1, as Blender, MeshLab and ZBrush read it). Metres, in the model's own axes.
 *
 * No material library: it would be a second file that is lost on the way. `usemtl` still parts the triangles by material.
 */
export function encodeObj(model: Model): Uint8Array {
  const lines = ["# Genga"];
  let [vertices, uvs, normals] = [1, 1, 1];
  for (const { name, mesh, material } of model.parts) {
    const colours = vertexColours(mesh, model.materials[material]);
    lines.push(`o ${wordOf(name)}`);
    for (let at = 0; at < mesh.positions.length; at += 3) {
      const place = `${decimal(mesh.positions[at])} ${decimal(mesh.positions[at + 1])} ${decimal(mesh.positions[at + 2])}`;
      lines.push(`v ${place} ${share(colours[at])} ${share(colours[at + 1])} ${share(colours[at + 2])}`);
    }
    for (let at = 0; at < (mesh.uvs?.length ?? 0); at += 2)
      lines.push(`vt ${decimal(mesh.uvs?.[at])} ${decimal(1 - (mesh.uvs?.[at + 1] as number))}`);
    for (let at = 0; at < (mesh.normals?.length ?? 0); at += 3)
      lines.push(
        `vn ${decimal(mesh.normals?.[at])} ${decimal(mesh.normals?.[at + 1])} ${decimal(mesh.normals?.[at + 2])}`,
      );
    lines.push(`usemtl ${wordOf(model.materials[material]?.name ?? "default")}`);
    for (const face of faces(mesh, vertices, uvs, normals)) lines.push(face);
    vertices += mesh.positions.length / 3;
    uvs += (mesh.uvs?.length ?? 0) / 2;
    normals += (mesh.normals?.length ?? 0) / 3;
  }
  return new TextEncoder().encode(`${lines.join("\n")}\n`);
}

/** A byte as a share of 255, three digits: enough to find the byte again. */
function share(byte: number | undefined): string {
  return String(Number(((byte as number) / 255).toFixed(3)));
}

/** Six digits behind the point, a micrometre, without the zeros at the end. */
function decimal(value: number | undefined): string {
  return String(Number((value as number).toFixed(6)) + 0);
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

/** A name without the white space that would end it. */
function wordOf(name: string): string {
  return name.trim().replace(/\s+/g, "_") || "unnamed";
}
