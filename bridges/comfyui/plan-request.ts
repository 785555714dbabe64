import { type ResolvedImageParams, resolveImageParams } from "../../core/src/pipelines/image-params.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { formatIssues, type Issue } from "../../core/src/protocol/issues.ts";
import type { Limits } from "../../core/src/protocol/limits.ts";
import type { CheckpointOffer, Offer, WorkflowOffer } from "./catalog.ts";
import type { ComfyServer } from "./comfy-server.ts";
import type { Graph } from "./graph.ts";
import { type GraphModel, modelsOfGraph } from "./graph-models.ts";
import { buildImageGraph, type GraphImages, type GraphPlan } from "./image-graph.ts";
import { takeLoraTags } from "./lora-tags.ts";
import { normalRed } from "./model-kind.ts";
import { choices } from "./object-info.ts";
import type { PreparedPictures, PrepareOptions } from "./prepare-pictures.ts";
import { samplerOf, schedulersOf } from "./samplers.ts";
import type { ServerFacts } from "./server-facts.ts";
import { fillWorkflow, resultNodes, workflowIssues, workflowValues } from "./workflow.ts";

/** Names of a request's pictures on a server. */
export type UploadedPictures = GraphImages;

/** A request as it will run: which graph, with which models. */
export interface RequestPlan {
  readonly params: ResolvedImageParams;
  readonly offer: Offer;
  /** Denoising steps of one picture. */
  readonly steps: number;
  /** Every model file that its graph loads. */
  readonly models: readonly GraphModel[];
  /** Makes its pictures ready for a server. */
  prepare(inputs: Readonly<Record<string, Uint8Array>>, signal: AbortSignal): Promise<PreparedPictures>;
  /** Gives the graph of one seed. */
  graph(images: UploadedPictures, seed: number, server: ComfyServer["settings"], job_id: string): Graph;
  /** Gives the nodes whose pictures are the result. */
  results(graph: Graph): ReadonlySet<string>;
  /** Whether what a mask keeps is laid over the result. */
  readonly keepsPixels: boolean;
}

/** What a request is planned with. */
export interface PlanOptions {
  limits: Limits;
  drawSeed: () => number;
}

/** Names that stand for pictures until they are uploaded; only the shape of the graph counts then. */
const DRAFT = "picture.png";

/**
 * Checks a request against what a server offers, fills in every default and lays out its graph.
 *
 * @throws CoreError INVALID_REQUEST with `data.issues`, UNSUPPORTED_CONTROL
 */
export function planRequest(
  raw: Record<string, unknown>,
  offer: Offer,
  facts: ServerFacts,
  options: PlanOptions,
): RequestPlan {
  const params = resolveImageParams(raw, { bundle: offer, limits: options.limits, drawSeed: options.drawSeed });
  return offer.kind === "checkpoint" ? planCheckpoint(params, offer, facts) : planWorkflow(params, offer, facts);
}

