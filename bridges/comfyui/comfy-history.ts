import { z } from "zod";
import { CoreError } from "../../core/src/protocol/errors.ts";
import { failureOf, strangeAnswer } from "./comfy-errors.ts";
import type { ComfyHttp } from "./comfy-http.ts";
import { type Graph, GraphSchema } from "./graph.ts";

const MAX_HISTORY_BYTES = 64 * 1024 * 1024;

/** A picture that a prompt left on the server. */
export interface ComfyFile {
  node: string;
  filename: string;
  subfolder: string;
  type: string;
}

const QueueEntry = z.array(z.unknown()).transform((entry) => String(entry[1]));
const QueueSchema = z.object({ queue_running: z.array(QueueEntry), queue_pending: z.array(QueueEntry) });
const FileSchema = z.object({
  filename: z.string().max(1000),
  subfolder: z.string().max(1000).catch(""),
  type: z.string().max(50).catch("output"),
});
const HistorySchema = z.object({
  prompt: z.array(z.unknown()).catch([]),
  outputs: z.record(z.string(), z.looseObject({ images: z.array(FileSchema).catch([]) })).catch({}),
  status: z
    .object({
      status_str: z.string(),
      completed: z.boolean(),
      messages: z.array(z.tuple([z.string(), z.unknown()])).catch([]),
    })
    .nullish(),
});
/** Ids of the prompts that run and wait on a server. */
export type ComfyQueue = z.infer<typeof QueueSchema>;
/** What a server keeps of a prompt that has ended. */
export type HistoryEntry = z.infer<typeof HistorySchema>;

/** Asks a server which prompts run and wait. @throws CoreError BACKEND_UNAVAILABLE, BACKEND_FAILED */
export async function readQueue(http: ComfyHttp, label: string): Promise<ComfyQueue> {
  const parsed = QueueSchema.safeParse(await http.get("queue", {}, { max_bytes: MAX_HISTORY_BYTES }));
  if (!parsed.success) throw strangeAnswer(label, "queue", parsed.error);
  return parsed.data;
}

/** Asks a server how a prompt ended; undefined if it does not know it, or has not ended it. @throws CoreError as {@link readQueue} */
export async function readHistory(
  http: ComfyHttp,
  label: string,
  prompt_id: string,
): Promise<HistoryEntry | undefined> {
  const path = `history/${encodeURIComponent(prompt_id)}`;
  const parsed = z
    .record(z.string(), HistorySchema)
    .safeParse(await http.get(path, {}, { max_bytes: MAX_HISTORY_BYTES }));
  if (!parsed.success) throw strangeAnswer(label, path, parsed.error);
  return parsed.data[prompt_id];
}

/** Whether a prompt ended well and did the same work as a graph. */
export function isResultOf(entry: HistoryEntry | undefined, graph: Graph): boolean {
  if (entry?.status?.status_str !== "success") return false;
  const ran = GraphSchema.safeParse(entry.prompt[2]);
  return ran.success && workOf(ran.data) === workOf(graph);
}

/** What a graph does; a server notes more in its nodes (`is_changed`). */
function workOf(graph: Graph): string {
  return JSON.stringify(Object.entries(graph).map(([id, { class_type, inputs }]) => [id, class_type, inputs]));
}

/** Gives the pictures that an ended prompt left. @throws CoreError BACKEND_FAILED if it ended badly */
export function filesOf(label: string, graph: Graph, { outputs, status }: HistoryEntry): ComfyFile[] {
  const message = (name: string) => status?.messages.find(([type]) => type === name)?.[1];
  const failure = message("execution_error");
  if (failure !== undefined) throw failureOf(label, graph, failure);
  if (message("execution_interrupted") !== undefined) {
    throw new CoreError("BACKEND_FAILED", `The job was interrupted in ComfyUI's own window on server "${label}".`, {
      remedy: "Retry the job.",
    });
  }
  if (status?.status_str !== "success") throw failureOf(label, graph, undefined);
  return Object.entries(outputs).flatMap(([node, { images }]) => images.map((file) => ({ node, ...file })));
}
