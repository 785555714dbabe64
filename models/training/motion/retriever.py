"""The retriever: what a prompt asks for as a unit vector, to be compared with those of the library."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .block import Block
from .text import MAX_LENGTH, PIECES

RETRIEVER_WIDTH = 64


class Retriever(nn.Module):
    """input_ids int64 [b, tokens], 0 = padding → [b, out], length 1."""

    def __init__(self, pieces: int = PIECES, width: int = 96, out: int = RETRIEVER_WIDTH) -> None:
        super().__init__()
        self.embedding = nn.Embedding(pieces, width, padding_idx=0)
        self.position = nn.Parameter(torch.randn(MAX_LENGTH, width) * 0.02)
        self.block = Block(width, 4)
        self.out = nn.Linear(2 * width, out)

    def forward(self, input_ids: Tensor) -> Tensor:
        """Encodes."""
        shown = (input_ids != 0).float()
        embedded = self.embedding(input_ids)
        x = self.block(embedded + self.position[: input_ids.shape[1]], shown)
        real = shown[..., None]
        means = [(value * real).sum(1) / real.sum(1).clamp(min=1) for value in (x, embedded)]
        return nn.functional.normalize(self.out(torch.cat(means, 1)), dim=-1)
