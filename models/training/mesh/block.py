"""The transformer layer of text encoder, denoiser and decoder."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Attention(nn.Module):
    """Multi-head attention of x [b, n, width] to itself, or to another sequence [b, m, width_other]."""

    def __init__(self, width: int, heads: int, width_other: int | None = None) -> None:
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, width)
        self.kv = nn.Linear(width_other or width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, other: Tensor | None = None, shown: Tensor | None = None) -> Tensor:
        """shown [b, m], bool: which rows may be looked at."""
        q = self.q(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k, v = (
            self.kv(x if other is None else other).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        )
        # Written out: on a CPU in bfloat16 torch's fused form takes three times as long backward.
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
        if shown is not None:
            scores = scores + torch.where(shown, 0.0, -1e4).to(scores.dtype)[:, None, None]
        return self.out((torch.softmax(scores, -1) @ v).transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Pre-norm layer: self-attention, optional attention to a context, MLP.

    A modulation [b, 6, width] shifts, scales and gates attention and MLP (DiT, Peebles and Xie 2023,
    section 3.2; one modulation for all layers with an offset of each layer's own: PixArt-alpha, Chen et
    al. 2023, section 2.3).
    """

    def __init__(
        self, width: int, heads: int, context_width: int | None = None, modulated: bool = False
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, elementwise_affine=not modulated)
        self.norm2 = nn.LayerNorm(width, elementwise_affine=not modulated)
        self.attention = Attention(width, heads)
        self.cross = Attention(width, heads, context_width) if context_width else None
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.offset = nn.Parameter(torch.randn(6, width) * 0.02) if modulated else None

    def forward(
        self,
        x: Tensor,
        shown: Tensor | None = None,
        context: Tensor | None = None,
        context_shown: Tensor | None = None,
        modulation: Tensor | None = None,
    ) -> Tensor:
        """x [b, n, width]; shown [b, n] and context_shown [b, m], bool; context [b, m, context_width]."""
        if self.offset is None or modulation is None:
            x = x + self.attention(self.norm1(x), shown=shown)
            return x + self.mlp(self.norm2(x))
        shift1, scale1, gate1, shift2, scale2, gate2 = (modulation + self.offset)[:, :, None].unbind(1)
        x = x + gate1 * self.attention(self.norm1(x) * (1 + scale1) + shift1, shown=shown)
        if self.cross is not None:
            x = x + self.cross(x, context, context_shown)
        return x + gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2)
