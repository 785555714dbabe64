import { z } from "zod";
import { parseJson } from "./parse-json.ts";

/** State of a node that runs or ran. */
export interface NodeProgress {
  value: number;
  max: number;
  finished: boolean;
}

/** What a server tells over its WebSocket, as far as it matters here. */
export type ComfyEvent =
  | { type: "status"; queue_remaining: number }
  | { type: "start"; prompt_id: string }
  | { type: "cached"; prompt_id: string; nodes: string[] }
  /** `node` undefined: the prompt has ended. */
  | { type: "executing"; prompt_id: string | undefined; node: string | undefined }
  | { type: "executed"; prompt_id: string; node: string }
  | { type: "progress"; prompt_id: string | undefined; nodes: Map<string, NodeProgress> }
  | { type: "preview"; prompt_id: string | undefined; node: string | undefined; bytes: Uint8Array }
  | { type: "ended"; prompt_id: string };

/** An event of a prompt, or of one that the frame does not name. */
export type PromptEvent = Exclude<ComfyEvent, { type: "status" }>;

const Id = z.union([z.string().max(200), z.int()]).transform(String);
const PromptId = z.string().max(200);
const NodeStateSchema = z.object({ value: z.number(), max: z.number(), state: z.string() });

const FrameSchema = z.object({ type: z.string().max(100), data: z.unknown() });
const DATA = {
  status: z.object({ status: z.object({ exec_info: z.object({ queue_remaining: z.int().min(0) }) }) }),
  prompt: z.object({ prompt_id: PromptId }),
  cached: z.object({ prompt_id: PromptId, nodes: z.array(Id).max(100_000) }),
  executing: z.object({ prompt_id: PromptId.optional(), node: Id.nullish() }),
  executed: z.object({ prompt_id: PromptId, node: Id }),
  progress_state: z.object({ prompt_id: PromptId, nodes: z.record(z.string(), NodeStateSchema) }),
  progress: z.object({ prompt_id: PromptId.nullish(), node: Id.nullish(), value: z.number(), max: z.number() }),
  preview: z.object({ prompt_id: PromptId.nullish(), node_id: Id.nullish() }),
};

/**
 * Reads a text frame: `{ "type", "data" }`. Gives undefined for what is unknown or not as ComfyUI writes it; other programs and packs
 * send messages of their own, and none of them may end a job.
 */
export function parseTextFrame(text: string): ComfyEvent | undefined {
  const frame = FrameSchema.safeParse(parseJson(text));
  if (!frame.success) return undefined;
  const { type, data } = frame.data;
  switch (type) {
    case "status": {
      const status = DATA.status.safeParse(data).data;
      return status && { type, queue_remaining: status.status.exec_info.queue_remaining };
    }
    case "execution_start": {
      const start = DATA.prompt.safeParse(data).data;
      return start && { type: "start", prompt_id: start.prompt_id };
    }
    case "execution_cached": {
      const cached = DATA.cached.safeParse(data).data;
      return cached && { type: "cached", ...cached };
    }
    case "executing": {
      const executing = DATA.executing.safeParse(data).data;
      return executing && { type, prompt_id: executing.prompt_id, node: executing.node ?? undefined };
    }
    case "executed": {
      const executed = DATA.executed.safeParse(data).data;
      return executed && { type, ...executed };
    }
    case "progress_state": {
      const state = DATA.progress_state.safeParse(data).data;
      return state && { type: "progress", prompt_id: state.prompt_id, nodes: nodesOf(state.nodes) };
    }
    case "progress": {
      const one = DATA.progress.safeParse(data).data;
      if (one?.node == null) return undefined;
      const nodes = new Map([[one.node, { value: one.value, max: one.max, finished: false }]]);
      return { type: "progress", prompt_id: one.prompt_id ?? undefined, nodes };
    }
    case "execution_success":
    case "execution_error":
    case "execution_interrupted": {
      const end = DATA.prompt.safeParse(data).data;
      return end && { type: "ended", prompt_id: end.prompt_id };
    }
    default:
      return undefined;
  }
}

const PREVIEW = 1;
const PREVIEW_WITH_METADATA = 4;

/**
 * Reads a binary frame: u32be kind; kind 1 = u32be picture format, picture; kind 4 = u32be length, JSON, picture. Gives undefined for
 * others (kind 3 is text for a node of the window) and for what is cut short.
 */
export function parseBinaryFrame(bytes: Uint8Array): ComfyEvent | undefined {
  if (bytes.byteLength < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = view.getUint32(0);
  if (kind === PREVIEW) return { type: "preview", prompt_id: undefined, node: undefined, bytes: bytes.subarray(8) };
  if (kind !== PREVIEW_WITH_METADATA) return undefined;
  const end = 8 + view.getUint32(4);
  if (end > bytes.byteLength) return undefined;
  const metadata = DATA.preview.safeParse(parseJson(Buffer.from(bytes.subarray(8, end)).toString("utf8"))).data;
  if (metadata === undefined) return undefined;
  return {
    type: "preview",
    prompt_id: metadata.prompt_id ?? undefined,
    node: metadata.node_id ?? undefined,
    bytes: bytes.subarray(end),
  };
}

function nodesOf(nodes: Record<string, z.infer<typeof NodeStateSchema>>): Map<string, NodeProgress> {
  return new Map(
    Object.entries(nodes).map(([id, { value, max, state }]) => [id, { value, max, finished: state === "finished" }]),
  );
}
