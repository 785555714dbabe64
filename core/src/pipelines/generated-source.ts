import { extractSurface } from "../mesh/extract-surface.ts";
import { finishSurface } from "../mesh/finish-surface.ts";
import type { Model } from "../mesh/mesh.ts";
import { mirrorGrid } from "../mesh/mirror-grid.ts";
import { smoothNormals } from "../mesh/smooth-normals.ts";
import { standModel } from "../mesh/stand-model.ts";
import { readPrompt } from "../mesh/words/read-prompt.ts";
import { tokenise } from "../mesh/words/vocabulary.ts";
import type { MeshBundle } from "../models/bundle.ts";
import { CoreError } from "../protocol/errors.ts";
import type { MeshCategory, MeshOrigin } from "../protocol/mesh.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { denoiseMesh } from "./denoise-mesh.ts";
import type { MeshContext } from "./mesh-context.ts";
import { openMeshField } from "./mesh-field.ts";
import type { ResolvedMeshParams } from "./mesh-params.ts";
import type { MeshProgress, MeshStage } from "./mesh-progress.ts";
import type { PipelineContext } from "./pipeline.ts";
import { sampleField } from "./sample-field.ts";
import { spokenSize } from "./size-words.ts";

/** A network's answer to a prompt, before it runs. */
export interface GeneratedPlan {
  readonly category: MeshCategory | undefined;
  /** All but the reason why this source was taken. */
  readonly origin: Omit<MeshOrigin, "reason" | "source">;
}

/** How sure the network is of a prompt whose thing it was not trained on. */
const UNKNOWN = 0.1;

/** Finds what kind of thing the words mean, among those that the bundle's network knows. Every prompt has an answer. */
export function planGenerated({ prompt, image }: ResolvedMeshParams, bundle: MeshBundle): GeneratedPlan {
  const { categories, conditioning, field } = bundle.manifest.mesh_diffusion;
  const plain = field?.colour === false ? [NO_COLOUR] : [];
  if (conditioning === "image") {
    const category = findCategory(prompt, categories);
    const named = category === undefined ? {} : { category: category.name };
    const unread = prompt.trim() === "" ? [] : [PICTURE_ALONE];
    return {
      category,
      origin: { ...named, confidence: image === undefined ? 0 : 1, warnings: [...unread, ...plain] },
    };
  }
  const category = findCategory(prompt, categories);
  if (category !== undefined) {
    const reading = readPrompt(prompt);
    const confidence = reading.category === category.name ? reading.confidence : 0.8;
    return { category, origin: { category: category.name, confidence, warnings: plain } };
  }
  const names = categories.slice(0, 12).map(({ name }) => name);
  const more = categories.length > names.length ? ` and ${categories.length - names.length} more` : "";
  const good = names.length === 0 ? "" : ` It is good at: ${names.join(", ")}${more}.`;
  const warnings = [`The network was trained on nothing that the words name; what it makes is a guess.${good}`];
  return { category, origin: { confidence: UNKNOWN, warnings: [...warnings, ...plain] } };
}

const NO_COLOUR = "The bundle's network gives no colour: the mesh has a plain material. A texture job paints it.";
const PICTURE_ALONE =
  "The bundle's network sees the picture alone; the words tell no more than what kind of thing it is.";

/** The category whose name, or the shape programs' word for it, the prompt is about. */
function findCategory(prompt: string, categories: readonly MeshCategory[]): MeshCategory | undefined {
  const read = readPrompt(prompt).category;
  const known = categories.find(({ name }) => name === read);
  if (known !== undefined) return known;
  const tokens = tokenise(prompt);
  const named = categories
    .map((category) => ({ category, words: tokenise(category.name) }))
    .filter(({ words }) => tokens.some((_, at) => words.every((word, k) => tokens[at + k] === word)));
  // "Picnic table" means the picnic table, not the table.
  return named.toSorted((a, b) => b.words.length - a.words.length)[0]?.category;
}

/** Stages of a generated mesh with as many steps each as they take time. */
export function generatedStages({ num_inference_steps }: ResolvedMeshParams, bundle: MeshBundle): MeshStage[] {
  const passes = bundle.manifest.mesh_diffusion.sampler?.type === "one_pass" ? 1 : num_inference_steps;
  return [
    ["denoise", passes],
    ["field", 4],
    ["surface", 2],
    ["simplify", 4],
    ["unwrap", 2],
    ["bake", 8],
  ];
}

