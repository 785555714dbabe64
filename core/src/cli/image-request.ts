import { readFile } from "node:fs/promises";
import { CoreError } from "../protocol/errors.ts";
import { parseControl } from "./parse-control.ts";
import { parseJson } from "./parse-json.ts";
import { parseRegion } from "./parse-region.ts";

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

async function readRegions(file: string): Promise<unknown[]> {
  const regions = parseJson(file, await readFile(file, "utf8"));
  if (Array.isArray(regions)) return regions;
  throw new CoreError("INVALID_REQUEST", `${file} is no table of regions; expected a list of {"color", "prompt"}.`);
}
