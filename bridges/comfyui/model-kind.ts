import type { ComfyModelSettings, ModelFamily } from "../../core/src/comfyui-settings.ts";
import type { ControlKind } from "../../core/src/protocol/image.ts";

/** What a ControlNet file is for. */
export interface ControlNetKind {
  kind: ControlKind | "union";
  family: ModelFamily;
}

/** Model makers whose names say that neither SD 1.5 nor SDXL is inside; workflows may load them. */
const OTHER =
  /flux|sd[-_. ]?3|cascade|hunyuan|pixart|aura|lumina|svd|video|\bwan|wan[-_. ]?2|ltx|mochi|cosmos|qwen|kontext|chroma|audio|ace[-_]step|sd[-_. ]?2|v2-1|768-v|zero123|refiner|kolors|hidream|z[-_]image|omnigen/;
const SDXL = /xl|pony|illustrious|noob|animagine/;
const SDXL_CONTROL = /xl|control-lora|promax/;

/** What makers of safetensors files write into `modelspec.architecture`. */
const ARCHITECTURES: [RegExp, ModelFamily][] = [
  [/^stable-diffusion-xl/, "sdxl"],
  [/^stable-diffusion-v1/, "sd15"],
  [/./, "other"],
];

/**
 * Tells the family of a checkpoint. The first that says something wins: the settings; the tensors' names, where the file can be read;
 * the `modelspec.architecture` in it; its file name. A name that says nothing is taken as SD 1.5, of which there are most.
 */
export function checkpointFamily(
  name: string,
  facts: { settings?: ComfyModelSettings | undefined; tensors?: readonly string[]; architecture?: unknown } = {},
): ModelFamily {
  const { settings, tensors, architecture } = facts;
  if (settings?.family !== undefined) return settings.family;
  if (tensors !== undefined) return familyOfTensors(tensors);
  if (typeof architecture === "string") {
    const found = ARCHITECTURES.find(([pattern]) => pattern.test(architecture.toLowerCase()));
    if (found !== undefined) return found[1];
  }
  const lower = name.toLowerCase();
  if (OTHER.test(lower)) return "other";
  return SDXL.test(lower) ? "sdxl" : "sd15";
}

/** Names of ComfyUI, comfy/supported_models.py: prefixes of the text encoders tell the families apart. */
function familyOfTensors(tensors: readonly string[]): ModelFamily {
  const has = (start: string) => tensors.some((name) => name.startsWith(start));
  const unet = has("model.diffusion_model.input_blocks.");
  if (unet && has("conditioner.embedders.1.model.") && has("conditioner.embedders.0.transformer.")) return "sdxl";
  if (unet && has("cond_stage_model.transformer.")) return "sd15";
  return "other";
}

/** Tells whether a checkpoint was made for inpainting. */
export function isInpainting(name: string, settings: ComfyModelSettings | undefined): boolean {
  return settings?.inpainting ?? /inpaint/i.test(name);
}

/**
 * Tells what a ControlNet is for, by the settings, else by the file names that its makers use. `segmentation` and `light` come from
 * settings only: ControlNets for segmentation want the colours of ADE20K, not those of a scene.
 */
export function controlNetKind(name: string, settings: ComfyModelSettings | undefined): ControlNetKind | undefined {
  const lower = (name.split(/[\\/]/).at(-1) ?? name).toLowerCase();
  const family = settings?.family ?? (OTHER.test(lower) ? "other" : SDXL_CONTROL.test(lower) ? "sdxl" : "sd15");
  if (settings?.control !== undefined) return { kind: settings.control, family };
  // LLLite and IP-Adapter files lie beside ControlNets and want other nodes.
  if (/lllite|ip-?adapter|instantid/.test(lower)) return undefined;
  if (/union|promax/.test(lower)) return { kind: "union", family };
  const kinds: [RegExp, ControlKind][] = [
    [/depth/, "depth"],
    [/normal/, "normal"],
    [/line[-_]?art(?!.*anime)/, "lineart"],
    [/canny/, "canny"],
    [/open[-_]?pose|dw[-_]?pose/, "openpose"],
  ];
  const kind = kinds.find(([pattern]) => pattern.test(lower))?.[1];
  return kind === undefined ? undefined : { kind, family };
}

/**
 * Tells where red points in the normal maps that a ControlNet knows. Ours point right; the NormalBae ControlNet of the 1.1 series
 * was trained with red to the left ("blue is front, red is left, green is top", its README).
 */
export function normalRed(name: string, settings: ComfyModelSettings | undefined): "left" | "right" {
  return settings?.normal_red ?? (/normalbae/i.test(name) ? "left" : "right");
}

/** Types of SetUnionControlNetType by our kinds. */
export const UNION_TYPES: Partial<Record<ControlKind, string>> = {
  depth: "depth",
  normal: "normal",
  lineart: "canny/lineart/anime_lineart/mlsd",
  canny: "canny/lineart/anime_lineart/mlsd",
  openpose: "openpose",
};
