import { Tokenizer } from "@huggingface/tokenizers";
import { CoreError } from "../protocol/errors.ts";

/** What a text encoder asks of its tokens; from bundle.json. */
export interface TokenizerLimits {
  /** Tokens of one chunk, start and end included: 77 for CLIP. */
  readonly max_length: number;
  readonly bos_token_id: number;
  readonly eos_token_id: number;
  readonly pad_token_id: number;
}

/** Turns text into token ids, without start, end and padding. */
export interface PromptTokenizer extends TokenizerLimits {
  encode(text: string): number[];
}

/**
 * Makes the tokenizer of a bundle from the texts of its tokenizer.json and tokenizer_config.json.
 *
 * @throws CoreError BUNDLE_INVALID if they are no JSON or describe no tokenizer
 */
export function createTokenizer(tokenizerJson: string, configJson: string, limits: TokenizerLimits): PromptTokenizer {
  const tokenizer = load(tokenizerJson, configJson);
  // JavaScript lowers a sigma at the end of a word to ς; the Rust library goes letter by letter and gives σ.
  const lowercases = /"type":\s*"Lowercase"/.test(tokenizerJson);
  return {
    ...limits,
    encode: (text) =>
      tokenizer.encode(lowercases ? text.replaceAll("Σ", "σ") : text, { add_special_tokens: false }).ids,
  };
}

function load(tokenizerJson: string, configJson: string): Tokenizer {
  try {
    return new Tokenizer(JSON.parse(tokenizerJson), JSON.parse(configJson));
  } catch (cause) {
    throw new CoreError("BUNDLE_INVALID", "The bundle's tokenizer.json or tokenizer_config.json cannot be used.", {
      remedy: "Export or download the bundle again.",
      cause,
    });
  }
}
