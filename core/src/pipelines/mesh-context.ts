import { readFile } from "node:fs/promises";
import type { GraphSession } from "../inference/session.ts";
import { bundleFile, type MeshBundle } from "../models/bundle.ts";
import { CoreError } from "../protocol/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { createTokenizer, type PromptTokenizer } from "../tokenizers/create-tokenizer.ts";
import { floatsOf } from "./floats-of.ts";
import { InputImages } from "./input-images.ts";
import type { ResolvedMeshParams } from "./mesh-params.ts";
import { prepareReference } from "./mesh-reference.ts";
import type { PipelineContext } from "./pipeline.ts";

/** What a network makes a mesh from. */
export interface MeshContext {
  /** Rows of the words or of the picture, [1, n, dim]. */
  readonly said: Tensor;
  /** Rows of the same shape that say nothing, for guidance, [1, n, dim]. */
  readonly unsaid: Tensor;
  /** What could not be taken in, in words. */
  readonly warnings: readonly string[];
}

/**
 * Encodes the words of a request, or its picture, as the bundle's network takes them.
 *
 * @throws CoreError INVALID_REQUEST, ASSET_UNREADABLE, ASSET_NOT_FOUND, BUNDLE_INVALID, INFERENCE_FAILED, OUT_OF_MEMORY
 */
export async function encodeMeshContext(
  params: ResolvedMeshParams,
  context: Pick<PipelineContext<MeshBundle>, "bundle" | "sessions" | "readAsset">,
): Promise<MeshContext> {
  return context.bundle.manifest.mesh_diffusion.conditioning === "image"
    ? await encodePicture(params, context)
    : await encodeWords(params.prompt, context);
}

async function encodePicture(
  { image }: ResolvedMeshParams,
  { bundle, sessions, readAsset }: Pick<PipelineContext<MeshBundle>, "bundle" | "sessions" | "readAsset">,
): Promise<MeshContext> {
  const config = bundle.manifest.mesh_diffusion.image;
  if (config === undefined || image === undefined) {
    throw new CoreError("INVALID_REQUEST", "params.image is missing; this bundle makes meshes from a picture.", {
      remedy: "Give a reference picture.",
    });
  }
  const cutout = await new InputImages(readAsset).readCutout(image, "params.image");
  const { pixel_values, warnings } = prepareReference(cutout, config);
  const result = await (await sessions.session("image_encoder")).run({ pixel_values }, ["context"]);
  const said = { dims: result.context?.dims ?? [], data: floatsOf(result, "context") };
  return { said, unsaid: { dims: said.dims, data: new Float32Array(said.data.length) }, warnings };
}

async function encodeWords(
  prompt: string,
  { bundle, sessions }: Pick<PipelineContext<MeshBundle>, "bundle" | "sessions">,
): Promise<MeshContext> {
  const encoder = await sessions.session("text_encoder");
  const { ids, warnings } = await tokensOf(prompt, bundle);
  const said = await encodeIds(ids, encoder);
  if (bundle.manifest.mesh_diffusion.sampler?.unconditional === "zeros")
    return { said, unsaid: { dims: said.dims, data: new Float32Array(said.data.length) }, warnings };
  // Padded to the same length, so that both can go through the denoiser at once; rows of padding are zeros, which it leaves out.
  const [first, last, pad] = [ids.at(0) ?? 0n, ids.at(-1) ?? 0n, BigInt(bundle.manifest.tokenizer?.pad_token_id ?? 0)];
  const empty = new BigInt64Array(ids.length).fill(pad);
  empty.set([first, last]);
  return { said, unsaid: await encodeIds(empty, encoder), warnings };
}

async function encodeIds(ids: BigInt64Array, encoder: GraphSession): Promise<Tensor> {
  const result = await encoder.run({ input_ids: { dims: [1, ids.length], data: ids } }, ["context"]);
  return { dims: result.context?.dims ?? [], data: floatsOf(result, "context") };
}

/** Start token, the words, end token; words beyond what the bundle takes are left out with a warning. */
async function tokensOf(prompt: string, bundle: MeshBundle): Promise<{ ids: BigInt64Array; warnings: string[] }> {
  const tokenizer = await loadTokenizer(bundle);
  const all = tokenizer.encode(prompt);
  const room = tokenizer.max_length - 2;
  const ids = [tokenizer.bos_token_id, ...all.slice(0, room), tokenizer.eos_token_id];
  const warnings =
    all.length > room
      ? [`The network reads ${room} tokens of a prompt; the last ${all.length - room} of ${all.length} were left out.`]
      : [];
  return { ids: BigInt64Array.from(ids, BigInt), warnings };
}

async function loadTokenizer(bundle: MeshBundle): Promise<PromptTokenizer> {
  const { id, tokenizer } = bundle.manifest;
  if (tokenizer === undefined) {
    throw new CoreError("BUNDLE_INVALID", `Bundle "${id}" has a text encoder but no tokenizer.`, {
      remedy: "Export the bundle again.",
    });
  }
  const read = (file: string) =>
    readFile(bundleFile(bundle, file), "utf8").catch((cause: unknown) => {
      throw new CoreError("BUNDLE_INVALID", `Bundle "${id}": ${file} cannot be read.`, {
        remedy: "Install the bundle again.",
        cause,
      });
    });
  return createTokenizer(await read(tokenizer.file), await read(tokenizer.config_file), tokenizer);
}
