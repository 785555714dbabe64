"""Reads a folder of control maps with regions.json, as the Blender add-on writes them, into the model's
inputs.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer

from .data import MAPS, Batch


def read_scene(
    folder: Path, prompt: str, size: int, seed: int, tokenizer: Tokenizer, drop: tuple[str, ...] = ()
) -> Batch:
    """Gives a batch of one, size x size; maps that the folder lacks or that are dropped are zeros and
    not present.
    """
    maps, present = [], []
    for name, channels in zip(MAPS, (1, 3, 1, 3), strict=True):
        file = folder / f"{name}.png"
        there = file.exists() and name not in drop
        present.append(float(there))
        maps.append(_read(file, size, channels) if there else np.zeros((channels, size, size), np.float32))
    regions = json.loads((folder / "regions.json").read_text())
    ids, phrases = np.zeros((size, size), np.int64), [prompt]
    if "segmentation" not in drop:
        colours = np.asarray(
            Image.open(folder / "segmentation.png")
            .convert("RGB")
            .resize((size, size), Image.Resampling.NEAREST)
        )
        for number, region in enumerate(regions, 1):
            rgb = tuple(bytes.fromhex(region["color"][1:]))
            ids[(colours == rgb).all(-1)] = number
            phrases.append(region["prompt"])
    tokens = np.array([encoding.ids for encoding in tokenizer.encode_batch(phrases)], np.int64)
    sample = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(seed))
    return Batch(
        maps=torch.from_numpy(np.concatenate(maps))[None],
        present=torch.tensor([present]),
        region_ids=torch.from_numpy(ids)[None],
        input_ids=torch.from_numpy(tokens)[None],
        sample=sample,
        target=torch.zeros(1, 3, size, size),
        position=torch.zeros(1, 2, size, size),
        records=[{}],
        looks=[""],
    )


def _read(file: Path, size: int, channels: int) -> np.ndarray:
    """Gives a map [channels, size, size] in 0 to 1; grey may have 8 or 16 bits."""
    picture = Image.open(file)
    if picture.mode.startswith("I;16") or picture.mode == "I":
        values = np.asarray(picture, np.float32) / 65535
        picture = Image.fromarray(values, "F").resize((size, size), Image.Resampling.BOX)
        return np.asarray(picture, np.float32)[None].repeat(channels, 0)
    picture = picture.convert("L" if channels == 1 else "RGB").resize((size, size), Image.Resampling.BOX)
    values = np.asarray(picture, np.float32) / 255
    return values[None] if channels == 1 else values.transpose(2, 0, 1)
