import type { Model } from "./mesh.ts";

/** Gives a +Y up model with the axis up that a file is to have: for Z, y becomes z and z becomes -y, as Blender's and CAD's spaces are. */
export function turnUp(model: Model, up: "Y" | "Z"): Model {
  if (up === "Y") return model;
  return {
    ...model,
    parts: model.parts.map((part) => ({
      ...part,
      mesh: {
        ...part.mesh,
        positions: turned(part.mesh.positions, 3),
        ...(part.mesh.normals !== undefined && { normals: turned(part.mesh.normals, 3) }),
        ...(part.mesh.tangents !== undefined && { tangents: turned(part.mesh.tangents, 4) }),
      },
    })),
  };
}

function turned(rows: Float32Array, width: number): Float32Array {
  const made = rows.slice();
  for (let at = 0; at < rows.length; at += width) {
    made[at + 1] = -(rows[at + 2] as number);
    made[at + 2] = rows[at + 1] as number;
  }
  return made;
}
