import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checkGraph } from "../../bridges/comfyui/check-graph.ts";
import { convertWorkflow } from "../../bridges/comfyui/convert-workflow.ts";
import type { Graph } from "../../bridges/comfyui/graph.ts";
import { modelsOfGraph } from "../../bridges/comfyui/graph-models.ts";
import { buildImageGraph, type GraphPlan } from "../../bridges/comfyui/image-graph.ts";
import { takeLoraTags } from "../../bridges/comfyui/lora-tags.ts";
import { checkpointFamily, controlNetKind, normalRed } from "../../bridges/comfyui/model-kind.ts";
import { nearest } from "../../bridges/comfyui/nearest.ts";
import { parseObjectInfo } from "../../bridges/comfyui/object-info.ts";
import { PromptProgress } from "../../bridges/comfyui/prompt-progress.ts";
import { fillWorkflow, readWorkflow } from "../../bridges/comfyui/workflow.ts";
import type { ResolvedImageParams } from "../../core/src/pipelines/image-params.ts";
import type { Issue } from "../../core/src/protocol/issues.ts";
import { RECORDING } from "../support/replay-comfyui.ts";

const types = parseObjectInfo(RECORDING.object_info);
const readJson = (name: string): Graph =>
  JSON.parse(readFileSync(new URL(`workflows/${name}.json`, import.meta.url), "utf8"));
const NO_SETTINGS = { inputs: {}, outputs: [] };

const params: ResolvedImageParams = {
  bundle: "comfyui:default/a.safetensors",
  prompt: "a castle",
  negative_prompt: "blur",
  width: 512,
  height: 768,
  num_inference_steps: 20,
  guidance_scale: 7,
  scheduler: "euler",
  eta: 0,
  seed: 5,
  num_images_per_prompt: 1,
  clip_skip: 0,
  strength: 0.6,
  controls: [],
  regions: [],
  output: { mime: "image/png", quality: 92 },
  preview: { every_steps: 0, max_size: 256 },
};
const plan: GraphPlan = {
  checkpoint: "a.safetensors",
  family: "sd15",
  inpainting: false,
  vae: undefined,
  loras: [],
  prompt: "a castle",
  controls: [],
  upscale_model: undefined,
  sampler: { sampler_name: "euler", scheduler: "normal" },
  filename_prefix: undefined,
};
const noImages = { controls: [], regions: [] };
const nodeOf = (graph: Graph, type: string) =>
  Object.values(graph).find(({ class_type }) => class_type === type)?.inputs;

test("a graph of every feature passes the server's own description of its nodes, but for the files that it lacks", () => {
  const control = { kind: "depth" as const, image: "0".repeat(64), preprocessor: "none" as const };
  const full: ResolvedImageParams = {
    ...params,
    clip_skip: 1,
    init_image: "1".repeat(64),
    mask_image: "2".repeat(64),
    controls: [{ ...control, conditioning_scale: 0.8, control_guidance_start: 0.25, control_guidance_end: 0.5 }],
    regions: [{ prompt: "sky", weight: 2, mask: "3".repeat(64), name: "Sky" }],
  };
  for (const inpainting of [false, true]) {
    const graph = buildImageGraph(
      full,
      {
        ...plan,
        inpainting,
        vae: "v.safetensors",
        loras: [{ name: "l.safetensors", strength: 0.5, strength_clip: 0.4 }],
        controls: [{ file: "c.safetensors", union: "depth" }],
        upscale_model: "u.pth",
        filename_prefix: "genga/job",
      },
      { init: "i.png", mask: "m.png", controls: ["c.png"], regions: ["r.png"], background: "b.png" },
      7,
    );
    const messages = checkGraph(graph, types).map(({ message }) => message);
    expect(messages.every((message) => /is ".*", which this server does not have/.test(message))).toBe(true);
    expect(nodeOf(graph, "ControlNetApplyAdvanced")).toMatchObject({
      strength: 0.8,
      start_percent: 0.4 + 0.6 * 0.25,
      end_percent: 0.7,
    });
    expect(nodeOf(graph, "KSampler")).toMatchObject({ seed: 7, steps: 12, denoise: 0.6, cfg: 7 });
    expect(modelsOfGraph(graph, types).map(({ role, name }) => `${role} ${name}`)).toEqual([
      "checkpoint a.safetensors",
      "vae v.safetensors",
      "lora l.safetensors",
      "controlnet c.safetensors",
      "upscaler u.pth",
    ]);
  }
});

