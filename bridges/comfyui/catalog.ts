import { createHash } from "node:crypto";
import type { ComfyLook, ComfyModelSettings, ModelFamily } from "../../core/src/comfyui-settings.ts";
import type { ImageManifest } from "../../core/src/models/image-manifest.ts";
import { NoiseScheduleSchema } from "../../core/src/models/noise-schedule.ts";
import type { ControlSupport } from "../../core/src/models/stable-diffusion-config.ts";
import type { ControlKind } from "../../core/src/protocol/image.ts";
import {
  type DeclaredModel,
  type Licence,
  LicenceSchema,
  type TrainingDeclaration,
} from "../../core/src/protocol/record.ts";
import { type GraphModel, modelsOfGraph } from "./graph-models.ts";
import { controlNetKind, isInpainting, UNION_TYPES } from "./model-kind.ts";
import { choices, type NodeTypes } from "./object-info.ts";
import { schedulersOf } from "./samplers.ts";
import { controlKinds, savedScheduler, savedValue, type Workflow } from "./workflow.ts";

interface OfferFacts {
  manifest: ImageManifest;
  /** Model files that every request with it loads; ControlNets depend on the request. */
  models: readonly GraphModel[];
}

/** A checkpoint, or a look: a checkpoint with what belongs to it. */
export interface CheckpointOffer extends OfferFacts {
  kind: "checkpoint";
  checkpoint: string;
  family: "sd15" | "sdxl";
  inpainting: boolean;
  look: ComfyLook | undefined;
  /** ControlNet of each kind. */
  controls: ReadonlyMap<ControlKind, { file: string; union?: string }>;
  /** What the settings say of a model file. */
  settings(file: string): ComfyModelSettings | undefined;
}

/** A user's workflow. */
export interface WorkflowOffer extends OfferFacts {
  kind: "workflow";
  workflow: Workflow;
}

export type Offer = CheckpointOffer | WorkflowOffer;

/** What a pool's catalog is made from. */
export interface CatalogSource {
  pool: string;
  nodes: NodeTypes;
  models: Readonly<Record<string, ComfyModelSettings>>;
  looks: readonly ComfyLook[];
  workflows: readonly { name: string; title: string | undefined; workflow: Workflow }[];
  /** Family of a checkpoint. */
  family(checkpoint: string): ModelFamily;
}

const SIZES = {
  sd15: { size: { min: 64, max: 2048, multiple: 8 }, side: 512 },
  sdxl: { size: { min: 256, max: 4096, multiple: 8 }, side: 1024 },
};
const STEPS = 20;
const GUIDANCE = 7;
const CLIP_LAYERS = 11;
const NO_LICENCE: Licence = LicenceSchema.parse({ spdx: "NOASSERTION", commercial_use: false });

/** Gives the backend's name of a pool, with which its bundle ids begin. */
export function backendName(pool: string): string {
  return `comfyui:${pool}`;
}

/** Gives all that a server offers: its checkpoints, the looks made of them, and the workflows that it can run. */
export function offersOf(source: CatalogSource): Offer[] {
  const { nodes, models, looks, workflows } = source;
  const checkpoints = choices(nodes, "CheckpointLoaderSimple", "ckpt_name");
  const offers: Offer[] = [];
  const offer = (checkpoint: string, look: ComfyLook | undefined) => {
    const family = source.family(checkpoint);
    // Other families need other loaders and samplers than this graph has; workflows bring theirs along.
    if (family === "other") return;
    const controls = controlNetsFor(family, nodes, models);
    const inpainting = isInpainting(checkpoint, models[checkpoint]);
    const manifest = checkpointManifest(source, { checkpoint, look, family, controls });
    offers.push({
      kind: "checkpoint",
      manifest,
      models: fixedModels(checkpoint, look),
      checkpoint,
      family,
      inpainting,
      look,
      controls,
      settings: (file) => settingsOf(models, file),
    });
  };
  for (const checkpoint of checkpoints) if (models[checkpoint]?.hidden !== true) offer(checkpoint, undefined);
  for (const look of looks)
    if (checkpoints.includes(look.checkpoint) && hasAll(look, nodes)) offer(look.checkpoint, look);
  for (const { name, title, workflow } of workflows) {
    const manifest = workflowManifest(source, name, title, workflow);
    offers.push({ kind: "workflow", workflow, manifest, models: modelsOfGraph(workflow.graph, nodes) });
  }
  return offers;
}

