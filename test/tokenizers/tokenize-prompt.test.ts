import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createTokenizer } from "../../core/src/tokenizers/create-tokenizer.ts";
import { tokenizePrompt } from "../../core/src/tokenizers/tokenize-prompt.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const golden: { cases: { prompt: string; ids: number[] }[]; padded: { prompt: string; ids: number[] }[] } = JSON.parse(
  read("test/golden/tokenizers/clip.json"),
);
const manifest = JSON.parse(read("models/tiny-random-sd/bundle.json"));
const clip = createTokenizer(
  read("models/tiny-random-sd/tokenizer/tokenizer.json"),
  read("models/tiny-random-sd/tokenizer/tokenizer_config.json"),
  manifest.tokenizer,
);
const { bos_token_id: bos, eos_token_id: eos, pad_token_id: pad } = clip;

describe("CLIP tokenizer", () => {
  it.each(golden.cases)("gives the ids of transformers for $prompt", ({ prompt, ids }) => {
    expect(clip.encode(prompt)).toEqual(ids);
  });
});

describe("tokenizePrompt", () => {
  it.each(golden.padded)("gives diffusers' padded ids for $prompt", ({ prompt, ids }) => {
    const chunks = tokenizePrompt(prompt, clip);
    expect(chunks).toHaveLength(1);
    expect([...(chunks[0]?.ids ?? [])].map(Number)).toEqual(ids);
  });

  it("weighs the tokens of a bracket and no others", () => {
    const [chunk] = tokenizePrompt("a (red:1.5) cat", clip);
    expect([...(chunk?.weights.subarray(0, 6) ?? [])]).toEqual([1, 1, 1.5, 1, 1, 1]);
    expect([...(chunk?.ids.subarray(0, 6) ?? [])].map(Number)).toEqual([
      bos,
      ...clip.encode("a"),
      ...clip.encode("red"),
      ...clip.encode("cat"),
      eos,
      pad,
    ]);
  });

  it.each([0, 1, 74, 75, 76, 150, 151, 400])("keeps every one of %i tokens, 75 to a chunk", (count) => {
    const prompt = Array.from({ length: count }, () => "cat").join(" ");
    const chunks = tokenizePrompt(prompt, clip);
    expect(chunks).toHaveLength(Math.max(1, Math.ceil(count / 75)));
    expect(chunks.reduce((sum, chunk) => sum + chunk.count, 0)).toBe(count);
    for (const chunk of chunks) {
      expect(chunk.ids).toHaveLength(77);
      expect(Number(chunk.ids[0])).toBe(bos);
      expect(Number(chunk.ids[chunk.count + 1])).toBe(eos);
      expect([...chunk.ids.subarray(chunk.count + 2)].every((id) => Number(id) === pad)).toBe(true);
    }
  });

  it("takes a bag-of-words tokenizer with its own length and ids", () => {
    const words = { "[PAD]": 0, "[BOS]": 1, "[EOS]": 2, "[UNK]": 3, red: 4, brick: 5, wall: 6 };
    const tokenizer = createTokenizer(
      JSON.stringify({
        version: "1.0",
        added_tokens: [],
        normalizer: { type: "Lowercase" },
        pre_tokenizer: { type: "Whitespace" },
        post_processor: null,
        decoder: null,
        model: { type: "WordLevel", vocab: words, unk_token: "[UNK]" },
      }),
      JSON.stringify({ tokenizer_class: "PreTrainedTokenizer", unk_token: "[UNK]" }),
      { max_length: 5, bos_token_id: 1, eos_token_id: 2, pad_token_id: 0 },
    );
    const ids = tokenizePrompt("Red brick wall unheard", tokenizer).map((chunk) => [...chunk.ids].map(Number));
    expect(ids).toEqual([
      [1, 4, 5, 6, 2],
      [1, 3, 2, 0, 0],
    ]);
  });

  it("refuses a tokenizer.json that is none", () => {
    expect(() => createTokenizer("{", "{}", manifest.tokenizer)).toThrow(/tokenizer\.json/);
  });
});
