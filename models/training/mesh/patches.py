"""The autoencoder's encoder: principal components of blocks of the grids.

A latent is what 64 blocks of 12³ cells are made of: how far each is along the strongest principal components
of the truncated distances in a block, then of colour and material in it. The mean is each block's own. It is
linear and found in closed form, so the flow model can be trained while the decoder, a network, still learns
to draw from it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .sample import COLOUR_GRID, GRID

SIDE = 4
"""Blocks a side; a latent's tokens run z, y, x with x fastest."""
TOKENS = SIDE**3
BLOCK, SURFACE_BLOCK = GRID // SIDE, COLOUR_GRID // SIDE
SDF_CHANNELS, SURFACE_CHANNELS = 44, 20
CHANNELS = SDF_CHANNELS + SURFACE_CHANNELS
SURFACE = 5
"""Red, green, blue, roughness, metallic."""
EVENNESS = 0.5
"""Exponent that the components' deviations are divided by: 1 makes all equal, 0 leaves them; between, coarse
shape comes before detail when noise is taken away."""


class PatchCodec(nn.Module):
    """Turns grids into latents and back, linearly."""

    def __init__(self, sdf_channels: int = SDF_CHANNELS, surface_channels: int = SURFACE_CHANNELS) -> None:
        super().__init__()
        self.sdf_channels = sdf_channels
        sdf, surface = BLOCK**3, SURFACE_BLOCK**3 * SURFACE
        channels = sdf_channels + surface_channels
        self.register_buffer("sdf_mean", torch.zeros(TOKENS, sdf))
        self.register_buffer("sdf_basis", torch.zeros(sdf_channels, sdf))
        self.register_buffer("surface_mean", torch.zeros(TOKENS, surface))
        self.register_buffer("surface_basis", torch.zeros(surface_channels, surface))
        self.register_buffer("scale", torch.ones(channels))

    @torch.no_grad()
    def fit(self, sdf: Tensor, surface: Tensor) -> tuple[Tensor, Tensor]:
        """Finds the components of grids [n, GRID, GRID, GRID] in -1 to 1 and [n, COLOUR_GRID, COLOUR_GRID,
        COLOUR_GRID, SURFACE] in 0 to 1; gives the shares of the variance that are left out.
        """
        left = []
        parts = {"sdf": sdf_blocks(sdf), "surface": surface_blocks(surface, sdf)}
        for name, blocks in parts.items():
            mean, basis = getattr(self, f"{name}_mean"), getattr(self, f"{name}_basis")
            mean.copy_(blocks.mean(0))
            rows = (blocks - mean).flatten(0, 1)
            variance, vectors = torch.linalg.eigh((rows.T @ rows / len(rows)).double())
            order = variance.argsort(descending=True)[: len(basis)]
            # The sign of a component is nobody's: the largest entry is made positive.
            found = vectors[:, order].T
            found = found * found.gather(1, found.abs().argmax(1, keepdim=True)).sign()
            basis.copy_(found)
            left.append(1 - variance[order].sum() / variance.sum())
        self.scale.fill_(1)
        deviation = self.encode(sdf, surface).flatten(0, 1).std(0).clamp(min=1e-4)
        # Distances and colours weigh the same.
        for part in (slice(0, self.sdf_channels), slice(self.sdf_channels, None)):
            even = deviation[part] ** -EVENNESS
            self.scale[part] = even / (deviation[part] * even).square().mean().sqrt()
        return left[0], left[1]

    def encode(self, sdf: Tensor, surface: Tensor) -> Tensor:
        """Gives latents [n, TOKENS, channels]; their mean square is about 1."""
        one = (sdf_blocks(sdf) - self.sdf_mean) @ self.sdf_basis.T
        other = (surface_blocks(surface, sdf) - self.surface_mean) @ self.surface_basis.T
        return torch.cat([one, other], -1) * self.scale

    def decode(self, latent: Tensor) -> tuple[Tensor, Tensor]:
        """Gives distances [n, GRID, GRID, GRID] and surface [n, SURFACE, COLOUR_GRID, …], minus a half and
        zero far from the surface.
        """
        plain = latent / self.scale
        sdf = plain[..., : self.sdf_channels] @ self.sdf_basis + self.sdf_mean
        surface = plain[..., self.sdf_channels :] @ self.surface_basis + self.surface_mean
        distances = _joined(sdf[..., None], BLOCK)[..., 0]
        return distances, _joined(surface.unflatten(-1, (-1, SURFACE)), SURFACE_BLOCK).permute(0, 4, 1, 2, 3)


def sdf_blocks(sdf: Tensor) -> Tensor:
    """Cuts [n, GRID, GRID, GRID] into [n, TOKENS, BLOCK³]."""
    return _cut(sdf[..., None], BLOCK)


def surface_blocks(surface: Tensor, sdf: Tensor) -> Tensor:
    """Cuts [n, COLOUR_GRID, COLOUR_GRID, COLOUR_GRID, SURFACE] into [n, TOKENS, SURFACE_BLOCK³ × SURFACE],
    minus a half, zero where no surface is near.
    """
    near = -nn.functional.max_pool3d(-sdf.abs()[:, None], GRID // COLOUR_GRID)[:, 0] < 0.99
    return _cut((surface - 0.5) * near[..., None], SURFACE_BLOCK)


def _cut(grid: Tensor, block: int) -> Tensor:
    count, channels = grid.shape[0], grid.shape[-1]
    parts = grid.reshape(count, SIDE, block, SIDE, block, SIDE, block, channels)
    return parts.permute(0, 1, 3, 5, 2, 4, 6, 7).reshape(count, TOKENS, -1)


def _joined(blocks: Tensor, block: int) -> Tensor:
    """[n, TOKENS, block³, channels] → [n, side, side, side, channels]."""
    channels = blocks.shape[-1]
    parts = blocks.reshape(-1, SIDE, SIDE, SIDE, block, block, block, channels)
    side = SIDE * block
    return parts.permute(0, 1, 4, 2, 5, 3, 6, 7).reshape(-1, side, side, side, channels)
