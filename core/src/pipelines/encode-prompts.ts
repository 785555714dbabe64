import { readFile } from "node:fs/promises";
import type { GraphSession } from "../inference/session.ts";
import { bundleFile, type ImageBundle } from "../models/bundle.ts";
import { CoreError } from "../protocol/errors.ts";
import { createTokenizer, type PromptTokenizer } from "../tokenizers/create-tokenizer.ts";
import { type TokenChunk, tokenizePrompt } from "../tokenizers/tokenize-prompt.ts";
import { floatsOf } from "./floats-of.ts";

/** A prompt to encode. */
export interface PromptText {
  readonly text: string;
  /** Layers left out at the end of the text encoder. */
  readonly clipSkip: number;
}

/** A prompt as the networks see it. */
export interface PromptEmbedding {
  /** Hidden states of all chunks, one after the other, [tokens, dim]. */
  readonly hidden: Float32Array;
  readonly tokens: number;
  readonly dim: number;
  /** Embedding of the whole phrase, [phrase dim]; empty unless the bundle takes phrases natively. */
  readonly phrase: Float32Array;
}

/** Chunks that the text encoder sees at once. */
const BATCH = 8;

/**
 * Encodes prompts; the results stand in the order of the prompts and all have the same number of tokens, as a batch needs.
 *
 * Each chunk of a long prompt goes through the text encoder by itself and the hidden states are joined along the tokens; shorter
 * prompts are filled up with empty chunks. A weight moves a token's hidden state along the line from the empty prompt's through
 * its own: z = z_empty + weight · (z - z_empty). That is ComfyUI's way (comfy/sd1_clip.py, encode_token_weights): 1 changes nothing,
 * 0 takes the word out, and no other token is scaled to keep a mean.
 */
export async function encodePrompts(
  prompts: readonly PromptText[],
  textEncoder: GraphSession,
  bundle: ImageBundle,
): Promise<PromptEmbedding[]> {
  const tokenizer = await loadTokenizer(bundle);
  const [empty] = tokenizePrompt("", tokenizer);
  if (empty === undefined) throw new Error("an empty prompt has one chunk");
  const chunked = prompts.map(({ text }) => tokenizePrompt(text, tokenizer));
  const count = Math.max(...chunked.map((chunks) => chunks.length));
  const padded = chunked.map((chunks) => [...chunks, ...Array<TokenChunk>(count - chunks.length).fill(empty)]);
  const phraseName = bundle.manifest.stable_diffusion.control_encoder?.phrase_output;

  const encoded = new Map<number, EncodedChunks>();
  for (const clipSkip of new Set(prompts.map((prompt) => prompt.clipSkip))) {
    const hiddenName = clipSkip === 0 ? "hidden_states" : `hidden_states_skip_${clipSkip}`;
    const chunks = padded.filter((_, i) => prompts[i]?.clipSkip === clipSkip).flat();
    // Weights are measured from the empty prompt; without them it need not run.
    if (chunks.some(({ weights }) => weights.some((weight) => weight !== 1))) chunks.push(empty);
    encoded.set(clipSkip, await encodeChunks(chunks, textEncoder, hiddenName, phraseName));
  }
  return prompts.map(({ clipSkip }, i) => joinChunks(padded[i] ?? [], empty, encoded.get(clipSkip) ?? new Map()));
}

/** Puts the encoded chunks of one prompt together, weights applied. */
function joinChunks(chunks: readonly TokenChunk[], empty: TokenChunk, encoded: EncodedChunks): PromptEmbedding {
  const states = chunks.map((chunk) => {
    const found = encoded.get(keyOf(chunk));
    if (found === undefined) throw new Error("every chunk was encoded");
    return found;
  });
  const length = states[0]?.hidden.length ?? 0;
  const dim = length / empty.ids.length;
  const hidden = new Float32Array(states.length * length);
  for (const [i, chunk] of chunks.entries()) {
    const own = states[i]?.hidden ?? new Float32Array();
    hidden.set(weigh(own, encoded.get(keyOf(empty))?.hidden ?? own, chunk.weights, dim), i * length);
  }
  const phrases = states.map(({ phrase }) => phrase);
  return { hidden, tokens: chunks.length * empty.ids.length, dim, phrase: meanPhrase(phrases, chunks) };
}

async function loadTokenizer(bundle: ImageBundle): Promise<PromptTokenizer> {
  const { tokenizer } = bundle.manifest;
  const [json, config] = await Promise.all(
    [tokenizer.file, tokenizer.config_file].map((file) =>
      readFile(bundleFile(bundle, file), "utf8").catch((cause: unknown) => {
        throw new CoreError("BUNDLE_INVALID", `Bundle "${bundle.manifest.id}": ${file} cannot be read.`, {
          remedy: "Install the bundle again.",
          cause,
        });
      }),
    ),
  );
  return createTokenizer(json ?? "", config ?? "", tokenizer);
}

/** What the text encoder gave for each chunk, by the chunk's ids. */
type EncodedChunks = Map<string, { hidden: Float32Array; phrase: Float32Array }>;

/** Runs the text encoder once for each different chunk. */
async function encodeChunks(
  chunks: readonly TokenChunk[],
  textEncoder: GraphSession,
  hiddenName: string,
  phraseName: string | undefined,
): Promise<EncodedChunks> {
  const different = [...new Map(chunks.map((chunk) => [keyOf(chunk), chunk])).entries()];
  const encoded: EncodedChunks = new Map();
  for (let start = 0; start < different.length; start += BATCH) {
    const batch = different.slice(start, start + BATCH);
    const length = batch[0]?.[1].ids.length ?? 0;
    const input_ids = new BigInt64Array(batch.length * length);
    for (const [row, [, chunk]] of batch.entries()) input_ids.set(chunk.ids, row * length);
    const names = phraseName === undefined ? [hiddenName] : [hiddenName, phraseName];
    const result = await textEncoder.run({ input_ids: { dims: [batch.length, length], data: input_ids } }, names);
    const hidden = floatsOf(result, hiddenName);
    const phrase = phraseName === undefined ? new Float32Array() : floatsOf(result, phraseName);
    for (const [row, [key]] of batch.entries()) {
      encoded.set(key, { hidden: rowOf(hidden, row, batch.length), phrase: rowOf(phrase, row, batch.length) });
    }
  }
  return encoded;
}

function keyOf(chunk: TokenChunk): string {
  return chunk.ids.join(" ");
}

function rowOf(data: Float32Array, row: number, rows: number): Float32Array {
  const length = data.length / rows;
  return data.subarray(row * length, (row + 1) * length);
}

function weigh(hidden: Float32Array, empty: Float32Array, weights: Float32Array, dim: number): Float32Array {
  if (weights.every((weight) => weight === 1)) return hidden;
  return hidden.map((value, k) => {
    const weight = weights[Math.floor(k / dim)] ?? 1;
    const base = empty[k] ?? 0;
    return weight === 1 ? value : (value - base) * weight + base;
  });
}

/** Mean of the chunks' phrase embeddings, each counted by its tokens. */
function meanPhrase(phrases: readonly Float32Array[], chunks: readonly TokenChunk[]): Float32Array {
  const [first] = phrases;
  if (first === undefined || chunks.length === 1) return first ?? new Float32Array();
  const total = chunks.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return first;
  return first.map((_, k) =>
    phrases.reduce((sum, phrase, i) => sum + ((phrase[k] ?? 0) * (chunks[i]?.count ?? 0)) / total, 0),
  );
}
