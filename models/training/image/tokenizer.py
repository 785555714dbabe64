"""Builds the tokenizer of the bundle: whole words that the captions are made of; any other word is [UNK]."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from .library import read_library
from .meshes import PRIMITIVES
from .scene import SKY
from .words import (
    CLOUD_WORDS,
    COLOURS,
    FINISHES,
    GROUNDS,
    LIGHT_WORDS,
    LOOK_PHRASES,
    LOOK_WORDS,
    NATURAL_WORDS,
    PART_WORDS,
    TIME_PHRASES,
    TIME_WORDS,
    USUAL,
)

PAD, UNK, BOS, EOS = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
MAX_LENGTH = 64
SYNONYMS: dict[str, str] = {
    "grey": "gray",
    "violet": "purple",
    "scarlet": "crimson",
    "aqua": "cyan",
    "golden": "gold",
    "azure": "cyan",
    "ivory": "cream",
    "charcoal": "black",
    "fuchsia": "magenta",
    "lilac": "lavender",
    "khaki": "tan",
    "rose": "pink",
    "salmon": "coral",
    "ruby": "crimson",
    "emerald": "green",
    "sapphire": "blue",
}
"""Further colour words and the colour they are painted as."""
OTHER = (
    "a an the of and on in with by at to from is details parts trim backdrop background plain wall plaster "
    "wooden front back left right above light dark lit sun lighting shadow shadows thing object toy pale "
    "bright deep roof walls day morning sunset night blue , . 0 1 2 3 4 5 6 7 8 9"
)
"""Words of captions that stand in no table."""


def vocabulary(data: Path) -> list[str]:
    """Lists the words: special ones, then all words of the training models' names and of the captions,
    sorted.
    """
    texts = [
        OTHER,
        *COLOURS,
        *SYNONYMS,
        *GROUNDS,
        *SKY,
        *PRIMITIVES,
        *FINISHES,
        *LIGHT_WORDS,
        *NATURAL_WORDS,
        *CLOUD_WORDS,
    ]
    texts += [*LOOK_WORDS.values(), *TIME_WORDS.values(), PART_WORDS, *USUAL.values()]
    texts += [phrase for group in (*LOOK_PHRASES.values(), *TIME_PHRASES.values()) for phrase in group]
    texts += [entry.name for entry in read_library(data) if not entry.held_out]
    words = {word for text in texts for word in re.findall(r"\w+|[^\w\s]", text.lower())}
    return [PAD, UNK, BOS, EOS, *sorted(words)]


def make_tokenizer(words: list[str]) -> Tokenizer:
    """Gives a tokenizer of the Hugging Face library (WordPiece without pieces, so that any reader of
    tokenizer.json can run it).
    """
    ids = {word: i for i, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token=UNK, max_input_chars_per_word=60))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A {EOS}", special_tokens=[(BOS, ids[BOS]), (EOS, ids[EOS])]
    )
    tokenizer.enable_truncation(MAX_LENGTH)
    tokenizer.enable_padding(pad_id=ids[PAD], pad_token=PAD, length=MAX_LENGTH)
    return tokenizer


def tokenizer_config() -> str:
    """Gives tokenizer_config.json."""
    names = {
        "pad_token": PAD,
        "unk_token": UNK,
        "bos_token": BOS,
        "eos_token": EOS,
        "cls_token": BOS,
        "sep_token": EOS,
    }
    return json.dumps(
        {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": MAX_LENGTH, **names}, indent=2
    )
