import { measureModel } from "./measure-model.ts";
import type { Model } from "./mesh.ts";
import { simplifyModel } from "./simplify-model.ts";

/**
 * Gives the levels of detail of a model: itself, then one for each share with at most that share of its triangles, all on the same
 * textures. Names of lower levels and of their parts end in _LOD1, _LOD2 ….
 *
 * @param shares falling, each between 0 and 1
 */
export function makeLevels(model: Model, shares: readonly number[]): Model[] {
  const { triangles } = measureModel(model);
  const levels = [model];
  shares.forEach((share, at) => {
    // From the whole each time: errors do not add up from level to level.
    const level = simplifyModel(model, Math.max(1, Math.floor(triangles * share)));
    const named = (name: string) => `${name}_LOD${at + 1}`;
    const parts = level.parts.map((part) => ({ ...part, name: named(part.name) }));
    levels.push({ ...level, name: named(model.name), parts });
  });
  return levels;
}
