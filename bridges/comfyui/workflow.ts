import type { ComfyWorkflowSettings } from "../../core/src/comfyui-settings.ts";
import type { ResolvedImageParams } from "../../core/src/pipelines/image-params.ts";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { type ControlKind, ControlKindSchema, ImageParamsSchema } from "../../core/src/protocol/image.ts";
import { formatIssues, type Issue, listIssues } from "../../core/src/protocol/issues.ts";
import { convertWorkflow, isWindowWorkflow } from "./convert-workflow.ts";
import { type Graph, GraphSchema, isLink, nodeLabel } from "./graph.ts";
import { nearest } from "./nearest.ts";
import type { NodeTypes } from "./object-info.ts";
import { type Sampler, schedulerOf } from "./samplers.ts";

/** Folder of the home with workflows that were imported. */
export const WORKFLOWS_FOLDER = "workflows";

/** An input of a node: `6.text` in settings. */
export interface InputPlace {
  node: string;
  input: string;
}

/** A user's graph with its named inputs and outputs. */
export interface Workflow {
  readonly graph: Graph;
  /** Places of each parameter; one may go to several nodes. */
  readonly inputs: ReadonlyMap<string, readonly InputPlace[]>;
  /** Nodes whose pictures are the result; empty = all that save pictures. */
  readonly outputs: readonly string[];
}

/** Names of the parameters that a workflow can take, with the inputs of nodes that they go to by themselves. */
const PARAMETERS: Record<string, readonly string[]> = {
  prompt: ["text", "prompt", "value", "string"],
  negative_prompt: ["text", "prompt", "value", "string"],
  seed: ["seed", "noise_seed", "value"],
  width: ["width", "value"],
  height: ["height", "value"],
  steps: ["steps", "value"],
  guidance: ["cfg", "guidance", "value"],
  sampler: ["sampler_name"],
  scheduler: ["scheduler"],
  strength: ["denoise", "value"],
  init_image: ["image"],
  mask_image: ["image"],
};
const { width, height, num_inference_steps, guidance_scale, strength } = ImageParamsSchema.shape;
const NUMBERS = { width, height, steps: num_inference_steps, guidance: guidance_scale, strength };
const CONTROL_INPUTS = ["image"];
const CONTROL_NUMBERS: Record<string, readonly string[]> = {
  strength: ["strength", "value"],
  start: ["start_percent", "value"],
  end: ["end_percent", "value"],
};
const TOKEN = /genga:([a-z0-9_:]+)(?:=([A-Za-z0-9_]+))?/g;

/**
 * Reads a workflow: API format, or what ComfyUI's window saves, which is converted. Parameters are bound to nodes by the settings, or
 * by words in the titles of nodes: `genga:prompt`, `genga:seed`, `genga:control:depth`, `genga:output`; `genga:steps=value` names the input.
 *
 * @throws CoreError BUNDLE_INVALID with `data.issues` naming nodes, inputs and words
 */
export function readWorkflow(
  value: unknown,
  label: string,
  types: NodeTypes | undefined,
  settings: Pick<ComfyWorkflowSettings, "inputs" | "outputs">,
): Workflow {
  const issues: Issue[] = [];
  let source = value;
  if (isWindowWorkflow(value)) {
    if (types === undefined) {
      throw invalid(label, [
        { path: "The file", message: "is as ComfyUI's window saves it; converting it needs a server that runs" },
      ]);
    }
    source = convertWorkflow(value, types, issues);
  }
  const parsed = GraphSchema.safeParse(source);
  if (!parsed.success || Object.keys(parsed.data).length === 0) {
    const issue = parsed.error?.issues[0];
    const where = issue === undefined ? "" : ` (${issue.path.join(".")}: ${issue.message})`;
    throw invalid(label, [
      {
        path: "The file",
        message: `is no workflow in API format${where}; save it in ComfyUI by Workflow, Export (API)`,
      },
    ]);
  }
  const graph = parsed.data;
  const inputs = new Map<string, InputPlace[]>();
  const outputs: string[] = [...settings.outputs];
  const bind = (name: string, place: InputPlace) => inputs.set(name, [...(inputs.get(name) ?? []), place]);

  for (const [id, node] of Object.entries(graph)) {
    for (const [, word = "", named] of (node._meta?.title ?? "").matchAll(TOKEN)) {
      const path = nodeLabel(graph, id);
      if (word === "output") {
        if (settings.outputs.length === 0) outputs.push(id);
        continue;
      }
      const candidates = inputsFor(word);
      if (candidates === undefined) {
        issues.push({ path, message: unknownWord(word) });
        continue;
      }
      const input = named ?? candidates.find((name) => node.inputs[name] !== undefined && !isLink(node.inputs[name]));
      if (input === undefined) {
        issues.push({
          path,
          message: `has no free input for ${word}; name it: genga:${word}=NAME, one of: ${freeInputs(node.inputs)}`,
        });
      } else bind(word, { node: id, input });
    }
  }
  for (const [word, place] of Object.entries(settings.inputs)) {
    const [node = "", input = ""] = place.split(/\.(?=[^.]*$)/);
    if (inputsFor(word) === undefined) issues.push({ path: `inputs.${word}`, message: unknownWord(word) });
    else bind(word, { node, input });
  }
  for (const [word, places] of inputs) {
    for (const { node, input } of places) {
      const found = graph[node];
      if (found === undefined)
        issues.push({ path: `inputs.${word}`, message: `names node #${node}, which is not in the graph` });
      else if (found.inputs[input] === undefined) {
        const near = nearest(input, Object.keys(found.inputs));
        issues.push({
          path: nodeLabel(graph, node),
          message: `has no input ${input}${near === undefined ? "" : `; the nearest is ${near}`}`,
        });
      } else if (isLink(found.inputs[input])) {
        issues.push({
          path: nodeLabel(graph, node),
          message: `input ${input} is linked; bind ${word} to the node at the link's other end`,
        });
      }
    }
  }
  issues.push(...savedIssues(graph, inputs));
  for (const id of outputs) {
    if (graph[id] === undefined)
      issues.push({ path: "outputs", message: `names node #${id}, which is not in the graph` });
  }
  if (issues.length > 0) throw invalid(label, issues);
  return { graph, inputs, outputs };
}