/** Gives the model files of a graph with what the settings say of them; hashes come later. */
export function declaredModels(
  models: readonly GraphModel[],
  settings: Readonly<Record<string, ComfyModelSettings>>,
): DeclaredModel[] {
  return models.map(({ name, role, weight }) => {
    const { licence, training_data } = settingsOf(settings, name) ?? {};
    return {
      name: name.slice(0, 300),
      role: role.slice(0, 100),
      ...(weight === undefined ? {} : { weight }),
      ...(licence === undefined ? {} : { licence }),
      training_data: training_data ?? "undeclared",
    };
  });
}

/** Gives the model files of a checkpoint or look, whatever is asked of it. */
function fixedModels(checkpoint: string, look: ComfyLook | undefined): GraphModel[] {
  const model = (role: string, folder: string, name: string | undefined, weight?: number): GraphModel[] =>
    name === undefined ? [] : [{ name, role, folders: [folder], ...(weight === undefined ? {} : { weight }) }];
  return [
    ...model("checkpoint", "checkpoints", checkpoint),
    ...model("vae", "vae", look?.vae),
    ...(look?.loras ?? []).flatMap(({ name, strength }) => model("lora", "loras", name, strength)),
    ...model("upscaler", "upscale_models", look?.upscale_model),
  ];
}

/** Gives the settings of a model file; a name without folder stands for the file in any folder. */
export function settingsOf(
  settings: Readonly<Record<string, ComfyModelSettings>>,
  name: string,
): ComfyModelSettings | undefined {
  return settings[name] ?? settings[name.split(/[\\/]/).at(-1) ?? name];
}

/** Of several ControlNets for a kind: one that settings name, else one for it alone, else a union; then by name. */
function controlNetsFor(
  family: "sd15" | "sdxl",
  nodes: NodeTypes,
  models: Readonly<Record<string, ComfyModelSettings>>,
): Map<ControlKind, { file: string; union?: string }> {
  const found = new Map<ControlKind, { file: string; union?: string; rank: number }>();
  const unionTypes = choices(nodes, "SetUnionControlNetType", "type");
  const offer = (kind: ControlKind, entry: { file: string; union?: string; rank: number }) => {
    const known = found.get(kind);
    if (known === undefined || entry.rank < known.rank) found.set(kind, entry);
  };
  for (const file of [...choices(nodes, "ControlNetLoader", "control_net_name")].sort()) {
    const settings = settingsOf(models, file);
    const net = controlNetKind(file, settings);
    if (net === undefined || net.family !== family || settings?.hidden) continue;
    const named = settings?.control !== undefined;
    if (net.kind !== "union") {
      offer(net.kind, { file, rank: named ? 0 : 1 });
      continue;
    }
    for (const [kind, union] of Object.entries(UNION_TYPES)) {
      if (unionTypes.includes(union)) offer(kind as ControlKind, { file, union, rank: named ? 2 : 3 });
    }
  }
  return new Map([...found].map(([kind, { rank: _, ...net }]) => [kind, net]));
}

function hasAll({ vae, loras, upscale_model }: ComfyLook, nodes: NodeTypes): boolean {
  const has = (node: string, input: string, name: string | undefined) =>
    name === undefined || choices(nodes, node, input).includes(name);
  return (
    has("VAELoader", "vae_name", vae) &&
    has("UpscaleModelLoader", "model_name", upscale_model) &&
    loras.every(({ name }) => has("LoraLoader", "lora_name", name))
  );
}

