import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import type { CoreClient } from "../client/core-client.ts";
import { CoreError } from "../protocol/errors.ts";
import { parseControl } from "./parse-control.ts";
import { frameName } from "./parse-frames.ts";
import { parseRegion } from "./parse-region.ts";
import { readInput } from "./read-input.ts";

/**
 * A request as a file holds it: the parameters of the protocol, with file names where the protocol has hashes.
 * Names are relative to the request's folder; `####` becomes the frame number.
 */
export const RequestFileSchema = z.object({
  task: z.literal("image"),
  params: z.record(z.string(), z.unknown()),
  project: z.string().optional(),
  shot: z.string().optional(),
});
export type RequestFile = z.infer<typeof RequestFileSchema>;

/** Fields of the parameters that name a file. */
const FILE_FIELDS = ["init_image", "mask_image"] as const;

/** Options of `genga generate image`, as commander gives them. */
export interface GenerateImageOptions {
  prompt: string;
  negativePrompt?: string;
  bundle?: string;
  control: string[];
  region: string[];
  regions?: string;
  init?: string;
  strength?: number;
  mask?: string;
  steps?: number;
  guidance?: number;
  scheduler?: string;
  seed?: number;
  size?: { width: number; height: number };
  count?: number;
  clipSkip?: number;
  out: string;
}

/** Gives the parameters that the options name, with file names where the protocol has hashes. */
export async function paramsOfOptions(options: GenerateImageOptions): Promise<Record<string, unknown>> {
  const regions = options.region.map(parseRegion).map(({ maskFile, ...region }) => ({
    ...region,
    ...(maskFile === undefined ? {} : { mask: maskFile }),
  }));
  const params: Record<string, unknown> = {
    prompt: options.prompt,
    controls: options.control.map(parseControl).map(({ file, ...control }) => ({ ...control, image: file })),
    regions: [...regions, ...(options.regions === undefined ? [] : await readRegions(options.regions))],
    output: { mime: mimeOfOut(options.out) },
    negative_prompt: options.negativePrompt,
    bundle: options.bundle,
    init_image: options.init,
    mask_image: options.mask,
    strength: options.strength,
    num_inference_steps: options.steps,
    guidance_scale: options.guidance,
    scheduler: options.scheduler,
    seed: options.seed,
    width: options.size?.width,
    height: options.size?.height,
    num_images_per_prompt: options.count,
    clip_skip: options.clipSkip,
  };
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
}

/** Gives the picture format that a file name asks for. @throws CoreError INVALID_REQUEST */
export function mimeOfOut(file: string): "image/png" | "image/jpeg" | "image/webp" {
  const extension = file.slice(file.lastIndexOf(".") + 1).toLowerCase();
  const mime = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", webp: "image/webp" } as const;
  const found = Object.entries(mime).find(([name]) => name === extension)?.[1];
  if (found === undefined) {
    throw new CoreError("INVALID_REQUEST", `Cannot write "${file}": its ending is none of png, jpg, jpeg, webp.`);
  }
  return found;
}

/**
 * Uploads every file that the parameters name and gives the parameters with hashes in their place.
 *
 * @param folder folder that relative names start from
 * @param frame number put in the place of `####`
 */
export async function uploadFiles(
  client: CoreClient,
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
  for (const field of FILE_FIELDS) {
    if (uploaded[field] !== undefined) uploaded[field] = await upload(uploaded[field]);
  }
  if (uploaded.controls !== undefined) uploaded.controls = await uploadIn(uploaded.controls, "image");
  if (uploaded.regions !== undefined) uploaded.regions = await uploadIn(uploaded.regions, "mask");
  return uploaded;
}

/** Reads a request file. @throws CoreError INVALID_REQUEST naming the file and what is wrong in it */
export async function readRequestFile(file: string): Promise<{ request: RequestFile; folder: string }> {
  const { bytes } = await readInput(file);
  const parsed = RequestFileSchema.safeParse(parseJson(file, Buffer.from(bytes).toString("utf8")));
  if (!parsed.success) {
    throw new CoreError("INVALID_REQUEST", `${file} is no request: ${z.prettifyError(parsed.error)}`, {
      remedy: 'Expected {"task": "image", "params": {"prompt": …}}.',
    });
  }
  return { request: parsed.data, folder: dirname(resolve(file)) };
}

async function readRegions(file: string): Promise<unknown[]> {
  const regions = parseJson(file, await readFile(file, "utf8"));
  if (Array.isArray(regions)) return regions;
  throw new CoreError("INVALID_REQUEST", `${file} is no table of regions; expected a list of {"color", "prompt"}.`);
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CoreError("INVALID_REQUEST", `${file} is not JSON: ${cause instanceof Error ? cause.message : ""}`, {
      cause,
    });
  }
}