/** Values that the file holds become the defaults of requests, so they must be ones that a request may have. */
function savedIssues(graph: Graph, inputs: Workflow["inputs"]): Issue[] {
  return Object.entries(NUMBERS).flatMap(([word, schema]) => {
    const [place] = inputs.get(word) ?? [];
    if (place === undefined) return [];
    const parsed = schema.safeParse(graph[place.node]?.inputs[place.input], { reportInput: true });
    if (parsed.success) return [];
    const [issue] = listIssues(parsed.error.issues);
    return [{ path: `${nodeLabel(graph, place.node)}, ${place.input}`, message: issue?.message ?? "does not fit" }];
  });
}

/** Values that a run puts into a workflow, by the names that places are bound to. */
export type WorkflowValues = ReadonlyMap<string, unknown>;

/** Gives the graph of one run: the workflow with values in their places, all else as it was saved. */
export function fillWorkflow(
  workflow: Workflow,
  values: WorkflowValues,
  types: NodeTypes,
  filename_prefix: string | undefined,
): Graph {
  const graph: Graph = structuredClone(workflow.graph);
  for (const [name, value] of values) {
    for (const { node, input } of workflow.inputs.get(name) ?? []) {
      const found = graph[node];
      if (found !== undefined) found.inputs[input] = value;
    }
  }
  for (const id of workflow.outputs) {
    const node = graph[id];
    const type = node === undefined ? undefined : types.get(node.class_type);
    const output = type?.outputs.indexOf("IMAGE") ?? -1;
    // A node that only hands its picture on gets one that shows it.
    if (type?.output_node || output < 0) continue;
    const shown = filename_prefix === undefined ? {} : { filename_prefix };
    graph[outputNode(id)] = {
      class_type: filename_prefix === undefined ? "PreviewImage" : "SaveImage",
      inputs: { images: [id, output], ...shown },
      _meta: { title: "Result" },
    };
  }
  return graph;
}

/** Gives the nodes whose pictures are the result: those that are named, else those that save, else those that show. */
export function resultNodes(workflow: Workflow, graph: Graph): ReadonlySet<string> {
  if (workflow.outputs.length > 0) {
    return new Set(workflow.outputs.map((id) => (graph[outputNode(id)] === undefined ? id : outputNode(id))));
  }
  const ids = Object.keys(graph);
  const saving = ids.filter((id) => graph[id]?.class_type !== "PreviewImage");
  const saves = saving.filter((id) => /save/i.test(graph[id]?.class_type ?? ""));
  return new Set(saves.length > 0 ? saves : ids);
}

/** Gives what the workflow itself holds for a parameter. */
export function savedValue(workflow: Workflow, name: string): unknown {
  const [place] = workflow.inputs.get(name) ?? [];
  return place === undefined ? undefined : workflow.graph[place.node]?.inputs[place.input];
}

/** Gives the control kinds that a workflow takes. */
export function controlKinds(workflow: Workflow): ControlKind[] {
  return ControlKindSchema.options.filter((kind) => workflow.inputs.has(`control:${kind}`));
}

