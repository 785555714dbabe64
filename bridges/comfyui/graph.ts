import { z } from "zod";

/** One node of a graph in ComfyUI's API format. An input is a value, or a link: [id of a node, number of its output]. */
export const GraphNodeSchema = z.looseObject({
  class_type: z.string().min(1).max(200),
  inputs: z.record(z.string(), z.unknown()),
  _meta: z.looseObject({ title: z.string().optional() }).optional(),
});
export type GraphNode = z.infer<typeof GraphNodeSchema>;

/** A graph in ComfyUI's API format, nodes by id. */
export const GraphSchema = z.record(z.string().min(1).max(100), GraphNodeSchema);
export type Graph = z.infer<typeof GraphSchema>;

/** A link to an output of a node. */
export type Link = [node: string, output: number];

/** Tells a link from a value, as ComfyUI does: any list is a link. */
export function isLink(value: unknown): value is Link {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "string" && Number.isInteger(value[1]);
}

/** Gives what ComfyUI's window shows of a node: `KSampler` (#3), or its title. */
export function nodeLabel(graph: Graph, id: string): string {
  const node = graph[id];
  if (node === undefined) return `#${id}`;
  const title = node._meta?.title;
  return title === undefined || title === node.class_type
    ? `${node.class_type} (#${id})`
    : `"${title}" (${node.class_type}, #${id})`;
}
