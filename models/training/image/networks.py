"""The control encoder and the UNet: maps and painted phrases go in once, one cheap decoder turns them
and noise into a picture.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .composite import RESIDUALS, Composite
from .noise import LEVELS
from .text_encoder import EXPLICIT, PHRASE_WIDTH, TAGS, WIDTH

WIDTHS = (32, 64, 128, 192, 256)
"""Channels at full, half … sixteenth resolution."""
MAPS = ("depth", "normal", "lineart", "light")
MAP_CHANNELS = (1, 3, 1, 3)
CONDITION = 128
STRIDE = 32
"""Height and width must be multiples of it: the coarsest octave of noise."""


def normalised(x: Tensor) -> Tensor:
    """Divides each pixel's channels by their root mean square.

    Without it activations grew to 1e5 within a thousand steps and the network died; statistics over the
    picture would make
    a crop differ from the whole.
    """
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-4)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions, optionally scaled and shifted by a condition."""

    def __init__(self, width: int, conditioned: bool = False) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        nn.init.kaiming_normal_(self.conv1.weight)
        nn.init.normal_(self.conv2.weight, std=0.2 * (9 * width) ** -0.5)
        self.condition = nn.Linear(CONDITION, 2 * width) if conditioned else None
        if self.condition is not None:
            nn.init.normal_(self.condition.weight, std=0.06)
            nn.init.zeros_(self.condition.bias)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """Gives x plus its residual; condition [batch, CONDITION]."""
        h = self.conv1(F.silu(normalised(x)))
        if self.condition is not None:
            scale, shift = self.condition(condition)[:, :, None, None].chunk(2, 1)
            h = h * (1 + scale) + shift
        return x + self.conv2(F.silu(normalised(h)))


def coordinates(like: Tensor) -> Tensor:
    """Gives x and y of each pixel's centre in 0 to 1, [batch, 2, height, width]."""
    ones = torch.ones_like(like[:, :1])
    x, y = torch.cumsum(ones, 3), torch.cumsum(ones, 2)
    return torch.cat([(x - 0.5) / x[:, :, :, -1:], (y - 0.5) / y[:, :, -1:]], 1)


class ControlEncoder(nn.Module):
    """maps [b, 8, H, W] in 0 to 1, maps_present [b, 4] (0 = missing,
    up to 1 = how strongly it guides), region_ids int64 [b, H, W], phrase_embeddings [b, r,
    PHRASE_WIDTH] → features.

    Gives `paint` (see composite.CHANNELS)
    and
    `feature_0` …
    `feature_4` at full to sixteenth resolution.
    """

    def __init__(self) -> None:
        super().__init__()
        inputs = sum(MAP_CHANNELS) + len(MAPS) + 1 + 2 + PHRASE_WIDTH + 1
        self.stem = nn.Conv2d(inputs, WIDTHS[0], 3, padding=1)
        self.down = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(WIDTHS))
        self.blocks = nn.ModuleList(ResidualBlock(width) for width in WIDTHS)
        for convolution in (self.stem, *self.down):
            nn.init.kaiming_normal_(convolution.weight)

    def forward(
        self,
        maps: Tensor,
        maps_present: Tensor,
        region_ids: Tensor,
        phrase_embeddings: Tensor,
        position: Tensor | None = None,
    ) -> tuple[Tensor, ...]:
        """Encodes; position overrides `coordinates` for crops in training."""
        batch, _, height, width = maps.shape
        index = region_ids.reshape(batch, -1, 1).expand(-1, -1, PHRASE_WIDTH)
        painted = (
            torch.gather(phrase_embeddings, 1, index)
            .transpose(1, 2)
            .reshape(batch, PHRASE_WIDTH, height, width)
        )
        is_prompt = (region_ids == 0).to(maps.dtype)[:, None]
        # The prompt names several objects: its colours belong to none of its pixels, so they are not painted.
        painted = torch.cat([painted[:, :EXPLICIT] * (1 - is_prompt), painted[:, EXPLICIT:]], 1)
        present = maps_present.to(maps.dtype).clamp(0, 1)[:, :, None, None].expand(-1, -1, height, width)
        position = coordinates(maps) if position is None else position
        # Without a light map, words give the direction: cosines of the normals stand in for n·l.
        towards = phrase_embeddings[:, 0, 8:12, None, None]
        said = (
            ((maps[:, 1:4] * 2 - 1) * towards[:, :3]).sum(1, keepdim=True) * towards[:, 3:4] * present[:, 1:2]
        )
        x = self.stem(torch.cat([maps * 2 - 1, present, is_prompt, position * 2 - 1, painted, said], 1))
        features = []
        for level, block in enumerate(self.blocks):
            x = block(x if level == 0 else self.down[level - 1](F.silu(normalised(x))))
            features.append(x)
        return self._paint(maps, present, painted, said, towards, position), *features

    @staticmethod
    def _paint(
        maps: Tensor, present: Tensor, painted: Tensor, said: Tensor, towards: Tensor, position: Tensor
    ) -> Tensor:
        """Gives what the composite needs of each pixel, [b, composite.CHANNELS, H, W]."""
        light = present[:, 3:4]
        guess = towards[:, 3:4] * present[:, 1:2] * (1 - light)
        n_l = maps[:, 5:6] * light + said * guess
        shadow = 1 - (1 - maps[:, 6:7]) * light
        ambient = 1 - (1 - maps[:, 7:8]) * light
        ink = maps[:, 4:5] * present[:, 2:3]
        known = (light + guess).clamp(0, 1)
        # View space serves for up as long as the camera is not tilted much.
        roof = painted[:, 16:17] * (((maps[:, 2:3] * 2 - 1) - 0.15) / 0.1).clamp(0, 1) * present[:, 1:2]
        return torch.cat(
            [painted[:, :8], ink, n_l, shadow, ambient, position, painted[:, 12:16], known, roof, guess], 1
        )


