"""The denoiser: a transformer over patches of four frames that predicts the clean motion."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .block import Block
from .features import CONDITIONS, GROUPS, WIDTH, WINDOW
from .text import TEXT_WIDTH

PATCH = 4
TOKENS = WINDOW // PATCH


class Denoiser(nn.Module):
    """sample [b, WINDOW, WIDTH] at timestep [b] → the clean motion, [b, WINDOW, WIDTH], both normalised.

    text [b, text_width], zeros = unsaid. observed [b, WINDOW, WIDTH] with given [b, WINDOW,
    len(CONDITIONS)] 0 or 1: known values of some groups in some frames. valid [b, WINDOW] 1 up to the end
    of the motion.
    """

    def __init__(
        self,
        width: int = 256,
        layers: int = 6,
        heads: int = 4,
        fine_width: int = 128,
        text_width: int = TEXT_WIDTH,
    ) -> None:
        super().__init__()
        inputs = PATCH * (2 * WIDTH + len(CONDITIONS) + 1)
        self.read = nn.Linear(inputs, width)
        self.position = nn.Parameter(torch.randn(TOKENS + 2, width) * 0.02)
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.text = nn.Linear(text_width, width)
        self.blocks = nn.ModuleList(Block(width, heads, conditioned=True) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.write = nn.Linear(width, PATCH * WIDTH)
        nn.init.zeros_(self.write.weight)
        nn.init.zeros_(self.write.bias)
        # Frame by frame: mends the seams between patches and takes detail from samples of little noise.
        self.fine_in = nn.Conv1d(2 * WIDTH, fine_width, 5, padding=2)
        self.fine_time = nn.Linear(width, fine_width)
        self.fine_out = nn.Conv1d(fine_width, WIDTH, 5, padding=2)
        nn.init.zeros_(self.fine_out.weight)
        nn.init.zeros_(self.fine_out.bias)
        self.register_buffer("spread", _spread())

    def forward(
        self, sample: Tensor, timestep: Tensor, text: Tensor, observed: Tensor, given: Tensor, valid: Tensor
    ) -> Tensor:
        """Predicts the clean motion; given values pass through unchanged."""
        batch, width = sample.shape[0], self.norm.normalized_shape[0]
        mask = given @ self.spread
        known = observed * mask
        # What is known needs no denoising: it stands in the sample as well.
        start = sample * (1 - mask) + known
        rows = torch.cat([start, known, given, valid[..., None]], -1)
        tokens = self.read(rows.reshape(batch, TOKENS, -1))
        angle = timestep[:, None].to(sample.dtype) * torch.exp(
            torch.arange(width // 2, device=sample.device) * (-math.log(10_000) / (width // 2))
        )
        moment = self.time(torch.cat([angle.sin(), angle.cos()], -1))
        said = self.text(text)
        x = torch.cat([moment[:, None], said[:, None], tokens], 1) + self.position
        real = valid.reshape(batch, TOKENS, PATCH)[..., 0]
        shown = torch.cat([torch.ones_like(real[:, :2]), real], 1)
        condition = moment + said
        for block in self.blocks:
            x = block(x, shown, condition)
        coarse = self.write(self.norm(x[:, 2:])).reshape(batch, WINDOW, WIDTH)
        coarse = coarse * (1 - mask) + known
        fine = torch.cat([coarse, start], -1).transpose(1, 2) * valid[:, None]
        fine = nn.functional.silu(self.fine_in(fine) + self.fine_time(condition)[..., None])
        clean = coarse + self.fine_out(fine).transpose(1, 2)
        return clean * (1 - mask) + known


def _spread() -> Tensor:
    """Gives [len(CONDITIONS), WIDTH]: which columns belong to which condition."""
    table = torch.zeros(len(CONDITIONS), WIDTH)
    for row, name in enumerate(CONDITIONS):
        table[row, GROUPS[name]] = 1
    return table
