import { app, type ComfyGraph, type ComfyNode } from "comfyui/app";

/** Gives the node of an id as ComfyUI's messages name it: `3`, or `12:3` for node 3 inside the subgraph of node 12. */
export function findNode(id: string): ComfyNode | undefined {
  let graph: ComfyGraph | undefined = app.rootGraph ?? app.graph;
  let node: ComfyNode | undefined;
  for (const part of String(id).split(":")) {
    node = graph?.getNodeById(part) ?? graph?.getNodeById(Number(part)) ?? undefined;
    graph = node?.subgraph;
  }
  return node;
}