/** Gives the values of a request, pictures by their names on the server. */
export function workflowValues(
  params: ResolvedImageParams,
  seed: number,
  images: { init?: string; mask?: string; controls: readonly (string | undefined)[] },
  sampler: Sampler | undefined,
): Map<string, unknown> {
  const values = new Map<string, unknown>([
    ["prompt", params.prompt],
    ["negative_prompt", params.negative_prompt],
    ["seed", seed],
    ["width", params.width],
    ["height", params.height],
    ["steps", params.num_inference_steps],
    ["guidance", params.guidance_scale],
  ]);
  if (sampler !== undefined) values.set("sampler", sampler.sampler_name).set("scheduler", sampler.scheduler);
  if (images.init !== undefined) values.set("init_image", images.init).set("strength", params.strength);
  if (images.mask !== undefined) values.set("mask_image", images.mask);
  for (const [
    i,
    { kind, conditioning_scale, control_guidance_start, control_guidance_end },
  ] of params.controls.entries()) {
    if (images.controls[i] === undefined) continue;
    values
      .set(`control:${kind}`, images.controls[i])
      .set(`control:${kind}:strength`, conditioning_scale)
      .set(`control:${kind}:start`, control_guidance_start)
      .set(`control:${kind}:end`, control_guidance_end);
  }
  return values;
}

/** Gives what of a request a workflow has no place for; leaving it out in silence would be a guess. */
export function workflowIssues(
  workflow: Workflow,
  params: ResolvedImageParams,
  defaults: Pick<ResolvedImageParams, "num_inference_steps" | "guidance_scale" | "scheduler">,
): Issue[] {
  const issues: Issue[] = [];
  const need = (name: string, path: string, isAsked: boolean) => {
    if (!isAsked || workflow.inputs.has(name)) return;
    issues.push({
      path,
      message: `is nothing that this workflow takes: none of its nodes has "genga:${name}" in its title`,
    });
  };
  need("prompt", "params.prompt", params.prompt.trim() !== "");
  need("negative_prompt", "params.negative_prompt", params.negative_prompt.trim() !== "");
  need("init_image", "params.init_image", params.init_image !== undefined);
  need("mask_image", "params.mask_image", params.mask_image !== undefined);
  need("seed", "params.num_images_per_prompt", params.num_images_per_prompt > 1);
  need("steps", "params.num_inference_steps", params.num_inference_steps !== defaults.num_inference_steps);
  need("guidance", "params.guidance_scale", params.guidance_scale !== defaults.guidance_scale);
  need("sampler", "params.scheduler", params.scheduler !== defaults.scheduler);
  if (params.regions.length > 0) issues.push({ path: "params.regions", message: "are nothing that a workflow takes" });
  if (params.clip_skip > 0)
    issues.push({ path: "params.clip_skip", message: "is set inside the workflow; leave it out" });
  const kinds = params.controls.map(({ kind }) => kind);
  for (const kind of new Set(kinds)) {
    if (kinds.filter((other) => other === kind).length > 1) {
      issues.push({ path: "params.controls", message: `must have one ${kind} map with a workflow` });
    }
  }
  return issues;
}

/** Gives the scheduler that a workflow's own sampler is, if it is one of ours. */
export function savedScheduler(workflow: Workflow): ReturnType<typeof schedulerOf> {
  return schedulerOf(savedValue(workflow, "sampler"), savedValue(workflow, "scheduler"));
}

/** The workflow cannot be used. */
export function invalid(label: string, issues: Issue[], cause?: unknown): CoreError {
  return new CoreError("BUNDLE_INVALID", `The workflow "${label}" cannot be used: ${formatIssues(issues)}`, {
    remedy: "Correct the workflow in ComfyUI and export it again by Workflow, Export (API).",
    data: { workflow: label, issues },
    cause,
  });
}

function outputNode(id: string): string {
  return `genga-${id}`;
}

function inputsFor(word: string): readonly string[] | undefined {
  const [head, kind, number] = word.split(":");
  if (head !== "control") return kind === undefined ? PARAMETERS[word] : undefined;
  if (!ControlKindSchema.safeParse(kind).success) return undefined;
  return number === undefined ? CONTROL_INPUTS : CONTROL_NUMBERS[number];
}

function unknownWord(word: string): string {
  const known = [...Object.keys(PARAMETERS), "output", ...ControlKindSchema.options.map((kind) => `control:${kind}`)];
  const near = nearest(word, known);
  return `says genga:${word}, which is no parameter${near === undefined ? `; expected one of: ${known.join(", ")}` : `; the nearest is genga:${near}`}`;
}

function freeInputs(inputs: Record<string, unknown>): string {
  return (
    Object.entries(inputs)
      .filter(([, value]) => !isLink(value))
      .map(([name]) => name)
      .join(", ") || "none is free"
  );
}
