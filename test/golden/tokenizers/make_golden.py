"""Makes clip.json: token ids of transformers' CLIPTokenizer with the vocabulary of models/tiny-random-sd.

.venv-full/bin/python test/golden/tokenizers/make_golden.py
"""

import json
from pathlib import Path

import tokenizers
import transformers

HERE = Path(__file__).parent
TOKENIZER = HERE.parents[2] / "models/tiny-random-sd/tokenizer/tokenizer.json"
PROMPTS = [
    "",
    " ",
    "a photo of a cat",
    "A Photo of a CAT, Trending on ArtStation!!",
    "a village street at dusk,   wet cobblestones\n\tlantern light",
    "it's the artist's 3rd portrait -- they'll say we've 1234 of 'em",
    "façade, naïve, Ångström, déjà vu, e\u0301cole",
    "中文提示词 and 日本語 together",
    "emoji 😀👩‍🚀 and symbols ©®™ ½ ²",
    "underscore_names, hyphen-ated, slash/es, back\\slash, #tags, @user, 100%",
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "tab\tnew\nline\r\nnbsp\u00a0zero\u200bwidth",
    "a literal <|endoftext|> token",
    "Straße İstanbul ΣΊΣΥΦΟΣ",
    "\u0000control\u0007characters",
]


def main() -> None:
    tokenizer = tokenizers.Tokenizer.from_file(str(TOKENIZER))
    cases = [
        {"prompt": prompt, "ids": tokenizer.encode(prompt, add_special_tokens=False).ids}
        for prompt in PROMPTS
    ]
    fast = transformers.CLIPTokenizer.from_pretrained(TOKENIZER.parent)
    padded = [
        {
            "prompt": prompt,
            "ids": fast(prompt, padding="max_length", max_length=77, truncation=True).input_ids,
        }
        for prompt in ("", "a photo of a cat", "it's the artist's 3rd portrait")
    ]
    versions = {"tokenizers": tokenizers.__version__, "transformers": transformers.__version__}
    text = json.dumps(
        {"versions": versions, "cases": cases, "padded": padded}, ensure_ascii=True, separators=(",", ":")
    )
    (HERE / "clip.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
