import { makeLevels } from "../mesh/make-levels.ts";
import { measureModel } from "../mesh/measure-model.ts";
import type { Model } from "../mesh/mesh.ts";
import type { MeshBundle } from "../models/bundle.ts";
import type { MeshOrigin } from "../protocol/mesh.ts";
import type { GeneratedMesh } from "./generated-mesh.ts";
import { generatedStages, makeGenerated } from "./generated-source.ts";
import { LIBRARY_STAGES, makeFromLibrary } from "./library-source.ts";
import { encodeMeshContext, type MeshContext } from "./mesh-context.ts";
import type { ResolvedMeshParams } from "./mesh-params.ts";
import { type MeshPlan, planMeshes } from "./mesh-plan.ts";
import { drawTurntable, drawView, TURN_STEP } from "./mesh-preview.ts";
import { MeshProgress, type MeshStage } from "./mesh-progress.ts";
import { makeParametric, PARAMETRIC_STAGES } from "./parametric-source.ts";
import type { PipelineContext } from "./pipeline.ts";

/** Stages that every mesh ends with. */
const LAST_STAGES: readonly MeshStage[] = [
  ["levels", 1],
  ["preview", 1],
];

/**
 * Makes the meshes of a request: each by a shape program, from the bundle's library or by its network, whichever is asked for or knows
 * the words best; `origin` says which and why. All stand on y = 0, have at most as many triangles as asked for, and levels of detail on
 * the same textures. Mesh i starts from seed + i.
 *
 * @param params as {@link resolveMeshParams} gave them
 * @throws CoreError INVALID_REQUEST, ASSET_UNREADABLE, INFERENCE_FAILED, OUT_OF_MEMORY, BUNDLE_INVALID; the signal's reason when aborted
 */
export async function generateMeshes(
  params: ResolvedMeshParams,
  context: PipelineContext<MeshBundle>,
): Promise<GeneratedMesh[]> {
  const { bundle, signal, onPreview } = context;
  const plans = await planMeshes(params, bundle);
  const progress = new MeshProgress(
    context,
    plans.map((plan) => [...stagesOf(plan, params, bundle), ...LAST_STAGES]),
  );
  const isGenerated = plans.some(({ source }) => source === "generated");
  const words = isGenerated ? await encodeMeshContext(params, context) : undefined;
  const { every_steps, max_size } = params.preview;
  const meshes: GeneratedMesh[] = [];
  for (const [output_index, plan] of plans.entries()) {
    // Each rough preview is seen from a little further round than the last.
    const onGuess = (guess: Model, step: number) =>
      onPreview({ image: drawView(guess, max_size, step * TURN_STEP), output_index, step: progress.step });
    const { model, origin } = await makeModelOf(plan, params, context, { words, progress, onGuess });
    await progress.at("levels", 0);
    const levels = makeLevels(model, params.lods);
    await progress.at("preview", 0);
    if (every_steps > 0) {
      const image = await drawTurntable(model, max_size, signal);
      onPreview({ image, output_index, step: progress.step });
    }
    meshes.push({ levels, seed: plan.seed, origin: withBudget(origin, model, params.target_triangles) });
    progress.finishMesh();
  }
  return meshes;
}

function stagesOf({ source }: MeshPlan, params: ResolvedMeshParams, bundle: MeshBundle): readonly MeshStage[] {
  if (source === "generated") return generatedStages(params, bundle);
  return source === "library" ? LIBRARY_STAGES : PARAMETRIC_STAGES;
}

/** What the meshes of a request share. */
interface Shared {
  readonly words: MeshContext | undefined;
  readonly progress: MeshProgress;
  onGuess(guess: Model, step: number): void;
}

async function makeModelOf(
  { source, plan, seed, origin }: MeshPlan,
  params: ResolvedMeshParams,
  context: PipelineContext<MeshBundle>,
  { words, progress, onGuess }: Shared,
): Promise<{ model: Model; origin: MeshOrigin }> {
  switch (source) {
    case "parametric":
      return { model: await makeParametric(params, plan, seed, progress), origin };
    case "library": {
      const { model, changes } = await makeFromLibrary(params, plan, progress);
      return {
        model,
        origin: origin.model === undefined ? origin : { ...origin, model: { ...origin.model, changes } },
      };
    }
    case "generated": {
      if (words === undefined) throw new Error("words are encoded where a mesh is generated");
      const model = await makeGenerated(params, context, { plan, seed, words, progress, onGuess });
      return { model, origin: { ...origin, warnings: [...origin.warnings, ...words.warnings] } };
    }
  }
}

/** Adds a warning where damage would have been the price of the budget. */
function withBudget(origin: MeshOrigin, model: Model, target: number): MeshOrigin {
  const { triangles } = measureModel(model);
  if (triangles <= target) return origin;
  const warning = `The mesh has ${triangles} triangles, more than the ${target} asked for: with fewer it would fall apart.`;
  return { ...origin, warnings: [...origin.warnings, warning] };
}
