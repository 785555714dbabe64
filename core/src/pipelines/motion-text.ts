import { readFile } from "node:fs/promises";
import type { GraphSession } from "../inference/session.ts";
import { bundleFile, type MotionBundle } from "../models/bundle.ts";
import { CoreError } from "../protocol/errors.ts";
import { createTokenizer, type PromptTokenizer } from "../tokenizers/create-tokenizer.ts";
import { floatsOf } from "./floats-of.ts";

/** Loads the tokenizer of a motion bundle. */
export async function loadMotionTokenizer(bundle: MotionBundle): Promise<PromptTokenizer> {
  const { id, tokenizer } = bundle.manifest;
  const read = (file: string) =>
    readFile(bundleFile(bundle, file), "utf8").catch((cause: unknown) => {
      throw new CoreError("BUNDLE_INVALID", `Bundle "${id}": ${file} cannot be read.`, {
        remedy: "Install the bundle again.",
        cause,
      });
    });
  return createTokenizer(await read(tokenizer.file), await read(tokenizer.config_file), tokenizer);
}

/**
 * Gives a vector for each text: start token, text, end token, filled up to the longest with padding. An empty text stands for unsaid.
 *
 * @param output of the graph: `text` of the text_encoder, `embedding` of the retriever
 * @throws CoreError INVALID_REQUEST for a text with more tokens than the graph takes
 */
export async function encodeTexts(
  texts: readonly string[],
  tokenizer: PromptTokenizer,
  graph: GraphSession,
  output: string,
): Promise<Float32Array[]> {
  if (texts.length === 0) return [];
  const room = tokenizer.max_length - 2;
  const encoded = texts.map((text) => {
    const ids = tokenizer.encode(text);
    if (ids.length <= room) return ids;
    throw new CoreError(
      "INVALID_REQUEST",
      `A prompt has more tokens than the bundle takes: ${ids.length}; expected at most ${room}: ${JSON.stringify(text.slice(0, 60))}….`,
      { remedy: "Say it shorter, or put it into several segments." },
    );
  });
  const length = Math.max(...encoded.map((ids) => ids.length)) + 2;
  const input_ids = new BigInt64Array(texts.length * length).fill(BigInt(tokenizer.pad_token_id));
  for (const [row, ids] of encoded.entries()) {
    const all = [tokenizer.bos_token_id, ...ids, tokenizer.eos_token_id];
    input_ids.set(all.map(BigInt), row * length);
  }
  const result = await graph.run({ input_ids: { dims: [texts.length, length], data: input_ids } }, [output]);
  const vectors = floatsOf(result, output);
  const size = vectors.length / texts.length;
  return texts.map((_, row) => vectors.slice(row * size, (row + 1) * size));
}
