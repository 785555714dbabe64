"""Reads rendered shards and makes training examples: crops, flips, missing maps, varied words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from .captions import caption, vary_phrase
from .noise import gaussian_sample
from .render import CHANNELS, SHARD

MAX_REGIONS = 16
MAPS = ("depth", "normal", "lineart", "light")
MISSING_SHARES = (0.15, 0.15, 0.14, 0.18)
"""How often each map is left out in training."""
UNSAID_SHARES = {"sky": 0.2, "backdrop": 0.2, "ground": 0.08}
"""How often a surrounding belongs to no region and is the prompt's."""


@dataclass
class Batch:
    """One batch; R = MAX_REGIONS, T = tokens of a text."""

    maps: Tensor
    """[b, 8, h, w] in 0 to 1: depth, normal, lineart, light; zeros where a map is missing."""
    present: Tensor
    """[b, 4]."""
    region_ids: Tensor
    """int64 [b, h, w], 0 = the prompt itself."""
    input_ids: Tensor
    """int64 [b, R + 1, T]; row 0 is the caption."""
    sample: Tensor
    """[b, 3, h, w] Gaussian noise that the target's texture is made of."""
    target: Tensor
    """[b, 3, h, w] in 0 to 1."""
    position: Tensor
    """[b, 2, h, w] x and y in the whole picture, 0 to 1."""
    records: list[dict]
    looks: list[str]


class Shards:
    """All shards of a folder, mapped into memory."""

    def __init__(self, folder: Path, tokenizer: Tokenizer) -> None:
        self.folder, self.tokenizer = folder, tokenizer
        self.arrays: list[np.ndarray] = []
        self.records: list[dict] = []
        self.rescan()

    def rescan(self) -> None:
        """Takes in shards that were finished since."""
        for file in sorted(self.folder.glob("*.npy"))[len(self.arrays) :]:
            self.arrays.append(np.load(file, mmap_mode="r"))
            self.records += [json.loads(line) for line in file.with_suffix(".jsonl").read_text().splitlines()]

    def __len__(self) -> int:
        return len(self.records)

    def planes(self, number: int) -> np.ndarray:
        """Gives the planes of a picture, uint8 [15, size, size]."""
        return self.arrays[number // SHARD][number % SHARD]

    def tokens(self, texts: list[str]) -> np.ndarray:
        """Encodes a caption and phrases to int64 [MAX_REGIONS + 1, tokens]; missing rows repeat an
        empty text.
        """
        texts = texts[: MAX_REGIONS + 1] + [""] * (MAX_REGIONS + 1 - len(texts))
        return np.array([e.ids for e in self.tokenizer.encode_batch(texts)], np.int64)

    def training_batch(self, rng: np.random.Generator, count: int, crop: int) -> Batch:
        """Draws random crops with all augmentation."""
        return _stack([self._augmented(rng, crop) for _ in range(count)])

    def exact(self, number: int, look: str, drop: tuple[str, ...] = (), words: str | None = None) -> Batch:
        """Gives a whole picture without augmentation, for evaluation; words replaces the caption."""
        rng = np.random.default_rng([number, 5])
        record = self.records[number]
        planes = self.planes(number).astype(np.float32) / 255
        text = caption(record, look, rng, light=True) if words is None else words
        phrases = [region["phrase"] for region in record["regions"]]
        size = planes.shape[-1]
        keep = {name: name not in drop for name in MAPS}
        regions = (planes[8] * 255).round().astype(np.int64)
        if "segmentation" in drop:
            regions[:] = 0
        tokens = self.tokens([text, *phrases])
        noise = gaussian_sample(record["noise_seed"], size, size)
        target = planes[CHANNELS["picture" if look == "anime" else "second"]]
        return _stack(
            [
                (
                    _maps(planes, keep),
                    keep,
                    regions,
                    tokens,
                    noise,
                    target,
                    _position(size, 0, 0, size),
                    record,
                    look,
                )
            ]
        )

    def _augmented(self, rng: np.random.Generator, crop: int):
        number = int(rng.integers(len(self.records)))
        record = dict(self.records[number])
        look = "anime" if rng.random() < 0.5 else record["second"]
        whole = self.planes(number)
        size = whole.shape[-1]
        steps = (size - crop) // 32 + 1
        top, left = (int(v) * 32 for v in rng.integers(0, steps, 2))
        window = (slice(None), slice(top, top + crop), slice(left, left + crop))
        planes = whole[window].astype(np.float32) / 255
        sample = gaussian_sample(record["noise_seed"], size, size)[window]
        position = _position(size, top, left, crop)
        if rng.random() < 0.5:
            planes, sample, position = (a[:, :, ::-1].copy() for a in (planes, sample, position))
            planes[1] = 1 - planes[1]
            position[0] = 1 - position[0]
            record["light_view"] = [-record["light_view"][0], *record["light_view"][1:]]
        keep = {name: bool(rng.random() > share) for name, share in zip(MAPS, MISSING_SHARES, strict=True)}
        if not any(keep.values()):
            keep["lineart"] = keep["normal"] = True
        if rng.random() < 0.4:
            planes[7] = 1
        if rng.random() < 0.15:
            planes[6] = planes[6] > 0.5
        regions = (planes[8] * 255).round().astype(np.int64)
        if rng.random() < 0.5:  # the protocol does not say what stands behind the objects in R
            behind = [
                i + 1 for i, region in enumerate(record["regions"]) if region["kind"] in ("sky", "backdrop")
            ]
            planes[5][np.isin(regions, behind)] = 1
        listed = rng.random() < 0.8
        if rng.random() < 0.07:
            regions[:] = 0
        else:
            for i, region in enumerate(record["regions"]):
                if rng.random() < UNSAID_SHARES.get(region["kind"], 0):
                    regions[regions == i + 1] = 0
        text = caption(record, look, rng, light=not keep["light"], listed=listed)
        phrases = [vary_phrase(region["phrase"], rng) for region in record["regions"]]
        target = planes[CHANNELS["picture" if look == "anime" else "second"]]
        return (
            _maps(planes, keep),
            keep,
            regions,
            self.tokens([text, *phrases]),
            sample,
            target,
            position,
            record,
            look,
        )


def _maps(planes: np.ndarray, keep: dict[str, bool]) -> np.ndarray:
    maps = planes[:8].copy()
    for name, kept in keep.items():
        if not kept:
            maps[CHANNELS[name]] = 0
    return maps


def _position(size: int, top: int, left: int, crop: int) -> np.ndarray:
    x, y = (np.arange(crop) + left + 0.5) / size, (np.arange(crop) + top + 0.5) / size
    return np.stack(np.broadcast_arrays(x[None, :], y[:, None])).astype(np.float32)


def _stack(items: list) -> Batch:
    def tensor(index: int) -> Tensor:
        return torch.from_numpy(np.stack([np.ascontiguousarray(item[index]) for item in items]))

    present = torch.tensor([[float(v) for v in item[1].values()] for item in items])
    return Batch(
        tensor(0),
        present,
        tensor(2),
        tensor(3),
        tensor(4),
        tensor(5),
        tensor(6),
        [i[7] for i in items],
        [i[8] for i in items],
    )