def noise_fields(sample: Tensor) -> Tensor:
    """Gives wash, patch and grain of a sample [b, 3, H, W] as `noise.fields` does, [b, 3, H, W]."""
    octaves = {
        size: F.interpolate(
            F.avg_pool2d(sample, size) * size, scale_factor=size, mode="bilinear", align_corners=False
        )
        for size in LEVELS
    }
    wash = 0.62 * octaves[32][:, 0] + 0.5 * octaves[16][:, 0] + 0.35 * octaves[8][:, 1]
    patch = 0.8 * octaves[8][:, 1] + 0.45 * octaves[4][:, 1]
    grain = 0.7 * octaves[2][:, 2] + 0.3 * sample[:, 2]
    return torch.stack([wash * 1.6, patch * 1.4, grain], 1)


class UNet(nn.Module):
    """sample [b, 3, H, W], timestep [b], encoder_hidden_states [b, t, WIDTH], features → the picture in -1 …
    1 (prediction type `sample`).

    The network gives what is added to `Composite`, the drawing by formulas; it starts near nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.score = nn.Linear(WIDTH, 4)
        self.condition = nn.Sequential(
            nn.Linear(4 * WIDTH + TAGS + 32, CONDITION), nn.SiLU(), nn.Linear(CONDITION, CONDITION), nn.SiLU()
        )
        self.noise = nn.Conv2d(6, WIDTHS[0], 3, padding=1)
        self.noise_coarse = nn.Conv2d(6, WIDTHS[2], 3, padding=1)
        self.middle = ResidualBlock(WIDTHS[4], True)
        self.context = nn.Linear(WIDTHS[4], WIDTHS[4])
        self.up = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairwise(WIDTHS))
        self.blocks = nn.ModuleList(ResidualBlock(width, True) for width in WIDTHS[:4])
        self.head = nn.Conv2d(WIDTHS[0], RESIDUALS, 3, padding=1)
        nn.init.normal_(self.head.weight, std=0.001)
        self.grade = nn.Linear(CONDITION, WIDTHS[0])
        nn.init.zeros_(self.head.bias)
        self.composite = Composite()

    def caption(self, timestep: Tensor, hidden_states: Tensor) -> Tensor:
        """Pools the prompt by four learned queries and joins the timestep, [b, CONDITION]."""
        real = (hidden_states.abs().sum(-1, keepdim=True) > 0).to(hidden_states.dtype)
        weight = torch.softmax(self.score(hidden_states) - 1e4 * (1 - real), 1)
        pooled = (weight.transpose(1, 2) @ hidden_states).flatten(1)
        frequency = torch.exp(torch.arange(16, dtype=torch.float32, device=pooled.device) * -0.55)
        angle = timestep.to(torch.float32).reshape(-1, 1) * frequency
        time = torch.cat([angle.sin(), angle.cos()], 1)
        tags = hidden_states[..., :TAGS].amax(1) * 2
        return self.condition(torch.cat([pooled, tags, time.expand(pooled.shape[0], -1)], 1))

    def forward(
        self, sample: Tensor, timestep: Tensor, hidden_states: Tensor, paint: Tensor, *features: Tensor
    ) -> Tensor:
        """Predicts the picture."""
        condition = self.caption(timestep, hidden_states)
        fields = noise_fields(sample)
        noise = torch.cat([sample, fields], 1)
        x = self.middle(features[4], condition)
        x = x + self.context(normalised(x).mean((2, 3)))[:, :, None, None]
        for level in (3, 2, 1, 0):
            x = F.interpolate(self.up[level](normalised(x)), scale_factor=2, mode="nearest") + features[level]
            if level == 2:
                x = x + self.noise_coarse(F.avg_pool2d(noise, 4))
            if level == 0:
                x = x + self.noise(noise) + self.grade(condition)[:, :, None, None]
            x = self.blocks[level](x, condition)
        out = torch.tanh(self.head(F.silu(normalised(x))).float() / 3) * 3
        tags = hidden_states[..., :TAGS].amax(1).to(torch.float32)
        return self.composite(paint.float(), fields.float(), out, tags) * 2 - 1
