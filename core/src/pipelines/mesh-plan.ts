import type { ModelLibrary } from "../mesh/library/open-library.ts";
import type { MeshBundle } from "../models/bundle.ts";
import type { MeshOrigin, MeshSource } from "../protocol/mesh.ts";
import { type GeneratedPlan, planGenerated } from "./generated-source.ts";
import { type LibraryPlan, openBundleLibrary, planLibrary } from "./library-source.ts";
import { type MeshCalibration, readCalibration } from "./mesh-calibration.ts";
import type { ResolvedMeshParams } from "./mesh-params.ts";
import { type ParametricPlan, planParametric } from "./parametric-source.ts";

/** How a mesh is going to be made. */
export type MeshPlan = { readonly seed: number; readonly origin: MeshOrigin } & (
  | { readonly source: "parametric"; readonly plan: ParametricPlan }
  | { readonly source: "library"; readonly plan: LibraryPlan }
  | { readonly source: "generated"; readonly plan: GeneratedPlan }
);

type Candidate =
  | { readonly source: "parametric"; readonly plan: ParametricPlan }
  | { readonly source: "library"; readonly plan: LibraryPlan }
  | { readonly source: "generated"; readonly plan: GeneratedPlan };

/** Below this `auto` says that no source knows the words. */
const UNSURE = 0.3;

/**
 * Chooses for each mesh of a request where it comes from: the source that is asked for, else the one that is most often right where it is
 * as sure of the words as here; of equals shape programs come before the library, and that before the network.
 *
 * @throws CoreError BUNDLE_INVALID if the bundle's library or calibration cannot be read
 */
export async function planMeshes(params: ResolvedMeshParams, bundle: MeshBundle): Promise<MeshPlan[]> {
  const { sources } = bundle.manifest.mesh_diffusion;
  const offered = params.source === "auto" ? sources : [params.source];
  const library = offered.includes("library") ? await openBundleLibrary(bundle) : undefined;
  const calibration = await readCalibration(bundle);
  return Array.from({ length: params.num_meshes_per_prompt }, (_, index) => {
    const seed = (params.seed + index) >>> 0;
    const candidates = ORDER.filter((source) => offered.includes(source)).flatMap((source) =>
      candidate(source, params, seed, bundle, library, offered.length === 1),
    );
    return choose(params, seed, candidates, calibration);
  });
}

const ORDER: readonly MeshSource[] = ["parametric", "library", "generated"];

function candidate(
  source: MeshSource,
  params: ResolvedMeshParams,
  seed: number,
  bundle: MeshBundle,
  library: ModelLibrary | undefined,
  forced: boolean,
): Candidate[] {
  switch (source) {
    case "parametric":
      return [{ source, plan: planParametric(params.prompt, seed) }];
    case "library": {
      const plan = library && planLibrary(params.prompt, seed, library, forced);
      return plan === undefined ? [] : [{ source, plan }];
    }
    case "generated":
      return [{ source, plan: planGenerated(params, bundle) }];
  }
}

function choose(
  { source: asked, image }: ResolvedMeshParams,
  seed: number,
  candidates: readonly Candidate[],
  calibration: MeshCalibration,
): MeshPlan {
  // What a network makes of words that it was not trained on is a lump; a clean model of something near is of more use.
  const clean = candidates.filter(({ source, plan }) => source !== "generated" || plan.category !== undefined);
  const weighed = image !== undefined || clean.length === 0 ? candidates : clean;
  const rated = weighed.map((one) => ({ one, value: calibration(one.source, one.plan.origin.confidence) }));
  const fromPicture = image === undefined ? undefined : rated.find(({ one }) => one.source === "generated");
  const best = fromPicture ?? rated.reduce((first, next) => (next.value > first.value ? next : first));
  const { one, value } = best;
  const shares = rated.map(({ one: { source }, value: share }) => `${source} ${share.toFixed(2)}`).join(", ");
  const reason =
    asked !== "auto"
      ? "The request asks for it."
      : fromPicture !== undefined
        ? "Only a network takes a picture."
        : value < UNSURE
          ? `No source knows the words well; this one is the surest: ${shares}.`
          : rated.length === 1
            ? "The bundle has no other source for these words."
            : `It knows the words best: ${shares}.`;
  return { ...one, seed, origin: { source: one.source, reason, ...one.plan.origin } };
}
