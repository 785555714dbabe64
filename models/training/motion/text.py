"""The text encoder: word pieces, two small transformer layers, one vector for what is said."""

from __future__ import annotations

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from torch import Tensor, nn

from .block import Block
from .thesaurus import ALIKE

PAD, UNK, BOS, EOS = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
SPECIAL = [PAD, UNK, BOS, EOS]
PIECES = 1200
MAX_LENGTH = 48
TEXT_WIDTH = 256


def make_tokenizer(captions: list[str]) -> Tokenizer:
    """Trains word pieces on captions and the thesaurus; words never seen fall into pieces, not into
    nothing.

    The library breaks ties at random: two trainings may differ in a few pieces.
    """
    tokenizer = _dressed(Tokenizer(models.WordPiece(unk_token=UNK)), [])
    trainer = trainers.WordPieceTrainer(vocab_size=PIECES, special_tokens=SPECIAL, show_progress=False)
    tokenizer.train_from_iterator(sorted(set(captions)) + list(ALIKE) * 3, trainer)
    return _dressed(tokenizer, SPECIAL)


def tokenizer_of(words: list[str]) -> Tokenizer:
    """Gives a tokenizer that knows words and, for all others, letters."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    pieces = [*SPECIAL, *letters, *(f"##{letter}" for letter in letters), *",.-'"]
    pieces = list(dict.fromkeys([*pieces, *sorted(set(words))]))
    ids = {piece: number for number, piece in enumerate(pieces)}
    return _dressed(Tokenizer(models.WordPiece(ids, unk_token=UNK)), SPECIAL)


def _dressed(tokenizer: Tokenizer, special: list[str]) -> Tokenizer:
    """Adds what stands around the pieces; special: tokens that are known by now."""
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    if special:
        ids = [(name, tokenizer.token_to_id(name)) for name in (BOS, EOS)]
        tokenizer.post_processor = processors.TemplateProcessing(single=f"{BOS} $A {EOS}", special_tokens=ids)
        tokenizer.enable_truncation(MAX_LENGTH)
        tokenizer.enable_padding(pad_id=tokenizer.token_to_id(PAD), pad_token=PAD, length=MAX_LENGTH)
    return tokenizer


class TextEncoder(nn.Module):
    """input_ids int64 [b, tokens], 0 = padding → [b, out]."""

    def __init__(self, pieces: int = PIECES, width: int = 128, out: int = TEXT_WIDTH) -> None:
        super().__init__()
        self.embedding = nn.Embedding(pieces, width, padding_idx=0)
        self.position = nn.Parameter(torch.randn(MAX_LENGTH, width) * 0.02)
        self.blocks = nn.ModuleList(Block(width, 4) for _ in range(2))
        self.out = nn.Linear(2 * width, out)

    def forward(self, input_ids: Tensor) -> Tensor:
        """Encodes."""
        shown = (input_ids != 0).float()
        embedded = self.embedding(input_ids)
        x = embedded + self.position[: input_ids.shape[1]]
        for block in self.blocks:
            x = block(x, shown)
        real = shown[..., None]
        # Words in order, and the plain sum of words beside them: rare words keep their own voice.
        means = [(value * real).sum(1) / real.sum(1).clamp(min=1) for value in (x, embedded)]
        return self.out(torch.cat(means, 1))
