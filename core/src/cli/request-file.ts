import { dirname, resolve } from "node:path";
import { z } from "zod";
import type { CoreClient } from "../client/core-client.ts";
import { CoreError } from "../protocol/errors.ts";
import { type Task, TaskSchema } from "../protocol/fields.ts";
import { frameName } from "./parse-frames.ts";
import { parseJson } from "./parse-json.ts";
import { readInput } from "./read-input.ts";

/**
 * A request as a file holds it: the parameters of the protocol, with file names where the protocol has hashes.
 * Names are relative to the request's folder; `####` becomes the frame number.
 */
export const RequestFileSchema = z.object({
  task: TaskSchema,
  params: z.record(z.string(), z.unknown()),
  project: z.string().optional(),
  shot: z.string().optional(),
});
export type RequestFile = z.infer<typeof RequestFileSchema>;

/** Fields of each task's parameters that name a file. */
const FILE_FIELDS: Readonly<Record<Task, readonly string[]>> = {
  image: ["init_image", "mask_image"],
  motion: ["source"],
  mesh: ["image"],
  texture: ["mesh"],
};

/** Reads a request file. @throws CoreError INVALID_REQUEST naming the file and what is wrong in it */
export async function readRequestFile(file: string): Promise<{ request: RequestFile; folder: string }> {
  const { bytes } = await readInput(file);
  const parsed = RequestFileSchema.safeParse(parseJson(file, Buffer.from(bytes).toString("utf8")));
  if (!parsed.success) {
    throw new CoreError("INVALID_REQUEST", `${file} is no request: ${z.prettifyError(parsed.error)}`, {
      remedy:
        'Expected for instance {"task": "image", "params": {"prompt": …}} or {"task": "motion", "params": {"segments": [{"prompt": …, "duration_s": …}]}}; tasks are image, motion, mesh and texture.',
    });
  }
  return { request: parsed.data, folder: dirname(resolve(file)) };
}

/**
 * Uploads every file that the parameters name and gives the parameters with hashes in their place.
 *
 * @param folder folder that relative names start from
 * @param frame number put in the place of `####`
 */
export async function uploadFiles(
  client: CoreClient,
  task: Task,
  params: Record<string, unknown>,
  folder: string,
  frame?: number,
): Promise<Record<string, unknown>> {
  const upload = async (value: unknown): Promise<unknown> => {
    if (typeof value !== "string" || /^[0-9a-f]{64}$/.test(value)) return value;
    const input = await readInput(resolve(folder, frame === undefined ? value : frameName(value, frame)));
    return (await client.putAsset(input.bytes, input.mime, input.name)).sha256;
  };
  const uploadIn = async (list: unknown, field: string): Promise<unknown> => {
    if (!Array.isArray(list)) return list;
    const items: unknown[] = [];
    for (const item of list) {
      const has = typeof item === "object" && item !== null && field in item;
      items.push(has ? { ...item, [field]: await upload(Reflect.get(item, field)) } : item);
    }
    return items;
  };
  const uploaded = { ...params };
  for (const field of FILE_FIELDS[task]) {
    if (uploaded[field] !== undefined) uploaded[field] = await upload(uploaded[field]);
  }
  if (uploaded.controls !== undefined) uploaded.controls = await uploadIn(uploaded.controls, "image");
  if (uploaded.regions !== undefined) uploaded.regions = await uploadIn(uploaded.regions, "mask");
  return uploaded;
}