/** What {@link makeGenerated} is to do. */
export interface MakeGeneratedOptions {
  readonly plan: GeneratedPlan;
  readonly seed: number;
  readonly words: MeshContext;
  readonly progress: MeshProgress;
  /** Gets a rough model of what a step guesses, each so many steps as the request says. */
  onGuess(guess: Model, step: number): void;
}

/** Cells along a side of the rough models for previews. */
const GUESS_RESOLUTION = 32;

/**
 * Makes a model from noise: latent, field on a grid, finished surface, in metres by its kind.
 *
 * @throws CoreError INFERENCE_FAILED where the field is nowhere inside; BUNDLE_INVALID, OUT_OF_MEMORY
 */
export async function makeGenerated(
  params: ResolvedMeshParams,
  context: PipelineContext<MeshBundle>,
  { plan, seed, words, progress, onGuess }: MakeGeneratedOptions,
): Promise<Model> {
  const config = context.bundle.manifest.mesh_diffusion.field;
  if (config === undefined) throw new CoreError("BUNDLE_INVALID", "The bundle describes no field; it cannot generate.");
  const { num_inference_steps, guidance_scale, grid_resolution, symmetry, target_triangles, texture_size } = params;
  const mirrored = symmetry === "x";
  const name = plan.category?.name ?? "mesh";
  const sample = async (latent: Tensor, resolution: number, onProgress: (share: number) => Promise<void>) => {
    const field = await openMeshField(latent, context);
    const grid = await sampleField(field, config, resolution, onProgress);
    if (mirrored) mirrorGrid(grid);
    return { field, grid };
  };
  await progress.at("denoise", 0);
  const latent = await denoiseMesh(words, context, {
    seed,
    num_inference_steps,
    guidance_scale,
    onStep: async (done, guess) => {
      await progress.at("denoise", done / num_inference_steps);
      const { every_steps } = params.preview;
      if (every_steps === 0 || done % every_steps !== 0 || done === num_inference_steps) return;
      const { grid } = await sample(guess(), GUESS_RESOLUTION, () =>
        progress.at("denoise", done / num_inference_steps),
      );
      const rough = extractRough(grid, name);
      if (rough !== undefined) onGuess(rough, done);
    },
  });
  await progress.at("field", 0);
  const { field, grid } = await sample(latent, grid_resolution, (share) => progress.at("field", share));
  const middle = ((config.bounds.min[0] ?? 0) + (config.bounds.max[0] ?? 0)) / 2;
  const finished = await finishSurface(grid, {
    targetTriangles: target_triangles,
    textureSize: texture_size,
    look: async (points) => {
      if (!config.colour && !config.material) return {};
      // The mirrored half is painted like the half that it was taken from.
      if (mirrored)
        for (let at = 0; at < points.length; at += 3) points[at] = middle - Math.abs((points[at] ?? 0) - middle);
      const { colours, materials } = await field.sample(points);
      return { ...(colours !== undefined && { colours }), ...(materials !== undefined && { materials }) };
    },
    onStage: (stage, share) => progress.at(stage, share),
  });
  if (finished === undefined) throw emptyField(seed);
  const { mesh, material } = finished;
  const model: Model = { name, parts: [{ name, mesh, material: 0 }], materials: [{ ...material, name }] };
  return standModel(model, params.size_m ?? spokenSize(params.prompt, plan.category));
}

function extractRough(grid: Parameters<typeof extractSurface>[0], name: string): Model | undefined {
  const mesh = extractSurface(grid);
  if (mesh.indices.length === 0) return undefined;
  return { name, parts: [{ name, mesh: smoothNormals(mesh), material: 0 }], materials: [CLAY] };
}

const CLAY = { name: "clay", baseColour: [0.55, 0.5, 0.46], roughness: 0.8, metallic: 0 } as const;

function emptyField(seed: number): CoreError {
  return new CoreError("INFERENCE_FAILED", `The network made an empty field with seed ${seed}: there is no surface.`, {
    remedy: "Try another seed, or a prompt nearer to what the bundle knows.",
  });
}
