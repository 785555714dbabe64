"""Sheets of sample pictures, always the first of the set: nothing is selected."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from .baselines import tone_ramp
from .data import Shards
from .model import StarterImage


def to_pixels(picture: np.ndarray) -> np.ndarray:
    """Turns [3, h, w] in 0 to 1 into uint8 [h, w, 3]."""
    return (picture.clip(0, 1) * 255).round().astype(np.uint8).transpose(1, 2, 0)


def training_sheet(model: StarterImage, shards: Shards, file: Path, count: int = 4) -> None:
    """Writes rows of: light map, tone-ramp baseline, anime render, model, model without light map,
    second look's render, model.
    """
    rows = []
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for number in range(min(count, len(shards))):
            planes, record = shards.planes(number).astype(np.float32) / 255, shards.records[number]
            second = shards.exact(number, record["second"])
            row = [
                planes[5:8],
                tone_ramp(planes, record),
                planes[9:12],
                model(shards.exact(number, "anime"))[0].float().numpy(),
                model(shards.exact(number, "anime", drop=("light",)))[0].float().numpy(),
                planes[12:15],
                model(second)[0].float().numpy(),
            ]
            rows.append(np.concatenate([to_pixels(p) for p in row], 1))
    Image.fromarray(np.concatenate(rows)).save(file)
