import type { Graph } from "./graph.ts";
import type { NodeTypes } from "./object-info.ts";

/** A model file that a graph loads. */
export interface GraphModel {
  /** File name as the server names it, folders included. */
  name: string;
  /** What it does: checkpoint, lora, controlnet … */
  role: string;
  /** Folders below `models` in which it may lie. */
  folders: readonly string[];
  /** Strength of a LoRA. */
  weight?: number;
}

const MODEL_FILE = /\.(safetensors|sft|ckpt|pt|pt2|pth|bin|onnx|gguf|pkl)$/i;
/** Choices of loaders that stand for no file. */
const NO_MODEL = new Set(["", "None", "none", "pixel_space"]);
const EMBEDDING = /embedding:([^\s,()[\]{}<>:]+)/g;

/** Roles and folders by the input that names the file. */
const ROLES: Record<string, { role: string; folders: readonly string[] }> = {
  ckpt_name: { role: "checkpoint", folders: ["checkpoints"] },
  config_name: { role: "config", folders: ["configs"] },
  lora_name: { role: "lora", folders: ["loras"] },
  control_net_name: { role: "controlnet", folders: ["controlnet", "t2i_adapter"] },
  vae_name: { role: "vae", folders: ["vae", "vae_approx"] },
  unet_name: { role: "diffusion_model", folders: ["diffusion_models", "unet"] },
  clip_name: { role: "text_encoder", folders: ["text_encoders", "clip", "clip_vision"] },
  clip_name1: { role: "text_encoder", folders: ["text_encoders", "clip"] },
  clip_name2: { role: "text_encoder", folders: ["text_encoders", "clip"] },
  clip_name3: { role: "text_encoder", folders: ["text_encoders", "clip"] },
  clip_name4: { role: "text_encoder", folders: ["text_encoders", "clip"] },
  model_name: { role: "model", folders: ["upscale_models"] },
  style_model_name: { role: "style_model", folders: ["style_models"] },
  gligen_name: { role: "gligen", folders: ["gligen"] },
  model_path: { role: "checkpoint", folders: ["diffusers"] },
  hypernetwork_name: { role: "hypernetwork", folders: ["hypernetworks"] },
};

/** A configuration is a text beside a model. */
const FILE_INPUTS = new Set(Object.keys(ROLES).filter((input) => input !== "config_name"));

/**
 * Gives every model file that a graph loads, each once: values that are file names of models, whatever node has them, what ComfyUI's own
 * loaders name without an ending (folders of diffusers, `taesd`), and
 * `embedding:name` in texts. A node of a pack may bring models along that no input names, so the node itself stands among them.
 */
export function modelsOfGraph(graph: Graph, types: NodeTypes): GraphModel[] {
  const found = new Map<string, GraphModel>();
  const add = (model: GraphModel) => {
    const key = `${model.role} ${model.name}`;
    if (!found.has(key)) found.set(key, model);
  };
  for (const { class_type, inputs } of Object.values(graph)) {
    if (types.get(class_type)?.builtin === false) add({ name: class_type, role: "custom_node", folders: [] });
    for (const [input, value] of Object.entries(inputs)) {
      if (typeof value !== "string") continue;
      const named = types.get(class_type)?.builtin === true && FILE_INPUTS.has(input) && !NO_MODEL.has(value);
      if (MODEL_FILE.test(value) || named) {
        const known = ROLES[input] ?? { role: input.replace(/_?(name|file)\d*$/, "") || "model", folders: [] };
        const role =
          class_type === "UpscaleModelLoader"
            ? "upscaler"
            : class_type === "CLIPVisionLoader"
              ? "clip_vision"
              : known.role;
        const weight = role === "lora" ? (inputs.strength_model ?? inputs.strength) : undefined;
        add({ name: value, role, folders: known.folders, ...(typeof weight === "number" ? { weight } : {}) });
      }
      for (const [, name = ""] of value.matchAll(EMBEDDING)) add({ name, role: "embedding", folders: ["embeddings"] });
    }
  }
  return [...found.values()];
}
