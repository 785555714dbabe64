import type { Issue } from "../../core/src/protocol/issues.ts";
import { type Graph, isLink, nodeLabel } from "./graph.ts";
import { nearest } from "./nearest.ts";
import type { NodeType, NodeTypes } from "./object-info.ts";

const SHOWN = 100;

/**
 * Gives what keeps a graph from running on a server: node types and inputs that it does not have, each with the nearest one that it
 * has, links that lead nowhere or to another type, choices that it does not offer, inputs that are missing.
 */
export function checkGraph(graph: Graph, types: NodeTypes): Issue[] {
  const issues: Issue[] = [];
  for (const [id, { class_type, inputs }] of Object.entries(graph)) {
    const path = nodeLabel(graph, id);
    const type = types.get(class_type);
    if (type === undefined) {
      const near = nearest(class_type, types.keys());
      issues.push({
        path,
        message: `is of a type that this server does not have${near === undefined ? "" : `; the nearest is ${near}`}`,
      });
      continue;
    }
    for (const [name, value] of Object.entries(inputs)) {
      const message = checkInput(graph, types, type, name, value);
      if (message !== undefined) issues.push({ path, message });
    }
    for (const { name, required } of type.inputs) {
      if (required && inputs[name] === undefined && !type.open)
        issues.push({ path, message: `lacks the input ${name}` });
    }
  }
  if (!Object.values(graph).some(({ class_type }) => types.get(class_type)?.output_node)) {
    issues.push({ path: "The graph", message: "has no node that gives a result, such as SaveImage" });
  }
  return issues;
}

function checkInput(graph: Graph, types: NodeTypes, type: NodeType, name: string, value: unknown): string | undefined {
  const input = type.inputs.find((known) => known.name === name);
  if (input === undefined) {
    if (type.open) return undefined;
    const near = nearest(
      name,
      type.inputs.map((known) => known.name),
    );
    return `has no input ${name}${near === undefined ? `; it has: ${type.inputs.map((known) => known.name).join(", ") || "none"}` : `; the nearest is ${near}`}`;
  }
  if (isLink(value)) {
    const [from, output] = value;
    const source = graph[from];
    if (source === undefined) return `input ${name} is linked to #${from}, which is not in the graph`;
    const given = types.get(source.class_type)?.outputs;
    if (given === undefined) return undefined;
    const kind = given[output];
    if (kind === undefined)
      return `input ${name} is linked to output ${output} of ${nodeLabel(graph, from)}, which has ${given.length}`;
    return fits(kind, input.type)
      ? undefined
      : `input ${name} wants ${input.type}, and ${nodeLabel(graph, from)} gives ${kind}`;
  }
  // Files of the server's input folder are checked by the node itself, which knows the temporary ones too.
  if (
    input.options === undefined ||
    typeof value !== "string" ||
    input.options.includes(value) ||
    isFileInput(type, name)
  )
    return undefined;
  const near = nearest(value, input.options);
  const there =
    near === undefined ? `; it has: ${input.options.slice(0, SHOWN).join(", ") || "none"}` : `; the nearest is ${near}`;
  return `input ${name} is "${value}", which this server does not have${there}`;
}

function isFileInput({ name: type }: NodeType, name: string): boolean {
  return /^Load(Image|Video|Audio|Latent|3D)/.test(type) || name === "image" || name === "upload";
}

/** As ComfyUI, comfy_execution/validation.py: `*` takes all, and `A,B` is a choice of types. */
function fits(given: string, wanted: string): boolean {
  if (given === wanted || given === "*" || wanted === "*" || wanted.startsWith("COMFY_")) return true;
  const accepted = wanted.split(",");
  return given.split(",").some((type) => accepted.includes(type));
}