test("what ComfyUI's own loaders name without an ending is a model too, and what stands for none is not", () => {
  const node = (class_type: string, inputs: object) => ({ class_type, inputs: { ...inputs } });
  const graph = {
    "2": node("VAELoader", { vae_name: "taesd" }),
    "3": node("VAELoader", { vae_name: "pixel_space" }),
    "4": node("CheckpointLoader", { config_name: "v1-inference.yaml", ckpt_name: "a.ckpt" }),
  };
  expect(modelsOfGraph(graph, types).map(({ role, name }) => `${role} ${name}`)).toEqual([
    "vae taesd",
    "checkpoint a.ckpt",
  ]);
});

test("SDXL leaves one layer of its text encoders out by itself", () => {
  const skip = (family: "sd15" | "sdxl") =>
    nodeOf(buildImageGraph({ ...params, clip_skip: 1 }, { ...plan, family }, noImages, 1), "CLIPSetLastLayer")
      ?.stop_at_clip_layer;
  expect([skip("sd15"), skip("sdxl")]).toEqual([-2, -3]);
});

test("guidance of at most 1 is off, which ComfyUI writes as 1", () => {
  const graph = buildImageGraph({ ...params, guidance_scale: 0 }, plan, noImages, 1);
  expect(nodeOf(graph, "KSampler")).toMatchObject({ cfg: 1, denoise: 1, steps: 20 });
});

test.each([
  ["v1-5-pruned-emaonly.safetensors", "sd15"],
  ["dreamshaper_8.safetensors", "sd15"],
  ["sd_xl_base_1.0.safetensors", "sdxl"],
  ["ponyDiffusionV6XL.safetensors", "sdxl"],
  ["Illustrious-v1.safetensors", "sdxl"],
  ["flux1-dev-fp8.safetensors", "other"],
  ["sd3.5_large.safetensors", "other"],
  ["v2-1_768-ema-pruned.ckpt", "other"],
])("the checkpoint %s is taken as %s", (name, family) => {
  expect(checkpointFamily(name)).toBe(family);
});

test("what a file says of itself goes before its name, and the settings before both", () => {
  const xl = { architecture: "stable-diffusion-xl-v1-base" };
  expect(checkpointFamily("mine.safetensors", xl)).toBe("sdxl");
  const sd15 = ["model.diffusion_model.input_blocks.0.0.weight", "cond_stage_model.transformer.text_model.x"];
  expect(checkpointFamily("flux.safetensors", { ...xl, tensors: sd15 })).toBe("sd15");
  expect(checkpointFamily("mine.safetensors", { ...xl, settings: { family: "other" } })).toBe("other");
});

test.each([
  ["control_v11f1p_sd15_depth.pth", "depth", "sd15"],
  ["control_v11p_sd15_normalbae.pth", "normal", "sd15"],
  ["control_v11p_sd15_lineart_fp16.safetensors", "lineart", "sd15"],
  ["control_v11p_sd15s2_lineart_anime.pth", undefined, undefined],
  ["control_v11p_sd15_openpose.pth", "openpose", "sd15"],
  ["control-lora-canny-rank256.safetensors", "canny", "sdxl"],
  ["SDXL/diffusers_xl_depth_full.safetensors", "depth", "sdxl"],
  ["controlnet-union-sdxl-1.0_promax.safetensors", "union", "sdxl"],
  ["kohya_controllllite_xl_depth.safetensors", undefined, undefined],
  ["control_v11p_sd15_seg.pth", undefined, undefined],
])("the ControlNet %s is for %s of %s", (name, kind, family) => {
  expect(controlNetKind(name, undefined)).toEqual(kind === undefined ? undefined : { kind, family });
});

test("red points left in the normal maps of NormalBae, and where the settings say", () => {
  expect(normalRed("control_v11p_sd15_normalbae.pth", undefined)).toBe("left");
  expect(normalRed("control_v11p_sd15_normalbae.pth", { normal_red: "right" })).toBe("right");
  expect(normalRed("xl_normal.safetensors", undefined)).toBe("right");
});

