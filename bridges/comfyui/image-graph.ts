import type { ResolvedImageParams } from "../../core/src/pipelines/image-params.ts";
import type { ControlKind } from "../../core/src/protocol/image.ts";
import type { Graph, Link } from "./graph.ts";
import type { Lora } from "./lora-tags.ts";
import type { Sampler } from "./samplers.ts";

/** Which models and samplers a graph uses. */
export interface GraphPlan {
  checkpoint: string;
  family: "sd15" | "sdxl";
  /** Made for inpainting: takes the masked picture beside the latents. */
  inpainting: boolean;
  vae: string | undefined;
  loras: readonly Lora[];
  /** Prompt without LoRA tags. */
  prompt: string;
  /** ControlNet of each control, undefined for those that take no part. */
  controls: readonly ({ file: string; union?: string } | undefined)[];
  upscale_model: string | undefined;
  sampler: Sampler;
  /** Start of file names in the output folder; undefined = temporary files. */
  filename_prefix: string | undefined;
}

/** Names of the pictures on the server, as LoadImage takes them. */
export interface GraphImages {
  init?: string;
  mask?: string;
  controls: readonly (string | undefined)[];
  regions: readonly string[];
  /** Where no region is. */
  background?: string;
}

const KIND_NAMES: Record<ControlKind, string> = {
  depth: "Depth map",
  normal: "Normal map",
  lineart: "Line art",
  canny: "Edges",
  segmentation: "Segmentation",
  openpose: "Pose",
  light: "Light map",
};

/**
 * Builds the graph of one picture: text-to-image, img2img or inpainting with any number of ControlNets, LoRAs and regions.
 *
 * Where ComfyUI counts otherwise, numbers are turned into its own: `strength` runs a share of the steps in both, but KSampler is told
 * the steps that run; the start and end of a control are shares of the steps that run here, of the whole schedule there; SDXL's
 * text encoders leave one layer out already.
 */
export function buildImageGraph(
  params: ResolvedImageParams,
  plan: GraphPlan,
  images: GraphImages,
  seed: number,
): Graph {
  const graph: Graph = {};
  const add = (class_type: string, inputs: Record<string, unknown>, title = class_type): string => {
    const id = String(Object.keys(graph).length + 1);
    graph[id] = { class_type, inputs, _meta: { title } };
    return id;
  };
  const picture = (name: string, title: string): Link => [add("LoadImage", { image: name }, title), 0];
  const mask = (name: string, title: string): Link => [add("LoadImageMask", { image: name, channel: "red" }, title), 0];

  const checkpoint = add("CheckpointLoaderSimple", { ckpt_name: plan.checkpoint }, "Checkpoint");
  let model: Link = [checkpoint, 0];
  let clip: Link = [checkpoint, 1];
  const vae: Link = plan.vae === undefined ? [checkpoint, 2] : [add("VAELoader", { vae_name: plan.vae }, "VAE"), 0];
  for (const { name, strength, strength_clip } of plan.loras) {
    const inputs = { model, clip, lora_name: name, strength_model: strength, strength_clip };
    const lora = add("LoraLoader", inputs, `LoRA ${name}`);
    model = [lora, 0];
    clip = [lora, 1];
  }
  if (params.clip_skip > 0) {
    const stop_at_clip_layer = -1 - params.clip_skip - (plan.family === "sdxl" ? 1 : 0);
    clip = [add("CLIPSetLastLayer", { clip, stop_at_clip_layer }, "Clip skip"), 0];
  }

  const encode = (text: string, title: string): Link => [add("CLIPTextEncode", { text, clip }, title), 0];
  let positive = encode(plan.prompt, "Prompt");
  let negative = encode(params.negative_prompt, "Negative prompt");
  if (images.background !== undefined) {
    const within = (conditioning: Link, name: string, strength: number, title: string): Link => {
      const inputs = { conditioning, mask: mask(name, `${title}: mask`), strength, set_cond_area: "default" };
      return [add("ConditioningSetMask", inputs, title), 0];
    };
    positive = within(positive, images.background, 1, "Everywhere else");
    for (const [i, region] of params.regions.entries()) {
      const name = images.regions[i];
      if (name === undefined || region.weight === 0) continue;
      const title = `Region ${region.name ?? i + 1}`;
      const conditioning = within(encode(region.prompt, `${title}: prompt`), name, region.weight, title);
      positive = [add("ConditioningCombine", { conditioning_1: positive, conditioning_2: conditioning }, title), 0];
    }
  }

  const denoise = params.init_image === undefined ? 1 : params.strength;
  const shareOfSchedule = (share: number) => 1 - denoise + denoise * share;
  for (const [i, control] of params.controls.entries()) {
    const net = plan.controls[i];
    const name = images.controls[i];
    if (net === undefined || name === undefined) continue;
    const title = KIND_NAMES[control.kind];
    let control_net: Link = [add("ControlNetLoader", { control_net_name: net.file }, `${title}: ControlNet`), 0];
    if (net.union !== undefined) {
      control_net = [add("SetUnionControlNetType", { control_net, type: net.union }, `${title}: kind`), 0];
    }
    const applied = add(
      "ControlNetApplyAdvanced",
      {
        positive,
        negative,
        control_net,
        image: picture(name, title),
        strength: control.conditioning_scale,
        start_percent: shareOfSchedule(control.control_guidance_start),
        end_percent: shareOfSchedule(control.control_guidance_end),
        vae,
      },
      `${title}: strength`,
    );
    positive = [applied, 0];
    negative = [applied, 1];
  }

  let latent_image: Link;
  if (images.init === undefined) {
    const { width, height } = params;
    latent_image = [add("EmptyLatentImage", { width, height, batch_size: 1 }, "Size"), 0];
  } else {
    const pixels = picture(images.init, "Start picture");
    if (images.mask === undefined) latent_image = [add("VAEEncode", { pixels, vae }, "Start"), 0];
    else if (plan.inpainting) {
      const inputs = { positive, negative, vae, pixels, mask: mask(images.mask, "Repaint"), noise_mask: true };
      const inpaint = add("InpaintModelConditioning", inputs, "Inpaint");
      positive = [inpaint, 0];
      negative = [inpaint, 1];
      latent_image = [inpaint, 2];
    } else {
      const samples: Link = [add("VAEEncode", { pixels, vae }, "Start"), 0];
      latent_image = [add("SetLatentNoiseMask", { samples, mask: mask(images.mask, "Repaint") }, "Inpaint"), 0];
    }
  }
  const steps =
    params.init_image === undefined
      ? params.num_inference_steps
      : Math.max(1, Math.trunc(params.num_inference_steps * params.strength));
  const sampler = add(
    "KSampler",
    {
      model,
      positive,
      negative,
      latent_image,
      seed,
      steps,
      cfg: Math.max(1, params.guidance_scale),
      ...plan.sampler,
      denoise,
    },
    "Sampler",
  );
  let result: Link = [add("VAEDecode", { samples: [sampler, 0], vae }, "Decode"), 0];
  if (plan.upscale_model !== undefined) {
    const upscale_model: Link = [add("UpscaleModelLoader", { model_name: plan.upscale_model }, "Upscaler"), 0];
    result = [add("ImageUpscaleWithModel", { upscale_model, image: result }, "Upscale"), 0];
  }
  if (plan.filename_prefix === undefined) add("PreviewImage", { images: result }, "Result");
  else add("SaveImage", { images: result, filename_prefix: plan.filename_prefix }, "Result");
  return graph;
}
