"""The denoiser: a transformer over the latent's tokens that predicts the flow's velocity."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .block import Block
from .patches import CHANNELS, TOKENS
from .text import CONTEXT_WIDTH

TIMESTEPS = 1000


class Denoiser(nn.Module):
    """sample [b, TOKENS, channels] at timestep [b] (sigma × TIMESTEPS) and context [b, n, context_width],
    whose rows of zeros are padding → velocity [b, TOKENS, channels]: noise - clean latent.
    """

    def __init__(
        self,
        width: int = 256,
        layers: int = 6,
        heads: int = 4,
        channels: int = CHANNELS,
        context_width: int = CONTEXT_WIDTH,
    ) -> None:
        super().__init__()
        self.width = width
        self.read = nn.Linear(channels, width)
        self.position = nn.Parameter(torch.randn(TOKENS, width) * 0.1)
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.gist = nn.Linear(context_width, width)
        self.modulation = nn.Linear(width, 6 * width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)
        self.blocks = nn.ModuleList(Block(width, heads, context_width, modulated=True) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.write = nn.Linear(width, channels)
        nn.init.zeros_(self.write.weight)
        nn.init.zeros_(self.write.bias)

    def forward(self, sample: Tensor, timestep: Tensor, context: Tensor) -> Tensor:
        """Predicts the velocity."""
        shown = context.abs().amax(-1) > 0
        frequency = torch.exp(
            torch.arange(self.width // 2, device=sample.device) * (-math.log(10_000) / (self.width // 2))
        )
        angle = timestep[:, None].to(sample.dtype) * frequency
        moment = self.time(torch.cat([angle.sin(), angle.cos()], -1))
        gist = context.sum(1) / shown.sum(1, keepdim=True).clamp(min=1)
        moment = moment + self.gist(gist)
        modulation = self.modulation(nn.functional.silu(moment)).unflatten(-1, (6, -1))
        x = self.read(sample) + self.position
        for block in self.blocks:
            x = block(x, context=context, context_shown=shown, modulation=modulation)
        return self.write(self.norm(x))
