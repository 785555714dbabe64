import { measureModel } from "./measure-model.ts";
import type { Model } from "./mesh.ts";

/** Gives a model whose longest side is `size_m` metres; it grows from the origin, so what stands on y = 0 still does. */
export function scaleModel(model: Model, size_m: number): Model {
  const longest = Math.max(...measureModel(model).size);
  if (longest === 0) return model;
  const factor = size_m / longest;
  return {
    ...model,
    parts: model.parts.map((part) => ({
      ...part,
      mesh: { ...part.mesh, positions: part.mesh.positions.map((value) => value * factor) },
    })),
  };
}
