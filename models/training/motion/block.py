"""The transformer layer of text encoder and denoiser."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Block(nn.Module):
    """Pre-norm layer; a condition scales and shifts each norm (DiT, Peebles and Xie 2023, section 3.2)."""

    def __init__(self, width: int, heads: int, conditioned: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.modulation = nn.Linear(width, 4 * width) if conditioned else None
        if self.modulation is not None:
            nn.init.zeros_(self.modulation.weight)
            nn.init.zeros_(self.modulation.bias)

    def forward(self, x: Tensor, shown: Tensor, condition: Tensor | None = None) -> Tensor:
        """x [b, tokens, width], shown [b, tokens] 0 or 1: who may be looked at, condition [b, width]."""
        batch, tokens, width = x.shape
        parts: tuple[Tensor, ...] = ()
        if self.modulation is not None and condition is not None:
            parts = self.modulation(condition)[:, None].chunk(4, -1)
        h = self.norm1(x)
        if parts:
            h = h * (1 + parts[0]) + parts[1]
        q, k, v = self.qkv(h).reshape(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5 - 1e4 * (1 - shown)[:, None, None]
        x = x + self.out((torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(batch, tokens, width))
        h = self.norm2(x)
        if parts:
            h = h * (1 + parts[2]) + parts[3]
        return x + self.mlp(h)
