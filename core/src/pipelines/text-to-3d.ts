import { makeLevels } from "../mesh/make-levels.ts";
import { measureModel } from "../mesh/measure-model.ts";
import type { Model } from "../mesh/mesh.ts";
import { scaleModel } from "../mesh/scale-model.ts";
import { simplifyModel } from "../mesh/simplify-model.ts";
import type { MeshBundle } from "../models/bundle.ts";
import type { MeshOrigin } from "../protocol/mesh.ts";
import type { GeneratedMesh } from "./generated-mesh.ts";
import type { ResolvedMeshParams } from "./mesh-params.ts";
import { drawTurntable } from "./mesh-preview.ts";
import { MeshProgress, type MeshStage } from "./mesh-progress.ts";
import { makeParametric, type ParametricPlan, planParametric } from "./parametric-mesh.ts";
import type { PipelineContext } from "./pipeline.ts";

type MeshContext = PipelineContext<MeshBundle>;

/** Stages that every mesh ends with. */
const LAST_STAGES: readonly MeshStage[] = [
  ["simplify", 1],
  ["preview", 1],
];

/** How a mesh is going to be made. */
interface MeshPlan {
  readonly seed: number;
  readonly origin: MeshOrigin;
  readonly parametric: ParametricPlan;
}

/**
 * Makes the meshes of a request: each by a shape program, from the bundle's library or by its network, whichever is asked for or knows
 * the words best; `origin` says which and why. Then triangles are brought to the budget, and levels of detail are made on the same
 * textures. Mesh i starts from seed + i.
 *
 * @param params as {@link resolveMeshParams} gave them
 * @throws CoreError INVALID_REQUEST, ASSET_UNREADABLE, INFERENCE_FAILED, OUT_OF_MEMORY, BUNDLE_INVALID; the signal's reason when aborted
 */
export async function generateMeshes(params: ResolvedMeshParams, context: MeshContext): Promise<GeneratedMesh[]> {
  const plans = Array.from({ length: params.num_meshes_per_prompt }, (_, index) => planMesh(params, index));
  const progress = new MeshProgress(
    context,
    plans.map(() => [["shape", 1], ...LAST_STAGES]),
  );
  const meshes: GeneratedMesh[] = [];
  for (const [output_index, plan] of plans.entries()) {
    await progress.at("shape", 0);
    const made = makeParametric(plan.parametric, params.texture_size);
    const sized = params.size_m === undefined ? made : scaleModel(made, params.size_m);
    await progress.at("simplify", 0);
    const { model, warnings } = keepBudget(sized, params.target_triangles);
    const levels = makeLevels(model, params.lods);
    await progress.at("preview", 0);
    if (params.preview.every_steps > 0) {
      const image = await drawTurntable(model, params.preview.max_size, context.signal);
      context.onPreview({ image, output_index, step: progress.step });
    }
    const origin = { ...plan.origin, warnings: [...plan.origin.warnings, ...warnings] };
    meshes.push({ levels, seed: plan.seed, origin });
    progress.finishMesh();
  }
  return meshes;
}

function planMesh({ prompt, seed, source }: ResolvedMeshParams, index: number): MeshPlan {
  const own = (seed + index) >>> 0;
  const parametric = planParametric(prompt, own);
  const reason = source === "auto" ? "The bundle has no other source." : "The request asks for it.";
  return { seed: own, parametric, origin: { source: "parametric", reason, ...parametric.origin } };
}

/** Takes triangles away that are more than asked for. */
function keepBudget(model: Model, target: number): { model: Model; warnings: string[] } {
  const before = measureModel(model).triangles;
  if (before <= target) return { model, warnings: [] };
  return {
    model: simplifyModel(model, target),
    warnings: [
      `The shape was made of ${before} triangles and simplified to at most ${target}; edges may have suffered.`,
    ],
  };
}
