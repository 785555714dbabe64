"""The text encoder: word pieces, small transformer layers, one vector for each piece."""

from __future__ import annotations

import numpy as np
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from torch import Tensor, nn

from .block import Block

PAD, UNK, BOS, EOS = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
SPECIAL = [PAD, UNK, BOS, EOS]
PIECES = 2400
MAX_LENGTH = 48
CONTEXT_WIDTH = 256


def make_tokenizer(captions: list[str]) -> Tokenizer:
    """Trains word pieces on captions; words never seen fall into pieces, not into nothing.

    The library breaks ties at random: two trainings may differ in a few pieces.
    """
    tokenizer = _dressed(Tokenizer(models.WordPiece(unk_token=UNK)), [])
    trainer = trainers.WordPieceTrainer(vocab_size=PIECES, special_tokens=SPECIAL, show_progress=False)
    tokenizer.train_from_iterator(sorted(set(captions)), trainer)
    return _dressed(tokenizer, SPECIAL)


def tokenizer_of(words: list[str]) -> Tokenizer:
    """Gives a tokenizer that knows words and, for all others, letters."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    pieces = [*SPECIAL, *letters, *(f"##{letter}" for letter in letters), *",.-'"]
    pieces = list(dict.fromkeys([*pieces, *sorted(set(words))]))
    ids = {piece: number for number, piece in enumerate(pieces)}
    return _dressed(Tokenizer(models.WordPiece(ids, unk_token=UNK)), SPECIAL)


def encode(tokenizer: Tokenizer, texts: list[str]) -> Tensor:
    """Gives input_ids [b, tokens], as long as the longest text."""
    ids = np.array([one.ids for one in tokenizer.encode_batch(texts)], np.int64)
    return torch.from_numpy(ids[:, : max(2, int((ids != 0).sum(1).max()))])


class TextEncoder(nn.Module):
    """input_ids int64 [b, tokens], 0 = padding → context [b, tokens, out], rows of padding zero.

    A prompt without words (only start and end) stands for unsaid.
    """

    def __init__(
        self, pieces: int = PIECES, width: int = 192, layers: int = 3, out: int = CONTEXT_WIDTH
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(pieces, width, padding_idx=0)
        nn.init.normal_(self.embedding.weight, std=0.3)
        self.position = nn.Parameter(torch.randn(MAX_LENGTH, width) * 0.1)
        self.blocks = nn.ModuleList(Block(width, 4) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, out)

    def forward(self, input_ids: Tensor) -> Tensor:
        """Encodes."""
        shown = input_ids != 0
        x = self.embedding(input_ids) + self.position[: input_ids.shape[1]]
        for block in self.blocks:
            x = block(x, shown=shown)
        # Exact zeros tell the denoiser which rows are padding: its graph gets no mask.
        return self.out(self.norm(x)) * shown[..., None]


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
