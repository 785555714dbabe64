"""The control encoder and the UNet: maps and painted phrases go in once, one cheap decoder turns them
and noise into a picture.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .looks import DAYLIGHT
from .noise import LEVELS
from .text_encoder import EXPLICIT, PHRASE_WIDTH, TAGS, WIDTH

WIDTHS = (32, 64, 128, 192, 256)
"""Channels at full, half … sixteenth resolution."""
MAPS = ("depth", "normal", "lineart", "light")
MAP_CHANNELS = (1, 3, 1, 3)
CONDITION = 128
LOOKS = 4
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

    Gives `paint` [b, 10, H, W] (first and second colour of each pixel's phrase with their flags, tone, ink),
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
        # What needs no learning: the two-tone ramp of the light map, and the ink.
        lit = torch.minimum(((maps[:, 5:6] - 0.16) / 0.05 + 0.5).clamp(0, 1), maps[:, 6:7])
        guessed = (((said - 0.16) / 0.05 + 0.5).clamp(0, 1) - 0.7) * towards[:, 3:4] * present[:, 1:2]
        tone = (lit - 0.7) * present[:, 3:4] + guessed * (1 - present[:, 3:4])
        ink = maps[:, 4:5] * present[:, 2:3]
        return torch.cat([painted[:, :8], tone, ink, painted[:, 12:13], position[:, 1:]], 1), *features


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

    Each pixel is its phrase's colour in light and shade of the look and time of day, a palette of 20 that is
    learned
    too, times a factor plus an offset, under ink; sky is a gradient of the same palette. Before training the
    picture
    is a toned drawing in the anime renders' own palette; what the network adds starts near nothing.
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
        self.head = nn.Conv2d(WIDTHS[0], 10, 3, padding=1)
        nn.init.normal_(self.head.weight, std=0.001)
        self.grade = nn.Linear(CONDITION, WIDTHS[0])
        nn.init.zeros_(self.head.bias)
        self.palette = nn.Parameter(torch.from_numpy(_palette()))

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
        noise = torch.cat([sample, noise_fields(sample)], 1)
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
        lit, shade, zenith, horizon, ink = self.grading(hidden_states)
        mix = torch.sigmoid(out[:, 6:7] - 2) * paint[:, 7:8]
        base = paint[:, 0:3] * (1 - mix) + paint[:, 4:7] * mix
        tone = paint[:, 8:9] + 0.7 + out[:, 8:9]
        colour = base * (shade + (lit - shade) * tone) * (1 + out[:, 0:3]) + out[:, 3:6]
        sky = zenith + (horizon - zenith) * paint[:, 11:12].clamp(0, 1) ** 1.3 + out[:, 3:6]
        colour = colour + (sky - colour) * torch.sigmoid(out[:, 9:10] + 6 * paint[:, 10:11] - 3)
        return colour * (1 - torch.sigmoid(out[:, 7:8] + ink) * paint[:, 9:10]) * 2 - 1

    def grading(self, hidden_states: Tensor) -> tuple[Tensor, ...]:
        """Gives lit, shade, zenith and horizon [b, 3, 1, 1] and ink's logit [b, 1, 1, 1] for the
        prompt's look and time.
        """
        tags = hidden_states[..., :TAGS].amax(1).to(torch.float32)
        look, time = tags[:, :LOOKS], tags[:, LOOKS:]
        # Unsaid: the first of each, anime and day. Several: their mean.
        look = torch.cat([look[:, :1] + 1e-3, look[:, 1:]], 1)
        time = torch.cat([time[:, :1] + 1e-3, time[:, 1:]], 1)
        look, time = (x / x.sum(1, keepdim=True) for x in (look, time))
        weight = (look[:, :, None] * time[:, None]).flatten(1)
        return (weight @ self.palette)[:, :, None, None].split((3, 3, 3, 3, 1), 1)


def _palette() -> np.ndarray:
    """Gives the first colours of each look and time, [20, 13]: those that the anime look is rendered with."""
    rows = [
        [*day.lit, *np.array(day.shade) * 0.95, *day.zenith, *day.horizon, ink]
        for ink in (2.5, -3.0, 0.5, -3.0)
        for day in DAYLIGHT.values()
    ]
    return np.array(rows, np.float32)