function planCheckpoint(params: ResolvedImageParams, offer: CheckpointOffer, { nodes }: ServerFacts): RequestPlan {
  const issues: Issue[] = [];
  const sampler = samplerOf(params.scheduler, nodes);
  if (sampler === undefined) {
    const there = schedulersOf(nodes).join(", ");
    issues.push({
      path: "params.scheduler",
      message: `must be one of: ${there} on this server, is ${params.scheduler}`,
    });
  }
  if (params.eta !== 0)
    issues.push({ path: "params.eta", message: `must be 0, since ComfyUI's DDIM has no other, is ${params.eta}` });
  if (sampler === undefined || issues.length > 0) throw refused(issues);

  const { look } = offer;
  const tagged = takeLoraTags(params.prompt, choices(nodes, "LoraLoader", "lora_name"));
  const loras = (look?.loras ?? []).map(({ name, strength, strength_clip }) => ({
    name,
    strength,
    strength_clip: strength_clip ?? strength,
  }));
  const controls = params.controls.map(({ kind, conditioning_scale }) =>
    conditioning_scale === 0 ? undefined : offer.controls.get(kind),
  );
  const plan: GraphPlan = {
    checkpoint: offer.checkpoint,
    family: offer.family,
    inpainting: offer.inpainting,
    vae: look?.vae,
    loras: [...loras, ...tagged.loras],
    prompt: tagged.prompt,
    controls,
    upscale_model: look?.upscale_model,
    sampler,
    filename_prefix: undefined,
  };
  const graph: RequestPlan["graph"] = (images, seed, settings, job_id) =>
    buildImageGraph(params, { ...plan, filename_prefix: prefixOf(settings, job_id) }, images, seed);
  return {
    params,
    offer,
    steps: stepsOf(params),
    models: modelsOfGraph(buildImageGraph(params, plan, draftImages(params), params.seed), nodes),
    prepare: (inputs, signal) =>
      prepare(params, inputs, {
        keep_size: false,
        takesPart: (index) => controls[index] !== undefined,
        flipsNormals: (index) =>
          normalRed(controls[index]?.file ?? "", offer.settings(controls[index]?.file ?? "")) === "left",
        signal,
      }),
    graph,
    results: (built) => new Set(Object.keys(built).slice(-1)),
    keepsPixels: look?.upscale_model === undefined,
  };
}

function planWorkflow(params: ResolvedImageParams, offer: WorkflowOffer, { nodes }: ServerFacts): RequestPlan {
  const { workflow, manifest } = offer;
  const issues = workflowIssues(workflow, params, manifest.stable_diffusion.defaults);
  const sampler = workflow.inputs.has("sampler") ? samplerOf(params.scheduler, nodes) : undefined;
  if (workflow.inputs.has("sampler") && sampler === undefined) {
    issues.push({
      path: "params.scheduler",
      message: `must be one of: ${schedulersOf(nodes).join(", ")} on this server, is ${params.scheduler}`,
    });
  }
  if (params.eta !== 0) issues.push({ path: "params.eta", message: "is set inside the workflow; leave it out" });
  if (issues.length > 0) throw refused(issues);
  const graph: RequestPlan["graph"] = (images, seed, settings, job_id) =>
    fillWorkflow(workflow, workflowValues(params, seed, images, sampler), nodes, prefixOf(settings, job_id));
  return {
    params,
    offer,
    steps: stepsOf(params),
    models: modelsOfGraph(
      fillWorkflow(workflow, workflowValues(params, params.seed, draftImages(params), sampler), nodes, undefined),
      nodes,
    ),
    prepare: (inputs, signal) =>
      prepare(params, inputs, {
        keep_size: true,
        takesPart: (index) => params.controls[index]?.conditioning_scale !== 0,
        flipsNormals: () => false,
        signal,
      }),
    graph,
    results: (built) => resultNodes(workflow, built),
    keepsPixels: false,
  };
}

function draftImages(params: ResolvedImageParams): GraphImages {
  return {
    ...(params.init_image === undefined ? {} : { init: DRAFT }),
    ...(params.mask_image === undefined ? {} : { mask: DRAFT }),
    controls: params.controls.map(() => DRAFT),
    regions: params.regions.map(() => DRAFT),
    ...(params.regions.length === 0 ? {} : { background: DRAFT }),
  };
}

function stepsOf({ init_image, num_inference_steps, strength }: ResolvedImageParams): number {
  return init_image === undefined ? num_inference_steps : Math.max(1, Math.trunc(num_inference_steps * strength));
}

function prefixOf({ keep_files }: ComfyServer["settings"], job_id: string): string | undefined {
  return keep_files ? `genga/${job_id}` : undefined;
}

function refused(issues: Issue[]): CoreError {
  return new CoreError("INVALID_REQUEST", formatIssues(issues), { data: { issues } });
}

/** Loads what decodes pictures at first use: a core at rest does without it. */
async function prepare(
  params: ResolvedImageParams,
  inputs: Readonly<Record<string, Uint8Array>>,
  options: PrepareOptions,
): Promise<PreparedPictures> {
  const { preparePictures } = await import("./prepare-pictures.ts");
  return await preparePictures(params, inputs, options);
}
