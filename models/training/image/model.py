"""The whole model in torch: the three networks that are exported as separate graphs, and their use in
one call.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from .data import Batch
from .networks import ControlEncoder, UNet
from .text_encoder import TextEncoder

LAST_TIMESTEP = 999
"""Timestep of pure noise: the only one met with the default single step."""


class StarterImage(nn.Module):
    """Text encoder, control encoder and UNet."""

    def __init__(self, words: list[str]) -> None:
        super().__init__()
        self.text_encoder = TextEncoder(words)
        self.control_encoder = ControlEncoder()
        self.unet = UNet()

    def forward(
        self, batch: Batch, sample: Tensor | None = None, timestep: Tensor | None = None, crop: bool = False
    ) -> Tensor:
        """Gives pictures in 0 to 1, [b, 3, h, w], in one step from the batch's noise, or from sample at
        timestep.
        """
        count = len(batch.input_ids)
        captions, texts = batch.input_ids[:, 0], batch.input_ids[:, 1:]
        # Padding costs as much as words: cut it off.
        rows, length = int(batch.region_ids.max()), int((texts != self.text_encoder.pad).any(1).any(0).sum())
        hidden, caption = self.text_encoder(
            captions[:, : int((captions != self.text_encoder.pad).any(0).sum())]
        )
        _, phrases = self.text_encoder(texts[:, : max(rows, 1), :length].flatten(0, 1))
        features = self.control_encoder(
            batch.maps.contiguous(memory_format=torch.channels_last),
            batch.present,
            batch.region_ids,
            torch.cat([caption[:, None], phrases.reshape(count, max(rows, 1), -1)], 1),
            batch.position if crop else None,
        )
        sample = batch.sample if sample is None else sample
        timestep = torch.full((count,), LAST_TIMESTEP) if timestep is None else timestep
        return self.unet(sample, timestep, hidden, *features) / 2 + 0.5


def load_model(file: Path, words: list[str]) -> StarterImage:
    """Loads weights (safetensors) for inference."""
    model = StarterImage(words)
    model.load_state_dict(load_file(file))
    return model.eval().to(memory_format=torch.channels_last)
