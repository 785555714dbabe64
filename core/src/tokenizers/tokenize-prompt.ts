import type { PromptTokenizer } from "./create-tokenizer.ts";
import { parsePromptWeights } from "./prompt-weights.ts";

/** One run of the text encoder: start, at most max_length - 2 tokens, end, padding. */
export interface TokenChunk {
  /** Token ids, [max_length]. */
  readonly ids: BigInt64Array;
  /** Weight of each token; 1 for start, end and padding. */
  readonly weights: Float32Array;
  /** Tokens of the prompt in it, without start, end and padding. */
  readonly count: number;
}

/**
 * Gives the chunks of a prompt, at least one.
 *
 * A prompt of up to max_length - 2 tokens without brackets gives exactly the ids that diffusers gives; a longer one goes on in
 * further chunks, each with its own start and end, as in AUTOMATIC1111's web UI and ComfyUI. Nothing is cut off.
 */
export function tokenizePrompt(prompt: string, tokenizer: PromptTokenizer): TokenChunk[] {
  const ids: number[] = [];
  const weights: number[] = [];
  for (const { text, weight } of parsePromptWeights(prompt)) {
    for (const id of tokenizer.encode(text)) {
      ids.push(id);
      weights.push(weight);
    }
  }
  const room = tokenizer.max_length - 2;
  if (room < 1) return [makeChunk([], [], tokenizer)];
  const chunks: TokenChunk[] = [];
  for (let start = 0; start === 0 || start < ids.length; start += room) {
    chunks.push(makeChunk(ids.slice(start, start + room), weights.slice(start, start + room), tokenizer));
  }
  return chunks;
}

function makeChunk(ids: number[], weights: number[], tokenizer: PromptTokenizer): TokenChunk {
  const padded = new BigInt64Array(tokenizer.max_length).fill(BigInt(tokenizer.pad_token_id));
  padded[0] = BigInt(tokenizer.bos_token_id);
  padded.set(ids.map(BigInt), 1);
  padded[ids.length + 1] = BigInt(tokenizer.eos_token_id);
  const allWeights = new Float32Array(tokenizer.max_length).fill(1);
  allWeights.set(weights, 1);
  return { ids: padded, weights: allWeights, count: ids.length };
}
