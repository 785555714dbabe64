import { CoreError } from "../protocol/errors.ts";
import { definedOnly } from "./defined-only.ts";
import { onePrompt } from "./one-prompt.ts";

/** Options of `genga texture`, as commander gives them. */
export interface TextureOptions {
  prompt?: string;
  negativePrompt?: string;
  bundle?: string;
  object: string[];
  seed?: number;
  steps?: number;
  guidance?: number;
  strength?: number;
  depth?: number;
  normal?: number;
  lineart?: number;
  views?: number;
  viewSize?: number;
  textureSize?: number;
  textureFormat?: string;
  unwrap?: string;
  roughness?: number;
  metallic?: number;
  out: string;
}

/** Gives the parameters that words and options name, with a file name where the protocol has a hash. @throws CoreError INVALID_REQUEST */
export function textureParams(
  model: string,
  words: string | undefined,
  options: TextureOptions,
): Record<string, unknown> {
  const prompt = onePrompt(words, options.prompt);
  if (prompt === undefined || prompt.trim() === "") {
    throw new CoreError("INVALID_REQUEST", "There is no prompt; expected what the model looks like.", {
      remedy: `Write for instance: genga texture ${model} "weathered oak" --out painted.glb`,
    });
  }
  if (!options.out.toLowerCase().endsWith(".glb")) {
    throw new CoreError("INVALID_REQUEST", `Cannot write "${options.out}"; a painted mesh is a .glb file.`, {
      remedy: "Name a file that ends with .glb",
    });
  }
  const { depth, normal, lineart, textureFormat } = options;
  return definedOnly({
    bundle: options.bundle,
    mesh: model,
    prompt,
    negative_prompt: options.negativePrompt,
    objects: options.object,
    seed: options.seed,
    num_inference_steps: options.steps,
    guidance_scale: options.guidance,
    strength: options.strength,
    conditioning_scale: definedOnly({ depth, normal, lineart }),
    max_views: options.views,
    view_size: options.viewSize,
    texture_size: options.textureSize,
    unwrap: options.unwrap,
    roughness: options.roughness,
    metallic: options.metallic,
    output: definedOnly({ texture_mime: textureFormat === undefined ? undefined : `image/${textureFormat}` }),
  });
}
