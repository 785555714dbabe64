import { dressModel } from "../mesh/dress/dress-model.ts";
import { measureModel } from "../mesh/measure-model.ts";
import type { Model } from "../mesh/mesh.ts";
import { PROGRAMS } from "../mesh/programs/index.ts";
import { makeModel } from "../mesh/programs/make-model.ts";
import { simplifyModel } from "../mesh/simplify-model.ts";
import { standModel } from "../mesh/stand-model.ts";
import { unwrapModel } from "../mesh/unwrap-model.ts";
import { type DrawnModel, drawModel } from "../mesh/words/draw-model.ts";
import type { MeshOrigin } from "../protocol/mesh.ts";
import type { ResolvedMeshParams } from "./mesh-params.ts";
import type { MeshProgress, MeshStage } from "./mesh-progress.ts";

/** Kinds of things that a warning names at most. */
const MOST_NAMED = 12;

/** A shape program's answer to a prompt, before its parts are made. */
export interface ParametricPlan {
  readonly drawn: DrawnModel;
  /** All but the reason why this source was taken. */
  readonly origin: Omit<MeshOrigin, "reason" | "source">;
}

/** Reads the prompt and draws by the seed what it leaves open. Every prompt has an answer; `origin` says how near it is. */
export function planParametric(prompt: string, seed: number): ParametricPlan {
  const drawn = drawModel(prompt, seed);
  const { category, values, reading } = drawn;
  return {
    drawn,
    origin: { category, values, confidence: reading.confidence, warnings: warningsOf(drawn) },
  };
}

/** Stages of a shape program's model. */
export const PARAMETRIC_STAGES: readonly MeshStage[] = [
  ["shape", 1],
  ["simplify", 1],
  ["bake", 4],
];

/** Makes the parts, in metres, standing on y = 0, with the charts of all in one texture, within the budget of triangles. */
export async function makeParametric(
  { texture_size, target_triangles, size_m }: ResolvedMeshParams,
  { drawn: { category, values } }: ParametricPlan,
  seed: number,
  progress: MeshProgress,
): Promise<Model> {
  await progress.at("shape", 0);
  const made = makeModel(category, values, { textureSize: texture_size, maxTriangles: target_triangles });
  await progress.at("simplify", 0);
  const simple = simplifyModel(made, target_triangles);
  // The program's charts do not overlap; what was made of them by taking vertices away may.
  const flat = simple === made ? made : unwrapModel(simple, { textureSize: texture_size }).model;
  // What was taken away may have been the lowest or the outermost.
  const model = standModel(flat, size_m ?? Math.max(...measureModel(made).size));
  await progress.at("bake", 0);
  return await dressModel(model, texture_size, seed, (share) => progress.at("bake", share));
}

function warningsOf({ category, reading }: DrawnModel): string[] {
  const { unused, suggestions } = reading;
  const words = unused.map((word) => `"${word}"`).join(", ");
  if (reading.category !== undefined)
    return unused.length === 0 ? [] : [`The shape program of the ${category} has no use for ${words}.`];
  const known = PROGRAMS.map((program) => program.category);
  const named = [...new Set([...suggestions, ...known])].slice(0, MOST_NAMED).join(", ");
  const more = known.length > MOST_NAMED ? ` and ${known.length - MOST_NAMED} more` : "";
  const unknown =
    words === "" ? "The words name no thing that a shape program makes" : `No shape program knows ${words}`;
  const made = suggestions.includes(category) ? "the nearest" : "one drawn by the seed";
  return [`${unknown}; there are ones for: ${named}${more}. Made ${made}: ${category}.`];
}
