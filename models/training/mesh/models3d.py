"""Reads a folder of CC0 models: `index.jsonl`, one JSON object a line, and the GLB files that it names.

A line has `id`, `file`, `pack`, `category`, `name`, `captions`, `colors`, `license`, `source_repo`,
`source_commit`, `source_path`, `source_sha256`. Models stand on y = 0, +Y up.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.training.image.glb import read_glb

BRANDS = re.compile(r"\b(ak[- ]?47|p90|uzi|glock|m4a1|mp5|desert eagle|de lorean|porsche|ferrari)\b", re.I)
"""Names of makes, which a model must not learn to answer to."""
MODULAR = re.compile(
    r"\b(tiles?|walls?|corner|floors?|foundation|pieces?|details?|module|modular|panel|trim|border|block"
    r"|base|ground|terrain|junction|road|tunnel|slope|scaffolding|structure|backsplash|countertop|hexagonal"
    r"|prototype|roof|platform|doorway|half|section|rubble|eyes|hips|leaves|dirt|water)\b",
    re.I,
)
"""Parts of building sets: nothing that anyone asks for alone."""
AFTER_NOUN = re.compile(
    r",| (?:with|without|of|on|in|and|for|from|stuck|inside|outside|up|to|made|that|at|by|a)\b|\d"
)
SMALL_CLASS = 3
"""Models of a noun from which on it counts as a class of its own."""
SINGULAR = {"shelves": "shelf", "leaves": "leaf", "knives": "knife", "axes": "axe"}
HELD_OUT_SHARE = 0.06
Float: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True)
class Model3d:
    """One line of the index."""

    id: str
    """`pack/file name`."""
    file: Path
    """GLB."""
    pack: str
    category: str
    """Wide: furniture, vehicles, animals …"""
    name: str
    """Short English name, "wooden bow"."""
    captions: tuple[str, ...]
    colours: tuple[str, ...]
    licence: str
    source: str
    """Web page of the repository that it was taken from."""
    commit: str
    path: str
    """File in that repository."""
    sha256: str
    """Of that file."""

    @property
    def noun(self) -> str:
        """What it is, one word in the singular: "bow"."""
        return noun_of(self.name)

    @property
    def modular(self) -> bool:
        """Whether it is a part of a building set."""
        return bool(MODULAR.search(self.name))

    @property
    def held_out(self) -> bool:
        """Kept from every training, for evaluation; decided by the id alone."""
        first = hashlib.sha256(self.id.encode()).digest()[0]
        return first < 256 * HELD_OUT_SHARE


@dataclass(frozen=True)
class Triangles:
    """A model as loose triangles, +Y up, in the file's unit."""

    positions: Float
    """[t, 3, 3]: triangle, corner, axis; counter-clockwise seen from outside where the file is right."""
    normals: Float
    """[t, 3, 3], unit length."""
    colours: Float
    """[t, 3, 3], sRGB in 0 to 1, textures sampled at the corners."""


def read_models(data: Path) -> list[Model3d]:
    """Reads the index without BRANDS, in the order of the ids.

    Raises ValueError for a model under another licence than CC0-1.0.
    """
    models = [_model(data, json.loads(line)) for line in (data / "index.jsonl").read_text().splitlines()]
    for model in models:
        if model.licence != "CC0-1.0":
            raise ValueError(f"{model.id} is under {model.licence}; only CC0-1.0 may be trained on.")
    kept = [model for model in models if not BRANDS.search(f"{model.name} {model.path}")]
    return sorted(kept, key=lambda model: model.id)


def read_triangles(model: Model3d) -> Triangles:
    """Reads the GLB of a model; triangles without an area are left out."""
    positions, normals, colours = read_glb(model.file)
    face = np.cross(positions[:, 1] - positions[:, 0], positions[:, 2] - positions[:, 0])
    real = np.linalg.norm(face, axis=1) > 1e-12
    return Triangles(positions[real], normals[real], colours[real])


def noun_of(name: str) -> str:
    """Gives the last word of a name before "with", "of" and the like, in the singular."""
    head = AFTER_NOUN.split(name.lower())[0].split()
    word = re.sub(r"[^a-z-]", "", head[-1]) if head else "thing"
    if word in SINGULAR:
        return SINGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if re.search(r"(?:sh|ch|x|ss)es$", word):
        return word[:-2]
    if word.endswith(("ss", "us", "is")) or not word.endswith("s") or len(word) < 4:
        return word
    return word[:-1]


def weights_of(models: list[Model3d]) -> NDArray[np.float64]:
    """Gives how often each model is drawn, [models], summing to 1.

    A class counts as the square root of its size; parts of building sets a tenth, and so do names too rare
    to learn a class from.
    """
    counts = Counter(model.noun for model in models)
    weights = np.array(
        [
            counts[model.noun] ** -0.5
            * (0.1 if model.modular else 1.0)
            * (1.0 if counts[model.noun] >= SMALL_CLASS else 0.3)
            for model in models
        ]
    )
    return weights / weights.sum()


def _model(data: Path, line: dict) -> Model3d:
    return Model3d(
        id=line["id"],
        file=data / line["file"],
        pack=line["pack"],
        category=line["category"],
        name=line["name"],
        captions=tuple(line["captions"]),
        colours=tuple(line["colors"]),
        licence=line["license"],
        source=line["source_repo"],
        commit=line["source_commit"],
        path=line["source_path"],
        sha256=line["source_sha256"],
    )
