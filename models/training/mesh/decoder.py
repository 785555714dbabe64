"""The decoder: from a latent to distance, colour and material at any point."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from .block import Block
from .patches import CHANNELS, SIDE, TOKENS, PatchCodec
from .sample import GRID, TRUNCATION

FEATURES = 12
"""Channels of the decoded volume: the distance and what else the points need."""


class LatentDecoder(nn.Module):
    """latent [b, TOKENS, channels] → decoded [b, FEATURES, GRID, GRID, GRID] (z, y, x).

    Channel 0 is the codec's own distance, channels 1 to 5 its colour and material (minus a half), all
    corrected; the network sees all blocks, so that edges run on from one to the next.
    """

    def __init__(
        self,
        codec: PatchCodec,
        width: int = 192,
        layers: int = 3,
        middle: int = 64,
        fine: int = 24,
        channels: int = CHANNELS,
    ) -> None:
        super().__init__()
        self.codec = codec
        self.read = nn.Linear(channels, width)
        self.position = nn.Parameter(torch.randn(TOKENS, width) * 0.1)
        self.blocks = nn.ModuleList(Block(width, 4) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.up1 = nn.ConvTranspose3d(width, middle, 3, 3)
        self.middle = nn.ModuleList(_Residual(middle) for _ in range(1))
        self.up2 = nn.ConvTranspose3d(middle, fine, 2, 2)
        # The codec's distances beside it, 2³ cells as channels: detail that tokens would blur.
        self.near = nn.Conv3d(8, fine, 3, padding=1)
        self.fine = nn.ModuleList(_Residual(fine) for _ in range(1))
        self.up3 = nn.ConvTranspose3d(fine, FEATURES, 2, 2)

    def forward(self, latent: Tensor) -> Tensor:
        """Decodes."""
        count = latent.shape[0]
        distance, surface = self.codec.decode(latent)
        x = self.read(latent) + self.position
        for block in self.blocks:
            x = block(x)
        x = self.norm(x).transpose(1, 2).reshape(count, -1, SIDE, SIDE, SIDE)
        x = self.up1(x)
        for layer in self.middle:
            x = layer(x)
        half = GRID // 2
        cells = distance.reshape(count, half, 2, half, 2, half, 2).permute(0, 2, 4, 6, 1, 3, 5)
        x = self.up2(x) + self.near(cells.reshape(count, 8, half, half, half))
        for layer in self.fine:
            x = layer(x)
        x = self.up3(silu(x))
        surface = nn.functional.interpolate(surface, size=(GRID, GRID, GRID), mode="trilinear")
        plain = torch.cat([distance[:, None], surface, torch.zeros_like(x[:, 6:])], 1)
        return plain + x * 0.2


class FieldDecoder(nn.Module):
    """decoded [b, FEATURES, GRID, GRID, GRID], points [b, n, 3] in -1 to 1 → signed distance [b, n], below 0
    inside, cut off near TRUNCATION; colour [b, n, 3], sRGB; material [b, n, 2], roughness and metallic.
    """

    def __init__(self, width: int = 48) -> None:
        super().__init__()
        self.hidden1, self.hidden2 = nn.Linear(FEATURES, width), nn.Linear(width, width)
        self.distance, self.surface = nn.Linear(width, 1), nn.Linear(width, 5)
        for layer in (self.distance, self.surface):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, decoded: Tensor, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Reads the volume at points."""
        features = sample_volume(decoded, points)
        hidden = silu(self.hidden2(silu(self.hidden1(features))))
        distance = (features[..., 0] + self.distance(hidden)[..., 0] * 0.2) * TRUNCATION
        surface = features[..., 1:6] + 0.5 + self.surface(hidden)
        if not self.training:  # beyond the ends nothing could be learned
            surface = surface.clamp(0, 1)
        return distance, surface[..., :3], surface[..., 3:]


def sample_volume(volume: Tensor, points: Tensor) -> Tensor:
    """Gives trilinear values of a volume [b, c, z, y, x] over the cube from -1 to 1 at points [b, n, 3],
    [b, n, c]; outside the middles of the outermost cells their values hold.
    """
    grid = points[:, :, None, None]
    found = nn.functional.grid_sample(volume, grid, padding_mode="border", align_corners=False)
    return found[..., 0, 0].transpose(1, 2)


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8 if width % 8 == 0 else 1, width)
        self.conv1 = nn.Conv3d(width, width, 3, padding=1)
        self.conv2 = nn.Conv3d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(silu(self.conv1(silu(self.norm(x)))))