function checkpointManifest(
  { pool, nodes, models }: CatalogSource,
  { checkpoint, look, family, controls }: Pick<CheckpointOffer, "checkpoint" | "look" | "family" | "controls">,
): ImageManifest {
  const { size, side } = SIZES[family];
  const schedulers = schedulersOf(nodes);
  const defaults = {
    width: side,
    height: side,
    num_inference_steps: STEPS,
    guidance_scale: GUIDANCE,
    scheduler: schedulers.includes("dpmpp_2m_karras") ? ("dpmpp_2m_karras" as const) : ("euler" as const),
  };
  const named = settingsOf(models, checkpoint);
  const name =
    look?.title ??
    look?.name ??
    checkpoint
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\.[a-z]+$/i, "") ??
    checkpoint;
  return {
    id: `${backendName(pool)}/${look === undefined ? checkpoint : `look:${look.name}`}`,
    name: `${name} (ComfyUI)`,
    version: versionOf([checkpoint, look]),
    task: "image",
    purpose: "production",
    family: family === "sdxl" ? "stable-diffusion-xl" : "stable-diffusion",
    licence: named?.licence ?? NO_LICENCE,
    training_data: declarationOf(
      [checkpoint, look?.vae, look?.upscale_model, ...(look?.loras ?? []).map((lora) => lora.name)],
      models,
    ),
    memory_bytes: 0,
    components: {
      vae_encoder: { outputs: [] },
      text_encoder: {
        outputs: Array.from({ length: CLIP_LAYERS }, (_, i) => ({
          name: `hidden_states_skip_${i + 1}`,
          shape: [],
          dtype: "float32" as const,
        })),
      },
    },
    stable_diffusion: {
      defaults: { ...defaults, ...withoutUndefined(look?.defaults ?? {}) },
      size,
      controls: [...controls].map(([kind, { file }]) => controlSupport(kind, file)),
      requires_control: false,
      supports_guidance: true,
      noise_schedule: NoiseScheduleSchema.parse({}),
      vae_scale_factor: 8,
    },
  };
}

function workflowManifest(
  { pool, nodes, models }: CatalogSource,
  name: string,
  title: string | undefined,
  workflow: Workflow,
): ImageManifest {
  const number = (parameter: string, otherwise: number) => {
    const value = savedValue(workflow, parameter);
    return typeof value === "number" && value > 0 ? value : otherwise;
  };
  const files = modelsOfGraph(workflow.graph, nodes).map((model) => model.name);
  const kinds = controlKinds(workflow);
  return {
    id: `${backendName(pool)}/workflow:${name}`,
    name: `${title ?? name} (ComfyUI)`,
    version: versionOf(workflow.graph),
    task: "image",
    purpose: "production",
    family: "comfyui-workflow",
    licence: NO_LICENCE,
    training_data: declarationOf(files, models),
    memory_bytes: 0,
    components: workflow.inputs.has("init_image") ? { vae_encoder: { outputs: [] } } : {},
    stable_diffusion: {
      defaults: {
        width: Math.round(number("width", 512) / 8) * 8,
        height: Math.round(number("height", 512) / 8) * 8,
        num_inference_steps: Math.round(number("steps", STEPS)),
        guidance_scale: number("guidance", workflow.inputs.has("guidance") ? GUIDANCE : 1),
        scheduler: savedScheduler(workflow) ?? "euler",
      },
      size: { min: 64, max: 8192, multiple: 8 },
      controls: kinds.map((kind) => controlSupport(kind, "workflow")),
      requires_control: false,
      supports_guidance: workflow.inputs.has("guidance"),
      noise_schedule: NoiseScheduleSchema.parse({}),
      vae_scale_factor: 8,
    },
  };
}

function controlSupport(kind: ControlKind, component: string): ControlSupport {
  return { kind, component, channels: 3, channel_order: "rgb", invert: false };
}

/** One declaration of all models; if one is undeclared, the whole is. */
function declarationOf(
  files: readonly (string | undefined)[],
  models: Readonly<Record<string, ComfyModelSettings>>,
): TrainingDeclaration {
  const all: Exclude<TrainingDeclaration, "undeclared"> = [];
  for (const file of files) {
    if (file === undefined) continue;
    const declared = settingsOf(models, file)?.training_data ?? "undeclared";
    if (declared === "undeclared") return declared;
    all.push(...declared);
  }
  return all;
}

/** A server tells no version of a checkpoint or workflow; this one changes when what is run changes. */
function versionOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: NonNullable<T[K]>;
  };
}
