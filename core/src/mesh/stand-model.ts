import { measureModel } from "./measure-model.ts";
import type { Model } from "./mesh.ts";

/** Gives a model that stands on y = 0, centred in x and z, with its longest side `size_m` metres. */
export function standModel(model: Model, size_m: number): Model {
  const { low, high, size } = measureModel(model);
  const factor = size_m / (Math.max(...size) || 1);
  const shift = [(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2];
  return {
    ...model,
    parts: model.parts.map((part) => ({
      ...part,
      mesh: {
        ...part.mesh,
        positions: part.mesh.positions.map((value, at) => (value - (shift[at % 3] as number)) * factor),
      },
    })),
  };
}
