"""The library of models: which are used, how often, and which are held out for evaluation."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from .glb import read_glb
from .meshes import Mesh, make_mesh

BRAND_LIKE = re.compile(
    r"\b(ak.?47|p90|uzi|m4|m16|glock|scar|mp5|sniper|rifle|pistol|shotgun|revolver|smg|gun)\b", re.I
)
"""Names left out: brand-like weapons, and firearms with them."""
CATEGORY_WEIGHTS = {
    "terrain": 0.12,
    "architecture": 0.3,
    "characters": 3.0,
    "animals": 3.0,
    "vehicles": 1.6,
    "nature": 1.2,
    "food": 1.3,
}
"""How often a model is drawn relative to one of any other category; modular tiles are many and alike."""
HELD_OUT_SHARE = 0.08
MAX_TRIANGLES = 9000


@dataclass(frozen=True)
class Entry:
    """One model of the index."""

    id: str
    file: Path
    name: str
    category: str
    weight: float
    held_out: bool


def is_held_out(model_id: str) -> bool:
    """Whether a model is kept for evaluation; by the hash of its name without trailing variant letters
    and digits.
    """
    family = re.sub(r"[_\-\s]*[A-Z0-9]?$", "", model_id)
    return int(hashlib.sha256(family.encode()).hexdigest()[:8], 16) / 2**32 < HELD_OUT_SHARE


def read_library(data: Path) -> list[Entry]:
    """Reads `index.jsonl` of the folder of 3D models and gives the usable entries in the order of the
    file.
    """
    entries = []
    for line in (data / "index.jsonl").read_text().splitlines():
        item = json.loads(line)
        name = item["name"].lower()
        if BRAND_LIKE.search(f"{name} {item['id'].replace('_', ' ')}") or item["triangles"] > MAX_TRIANGLES:
            continue
        size = [b - a for a, b in zip(item["bbox_min"], item["bbox_max"], strict=True)]
        if max(size) < 1e-6 or sorted(size)[1] / max(size) < 0.04:
            continue  # a needle shows nothing
        weight = CATEGORY_WEIGHTS.get(item["category"], 1.0) * (0.4 if "tile" in name else 1)
        entries.append(
            Entry(item["id"], data / item["file"], name, item["category"], weight, is_held_out(item["id"]))
        )
    return entries


@lru_cache(maxsize=2200)
def load_mesh(file: Path) -> Mesh:
    """Loads a model, normalised (see Mesh)."""
    return make_mesh(*read_glb(file))


class Sampler:
    """Draws entries by weight, either from the training models or from the held-out ones."""

    def __init__(self, entries: list[Entry], held_out: bool) -> None:
        self.entries = [entry for entry in entries if entry.held_out == held_out]
        weights = np.array([entry.weight for entry in self.entries])
        self.cumulative = np.cumsum(weights / weights.sum())

    def draw(self, rng: np.random.Generator) -> Entry:
        """Draws one entry."""
        return self.entries[min(int(np.searchsorted(self.cumulative, rng.random())), len(self.entries) - 1)]
