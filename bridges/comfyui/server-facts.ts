import { z } from "zod";
import { strangeAnswer } from "./comfy-errors.ts";
import type { ComfyHttp } from "./comfy-http.ts";
import { type NodeTypes, parseObjectInfo } from "./object-info.ts";

const MAX_OBJECT_INFO_BYTES = 128 * 1024 * 1024;

/** What a server said of itself when it was reached last. */
export interface ServerFacts {
  version: string;
  pytorch: string;
  device: string;
  platform: string;
  max_upload_bytes: number;
  nodes: NodeTypes;
}

const StatsSchema = z.object({
  system: z.object({
    os: z.string().catch(""),
    comfyui_version: z.string().catch("unknown"),
    pytorch_version: z.string().catch(""),
    python_version: z.string().catch(""),
  }),
  devices: z.array(z.object({ name: z.string().catch("") })).catch([]),
});
const FeaturesSchema = z.object({ max_upload_size: z.number().positive().optional() }).catch({});

/** Asks a server what it is, and what nodes and models it has. @throws CoreError BACKEND_UNAVAILABLE, BACKEND_FAILED */
export async function readServerFacts(
  http: ComfyHttp,
  label: string,
  limits: { signal: AbortSignal; timeout_ms: number },
): Promise<ServerFacts> {
  const stats = StatsSchema.safeParse(await http.get("system_stats", {}, limits));
  if (!stats.success) throw strangeAnswer(label, "system_stats", stats.error);
  const [nodes, features] = await Promise.all([readNodeTypes(http, limits), http.find("features", {}, limits)]);
  const { system, devices } = stats.data;
  return {
    version: system.comfyui_version.slice(0, 50),
    pytorch: system.pytorch_version.slice(0, 50),
    device: (devices[0]?.name ?? "").slice(0, 100),
    platform: `${system.os} Python ${system.python_version.split(" ")[0] ?? ""}`.slice(0, 100),
    max_upload_bytes: FeaturesSchema.parse(features).max_upload_size ?? Number.POSITIVE_INFINITY,
    nodes,
  };
}

/** Asks a server which nodes, models and workflows it has: they come and go while it runs. @throws CoreError as {@link readServerFacts} */
export async function readNodeTypes(
  http: ComfyHttp,
  limits: { signal: AbortSignal; timeout_ms?: number },
): Promise<NodeTypes> {
  return parseObjectInfo(await http.get("object_info", {}, { ...limits, max_bytes: MAX_OBJECT_INFO_BYTES }));
}
