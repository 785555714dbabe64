import { z } from "zod";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { type Graph, nodeLabel } from "./graph.ts";

const TEXT_LENGTH = 500;
const WORD_LENGTH = 200;
const MAX_REASONS = 8;
const MAX_NODES = 100;

const ReasonSchema = z.object({
  type: z.string().catch(""),
  message: z.string().catch(""),
  details: z.string().catch(""),
});
const RefusalSchema = z.object({
  error: z.union([ReasonSchema, z.string()]).optional(),
  node_errors: z
    .union([
      z.array(z.unknown()).transform(() => ({})),
      z.record(z.string(), z.object({ errors: z.array(ReasonSchema).catch([]) })),
    ])
    .catch({}),
});

/** What a server says goes on to clients and into the store of jobs: cut. */
const Word = z
  .string()
  .catch("")
  .transform((text) => text.slice(0, WORD_LENGTH));
/** What a failed node says in `execution_error`; its traceback stays on the server. */
const FailureSchema = z.object({
  node_id: z.union([z.string().max(200), z.int()]).transform(String),
  node_type: Word,
  exception_message: z.string().catch(""),
  exception_type: Word,
});

/**
 * Gives the error in an answer of `/prompt`, or undefined if the graph was taken whole. ComfyUI answers 200 although some outputs
 * cannot run, and then leaves those out in silence: that is a refusal too.
 */
export function refusalOf(label: string, graph: Graph, status: number, json: unknown): CoreError | undefined {
  const parsed = RefusalSchema.safeParse(json);
  const { error, node_errors } = parsed.success ? parsed.data : { error: undefined, node_errors: {} };
  const reasons = Object.entries(node_errors).flatMap(([id, { errors }]) =>
    errors.map(({ message, details }) => `${nodeLabel(graph, id)}: ${message}${details === "" ? "" : `: ${details}`}`),
  );
  if (status === 200 && reasons.length === 0 && Object.keys(node_errors).length === 0) return undefined;
  const whole = typeof error === "string" ? error : [error?.message, error?.details].filter(Boolean).join(" ");
  const told = reasons.length > 0 ? reasons.slice(0, MAX_REASONS).join("; ") : whole || `HTTP ${status}`;
  return new CoreError("BACKEND_FAILED", `ComfyUI server "${label}" refused the graph: ${plain(told)}.`, {
    remedy: "Correct the workflow, or put the models that it names onto the server.",
    data: { server: label, nodes: Object.keys(node_errors).slice(0, MAX_NODES) },
  });
}

/** Gives the error of a prompt that failed, from what its history tells. */
export function failureOf(label: string, graph: Graph, details: unknown): CoreError {
  const parsed = FailureSchema.safeParse(details);
  if (!parsed.success) {
    return new CoreError("INFERENCE_FAILED", `ComfyUI server "${label}" says that the graph failed, and not why.`, {
      remedy: "Look at ComfyUI's own log.",
    });
  }
  const { node_id, node_type, exception_message, exception_type } = parsed.data;
  const node = graph[node_id] === undefined ? `${node_type} (#${node_id})` : nodeLabel(graph, node_id);
  const data = { server: label, node_id, node_type, exception_type };
  if (/OutOfMemory|OOM/i.test(exception_type) || /out of memory|Allocation on device/i.test(exception_message)) {
    return new CoreError("OUT_OF_MEMORY", `ComfyUI ran out of memory in ${node}.`, {
      remedy: "Make the picture smaller, choose a smaller model, or start ComfyUI with --lowvram.",
      data,
    });
  }
  const [first = ""] = exception_message.trim().split("\n");
  return new CoreError("INFERENCE_FAILED", `ComfyUI failed in ${node}: ${plain(first) || exception_type}.`, {
    remedy: "Open the workflow in ComfyUI and run it there; its log has the details.",
    data,
  });
}

/** Cuts what a server says to a length, on one line, without the folders of its machine. */
function plain(text: string): string {
  return text
    .replace(/(?:[A-Za-z]:)?(?:[\\/][^\s\\/'",;:]+){2,}/g, (path) => path.slice(path.search(/[^\\/]+$/)))
    .replace(/[\s\p{Cc}]+/gu, " ")
    .slice(0, TEXT_LENGTH)
    .replace(/[.\s]+$/, "");
}

/** Gives the error of an answer that no ComfyUI gives at a path. */
export function strangeAnswer(label: string, path: string, cause: unknown): CoreError {
  return new CoreError("BACKEND_FAILED", `What answers as ComfyUI server "${label}" at /${path} is not ComfyUI.`, {
    remedy: "Check the address in the setting `comfyui`.",
    cause,
  });
}