test("LoRA tags leave the prompt; a name that is not there is refused with the nearest", () => {
  const files = ["style/Ink_Wash.safetensors", "night.safetensors"];
  expect(takeLoraTags("a castle <lora:ink_wash:0.7> at <lora:night:1:0.2> dawn", files)).toEqual({
    prompt: "a castle at dawn",
    loras: [
      { name: "style/Ink_Wash.safetensors", strength: 0.7, strength_clip: 0.7 },
      { name: "night.safetensors", strength: 1, strength_clip: 0.2 },
    ],
  });
  expect(takeLoraTags("(a  castle:1.2)", files)).toEqual({ prompt: "(a  castle:1.2)", loras: [] });
  expect(() => takeLoraTags("<lora:nigth:1>", files)).toThrow(/"nigth".*nearest is "night"/);
});

test("an unknown node, input, choice and link are named with the nearest that the server has", () => {
  const graph: Graph = {
    "1": { class_type: "EmptyImge", inputs: {}, _meta: { title: "Start" } },
    "2": {
      class_type: "ImageScale",
      inputs: {
        image: ["1", 0],
        upscale_methd: "lanczos",
        upscale_method: "lancos",
        width: 8,
        height: 8,
        crop: "disabled",
      },
    },
    "3": { class_type: "PreviewImage", inputs: { images: ["9", 0] } },
    "4": { class_type: "ImageToMask", inputs: { image: ["2", 0], channel: "red" } },
    "5": { class_type: "SaveImage", inputs: { images: ["4", 0], filename_prefix: "x" } },
  };
  const told = checkGraph(graph, types).map(({ path, message }) => `${path} ${message}`);
  expect(told).toEqual([
    expect.stringMatching(/^"Start" \(EmptyImge, #1\).*nearest is EmptyImage$/),
    expect.stringMatching(/^ImageScale \(#2\) has no input upscale_methd; the nearest is upscale_method$/),
    expect.stringMatching(/^ImageScale \(#2\) input upscale_method is "lancos".*nearest is lanczos$/),
    expect.stringMatching(/^PreviewImage \(#3\) input images is linked to #9, which is not in the graph$/),
    expect.stringMatching(/^SaveImage \(#5\) input images wants IMAGE, and ImageToMask \(#4\) gives MASK$/),
  ]);
});

test.each(["collage", "steps", "fails"])("the workflow %s goes through unchanged, byte for byte", (name) => {
  const graph = readJson(name);
  const workflow = readWorkflow(graph, name, types, NO_SETTINGS);
  expect(JSON.stringify(fillWorkflow(workflow, new Map(), types, undefined))).toBe(JSON.stringify(graph));
  expect(checkGraph(workflow.graph, types)).toEqual([]);
});

test("parameters are bound by titles or by the settings; what cannot be bound is told", () => {
  const { inputs, outputs } = readWorkflow(readJson("collage"), "collage", types, NO_SETTINGS);
  expect(Object.fromEntries(inputs)).toEqual({
    init_image: [{ node: "1", input: "image" }],
    "control:depth": [{ node: "2", input: "image" }],
    width: [{ node: "3", input: "value" }],
    height: [{ node: "4", input: "value" }],
    "control:depth:strength": [{ node: "7", input: "blend_factor" }],
    steps: [{ node: "8", input: "steps" }],
    seed: [{ node: "8", input: "seed" }],
  });
  expect(outputs).toEqual(["11"]);
  const told = (graph: Graph, settings: { inputs: Record<string, string>; outputs: string[] } = NO_SETTINGS) => {
    try {
      readWorkflow(graph, "w", types, settings);
      return "";
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
  };
  const plain = readJson("fails");
  expect(told(plain, { inputs: { prompt: "2.image" }, outputs: [] })).toMatch(/input image is linked/);
  expect(told(plain, { inputs: { prompt: "2.hows" }, outputs: [] })).toMatch(/no input hows; the nearest is how/);
  expect(told(plain, { inputs: { promt: "2.how" }, outputs: [] })).toMatch(/genga:promt.*nearest is genga:prompt/);
  expect(told(plain, { inputs: {}, outputs: ["7"] })).toMatch(/node #7, which is not in the graph/);
  const wrong = readJson("steps");
  Object.assign(wrong["2"]?.inputs ?? {}, { steps: 5000 });
  expect(told(wrong)).toMatch(/Sampler.*steps must be at most 1000, is 5000/);
});

test("a workflow as the window saves it becomes what the window would queue", () => {
  const saved = {
    nodes: [
      {
        id: 1,
        type: "EmptyImage",
        mode: 0,
        inputs: [],
        outputs: [{ type: "IMAGE" }],
        widgets_values: [64, 32, 1, 255],
      },
      { id: 2, type: "Reroute", mode: 0, inputs: [{ name: "", type: "*", link: 1 }], outputs: [{ type: "IMAGE" }] },
      {
        id: 3,
        type: "ImageInvert",
        mode: 4,
        inputs: [{ name: "image", type: "IMAGE", link: 2 }],
        outputs: [{ type: "IMAGE" }],
      },
      {
        id: 4,
        type: "BackendTestSteps",
        title: "Work genga:seed",
        mode: 0,
        inputs: [
          { name: "image", type: "IMAGE", link: 3 },
          { name: "steps", type: "INT", link: 4, widget: { name: "steps" } },
        ],
        outputs: [{ type: "IMAGE" }],
        widgets_values: [4, 20, 7, "randomize"],
      },
      { id: 5, type: "PrimitiveNode", mode: 0, inputs: [], outputs: [{ type: "INT" }], widgets_values: [9, "fixed"] },
      {
        id: 6,
        type: "LoadImageMask",
        mode: 2,
        inputs: [],
        outputs: [{ type: "MASK" }],
        widgets_values: ["a.png", "red", "image"],
      },
      {
        id: 7,
        type: "SaveImage",
        mode: 0,
        inputs: [{ name: "images", type: "IMAGE", link: 5 }],
        outputs: [],
        widgets_values: ["out"],
      },
      { id: 8, type: "Note", mode: 0, inputs: [], outputs: [], widgets_values: ["hello"] },
    ],
    links: [
      [1, 1, 0, 2, 0, "IMAGE"],
      [2, 2, 0, 3, 0, "IMAGE"],
      [3, 3, 0, 4, 0, "IMAGE"],
      [4, 5, 0, 4, 1, "INT"],
      [5, 4, 0, 7, 0, "IMAGE"],
    ],
  };
  const issues: Issue[] = [];
  expect(convertWorkflow(saved, types, issues)).toEqual({
    "1": {
      class_type: "EmptyImage",
      inputs: { width: 64, height: 32, batch_size: 1, color: 255 },
      _meta: { title: "EmptyImage" },
    },
    "4": {
      class_type: "BackendTestSteps",
      inputs: { image: ["1", 0], steps: 9, pause_ms: 20, seed: 7 },
      _meta: { title: "Work genga:seed" },
    },
    "7": {
      class_type: "SaveImage",
      inputs: { images: ["4", 0], filename_prefix: "out" },
      _meta: { title: "Save Image" },
    },
  });
  expect(issues).toEqual([]);
  const strange = { nodes: [{ id: 1, type: "SavImage", mode: 0 }], links: [] };
  convertWorkflow(strange, types, issues);
  expect(issues).toEqual([{ path: "SavImage (#1)", message: expect.stringContaining("the nearest is SaveImage") }]);
});

test("progress is a sampler's for the most part, and never goes back, cached nodes and repeats included", () => {
  const graph = buildImageGraph(params, plan, noImages, 1);
  const id = Object.entries(graph).find(([, { class_type }]) => class_type === "KSampler")?.[0] ?? "";
  const progress = new PromptProgress(graph, 20);
  const at = (value: number, max: number, finished = false) =>
    progress.take({ type: "progress", prompt_id: "p", nodes: new Map([[id, { value, max, finished }]]) });
  const cached = progress.take({ type: "cached", prompt_id: "p", nodes: ["1", "2"] }).progress;
  progress.take({ type: "executing", prompt_id: "p", node: id });
  expect(at(0, 1).progress).toBe(cached);
  const half = at(10, 20);
  expect(half).toMatchObject({ stage: "denoise", step: 10, total_steps: 20 });
  expect(half.progress - cached).toBeCloseTo(10 / 27, 5);
  expect(at(2, 20).progress).toBe(half.progress);
  expect(at(20, 20, true).progress).toBeLessThan(1);
});

test("the nearest name is near, or none", () => {
  expect(nearest("KSamplr", ["KSampler", "KSamplerAdvanced"])).toBe("KSampler");
  expect(nearest("zzzzzz", ["KSampler"])).toBeUndefined();
});
