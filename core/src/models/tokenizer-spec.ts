import { z } from "zod";
import { Sha256Schema } from "../protocol/fields.ts";
import { BundleFileSchema } from "./component.ts";

/** Tokenizer of the text encoder. */
export const TokenizerSpecSchema = z
  .strictObject({
    file: BundleFileSchema.describe("tokenizer.json of the Hugging Face tokenizers library."),
    config_file: BundleFileSchema.describe("tokenizer_config.json."),
    sha256: Sha256Schema.describe("Of tokenizer.json."),
    config_sha256: Sha256Schema,
    max_length: z.int().min(2).describe("Tokens of one chunk, start and end included: 77 for CLIP."),
    bos_token_id: z.int().describe("Start token."),
    eos_token_id: z.int().describe("End token."),
    pad_token_id: z.int().describe("Padding token."),
  })
  .meta({ id: "TokenizerSpec", description: "Tokenizer of the text encoder." });
export type TokenizerSpec = z.infer<typeof TokenizerSpecSchema>;
