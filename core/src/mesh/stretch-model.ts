import type { Model } from "./mesh.ts";

/** Gives a model stretched along x, y, z about the origin, factors above 0; normals turn with it, tangents are left out. */
export function stretchModel(model: Model, factors: readonly [number, number, number]): Model {
  const parts = model.parts.map((part) => {
    const { tangents: _, ...mesh } = part.mesh;
    const positions = mesh.positions.map((value, at) => value * (factors[at % 3] as number));
    if (mesh.normals === undefined) return { ...part, mesh: { ...mesh, positions } };
    const normals = mesh.normals.map((value, at) => value / (factors[at % 3] as number));
    for (let at = 0; at < normals.length; at += 3) {
      const length = Math.hypot(normals[at] as number, normals[at + 1] as number, normals[at + 2] as number) || 1;
      for (let k = 0; k < 3; k += 1) normals[at + k] = (normals[at + k] as number) / length;
    }
    return { ...part, mesh: { ...mesh, positions, normals } };
  });
  return { ...model, parts };
}
