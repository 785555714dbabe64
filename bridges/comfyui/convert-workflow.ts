import { z } from "zod";
import type { Issue } from "../../core/src/protocol/issues.ts";
import type { Graph, Link } from "./graph.ts";
import { nearest } from "./nearest.ts";
import type { NodeType, NodeTypes } from "./object-info.ts";

const Id = z.union([z.int(), z.string()]).transform(String);
const WindowNodeSchema = z.looseObject({
  id: Id,
  type: z.string(),
  title: z.string().optional(),
  mode: z.int().catch(0),
  inputs: z
    .array(z.looseObject({ name: z.string(), type: z.unknown(), link: z.int().nullish() }))
    .nullish()
    .transform((inputs) => inputs ?? []),
  outputs: z
    .array(z.looseObject({ type: z.unknown() }))
    .nullish()
    .transform((outputs) => outputs ?? []),
  widgets_values: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).nullish(),
});
type WindowNode = z.infer<typeof WindowNodeSchema>;

/** A link is a list in files of schema 0.4, and a map in later ones. */
const LinkSchema = z.union([
  z.tuple([z.int(), Id, z.int(), Id, z.int()], z.unknown()).transform(([id, from, output]) => ({ id, from, output })),
  z.looseObject({ id: z.int(), origin_id: Id, origin_slot: z.int() }).transform((link) => ({
    id: link.id,
    from: link.origin_id,
    output: link.origin_slot,
  })),
]);
const WindowWorkflowSchema = z.looseObject({
  nodes: z.array(WindowNodeSchema),
  links: z.array(LinkSchema).catch([]),
  definitions: z
    .looseObject({ subgraphs: z.array(z.looseObject({ id: z.string(), name: z.string().optional() })).optional() })
    .nullish(),
});

/** litegraph's LGraphEventMode. */
const MUTED = 2;
const BYPASSED = 4;
const REMARKS = new Set(["Note", "MarkdownNote"]);

/** Tells a workflow as ComfyUI's window saves it from one in API format. */
export function isWindowWorkflow(value: unknown): boolean {
  return typeof value === "object" && value !== null && "nodes" in value && Array.isArray(value.nodes);
}

/**
 * Turns a workflow as ComfyUI's window saves it into API format, as the window itself does when it queues it: values of widgets by
 * their order, links through reroutes and bypassed nodes, primitives put into the inputs that they feed, muted nodes left out.
 *
 * @param issues gets what cannot be converted: node types that the server does not have, subgraphs
 */
export function convertWorkflow(value: unknown, types: NodeTypes, issues: Issue[]): Graph {
  const parsed = WindowWorkflowSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    issues.push({ path: "The file", message: `is no workflow (${issue?.path.join(".")}: ${issue?.message})` });
    return {};
  }
  const { nodes, links, definitions } = parsed.data;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const sources = new Map(links.map((link) => [link.id, link]));
  const subgraphs = new Map((definitions?.subgraphs ?? []).map(({ id, name }) => [id, name ?? id]));
  const graph: Graph = {};

  /** Follows a link to a node that runs, or to the value of a primitive; undefined if it leads to nothing. */
  const resolve = (id: number | null | undefined, depth = 0): { link: Link } | { value: unknown } | undefined => {
    const source = id === null || id === undefined ? undefined : sources.get(id);
    const node = source === undefined ? undefined : byId.get(source.from);
    if (source === undefined || node === undefined || node.mode === MUTED || depth > nodes.length) return undefined;
    if (node.type === "PrimitiveNode") {
      return Array.isArray(node.widgets_values) ? { value: node.widgets_values[0] } : undefined;
    }
    if (node.type === "Reroute") return resolve(node.inputs[0]?.link, depth + 1);
    if (node.mode === BYPASSED) return resolve(passedThrough(node, source.output)?.link, depth + 1);
    return { link: [node.id, source.output] };
  };

  for (const node of nodes) {
    if (node.mode === MUTED || node.mode === BYPASSED || node.type === "PrimitiveNode" || node.type === "Reroute")
      continue;
    if (REMARKS.has(node.type)) continue;
    const path = `${node.title === undefined || node.title === node.type ? "" : `"${node.title}" `}${node.type} (#${node.id})`;
    const subgraph = subgraphs.get(node.type);
    if (subgraph !== undefined) {
      issues.push({
        path,
        message: `is the subgraph "${subgraph}"; unpack it, or export the workflow by Workflow, Export (API)`,
      });
      continue;
    }
    const type = types.get(node.type);
    if (type === undefined) {
      const near = nearest(node.type, types.keys());
      issues.push({
        path,
        message: `is of a type that this server does not have${near === undefined ? "" : `; the nearest is ${near}`}`,
      });
      continue;
    }
    const inputs = widgetValues(node, type);
    for (const { name, link } of node.inputs) {
      if (link === null || link === undefined) continue;
      const found = resolve(link);
      if (found === undefined) delete inputs[name];
      else inputs[name] = "link" in found ? found.link : found.value;
    }
    graph[node.id] = { class_type: node.type, inputs, _meta: { title: node.title ?? type.display_name } };
  }
  return graph;
}

/** A bypassed node hands on the input of the output's own type: at the same place, else the first. */
function passedThrough(node: WindowNode, output: number): WindowNode["inputs"][number] | undefined {
  const type = node.outputs[output]?.type;
  const same = node.inputs[output];
  return same?.type === type ? same : node.inputs.find((input) => input.type === type);
}

/** Gives the values of a node's widgets by their inputs. A list is wrapped, as ComfyUI would take it for a link. */
function widgetValues({ widgets_values: saved }: WindowNode, type: NodeType): Record<string, unknown> {
  const inputs: Record<string, unknown> = {};
  const put = (name: string, value: unknown) => {
    if (value !== undefined) inputs[name] = Array.isArray(value) ? { __value__: value } : value;
  };
  let next = 0;
  let uploads = type.uploads;
  for (const input of type.inputs) {
    if (!input.widget) continue;
    if (!Array.isArray(saved)) {
      put(input.name, saved?.[input.name] ?? input.default);
      continue;
    }
    // The button of a picture's upload is a widget too, behind the required inputs.
    if (!input.required && uploads) {
      uploads = false;
      if (saved[next] === "image" || saved[next] === null) next += 1;
    }
    put(input.name, next < saved.length ? saved[next] : input.default);
    next += input.controlAfterGenerate ? 2 : 1;
  }
  return inputs;
}
