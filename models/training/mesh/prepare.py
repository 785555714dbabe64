"""Samples all models into a cache: `python -m models.training.mesh.prepare --out CACHE [--shapes DIR]
[--models3d DIR]`.

DIR of --shapes is written by core/bench/make-shapes.ts, DIR of --models3d is read by models3d.py. Goes on
where it was stopped; two processes may fill one cache, one with each kind. CACHE gets one `.npz` a model
(dataset.py reads them).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .models3d import Model3d, read_models, read_triangles
from .palette import NAMES, repainted, repainted_captions
from .sample import sample_model

REPAINTED = 2
"""How often a CC0 model is painted anew."""
MODULAR_PART = 6
"""One of so many parts of building sets is taken."""
MATERIAL = (0.8, 0.0)
"""Roughness and metallic of models whose files say nothing of worth."""


@dataclass(frozen=True)
class Source:
    """What is known of a cached model besides its samples."""

    id: str
    """`shape/<category>/<seed>` or `cc0/<id>`."""
    noun: str
    captions: list[list[str]]
    """Of each variant: as it is, then painted anew."""
    held_out: bool
    has_material: bool
    """Whether roughness and metallic mean anything."""


@dataclass(frozen=True)
class Work:
    """A model to sample."""

    source: Source
    positions: NDArray[np.float32]
    """[t, 3, 3]."""
    surface: NDArray[np.float32]
    """[t, 3, variants × 5]: red, green, blue (sRGB), roughness, metallic."""


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--shapes", type=Path)
    parser.add_argument("--models3d", type=Path)
    parser.add_argument("--each", type=int, default=1000, help="most shapes of a category")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    counts, start = Counter(), time.time()
    if args.shapes:
        _run(args.out, shapes(args.shapes, args.each, args.out), counts, start)
    if args.models3d:
        _run(args.out, cc0_models(args.models3d, args.out), counts, start)
    print(dict(counts), f"{time.time() - start:.0f} s", flush=True)


def cache_file(out: Path, name: str) -> Path:
    """Gives the file of a model by its id."""
    return out / f"{hashlib.sha256(name.encode()).hexdigest()[:20]}.npz"


def shapes(folder: Path, each: int, out: Path) -> Iterator[Work]:
    """Gives the models of the shape programs that are not in the cache, one of each category in turn."""
    lines = [json.loads(line) for line in (folder / "shapes.jsonl").read_text().splitlines()]
    data = np.memmap(folder / "shapes.bin", np.uint8, "r")
    first = min(line["seed"] for line in lines)
    for line in sorted(lines, key=lambda one: one["seed"]):
        name = f"shape/{line['category']}/{line['seed']}"
        if line["seed"] - first >= each or cache_file(out, name).exists():
            continue
        count, at = line["triangles"], line["offset"]
        positions = data[at : at + 36 * count].view(np.float32).reshape(-1, 3, 3)
        material = data[at + 36 * count : at + 40 * count].view(np.uint32)
        values = np.array(line["materials"], np.float32)[material]
        source = Source(name, line["category"], [line["captions"]], False, True)
        yield Work(source, positions, np.repeat(values[:, None], 3, 1))


def cc0_models(folder: Path, out: Path) -> Iterator[Work]:
    """Gives the CC0 models that are not in the cache, as they are and painted anew."""
    modular = 0
    for model in read_models(folder):
        modular += model.modular
        name = f"cc0/{model.id}"
        if (model.modular and modular % MODULAR_PART) or cache_file(out, name).exists():
            continue
        yield _cc0(model, name)


def _cc0(model: Model3d, name: str) -> Work:
    triangles = read_triangles(model)
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little"))
    corner = triangles.positions
    area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1)
    variants, captions = [triangles.colours], [list(model.captions)]
    for colour in rng.permutation(NAMES)[:6]:
        said = repainted_captions(model.name.lower(), str(colour))
        other = repainted(triangles.colours, area, str(colour)) if said else None
        if other is not None and len(variants) <= REPAINTED:
            variants.append(other.astype(np.float32))
            captions.append(said)
    material = np.broadcast_to(np.array(MATERIAL, np.float32), (*corner.shape[:2], 2))
    surface = np.concatenate([part for colours in variants for part in (colours, material)], 2)
    return Work(Source(name, model.noun, captions, model.held_out, False), corner, surface)


def _run(out: Path, work: Iterator[Work], counts: Counter[str], start: float) -> None:
    for one in work:
        file = cache_file(out, one.source.id)
        rng = np.random.default_rng(int(file.stem[:12], 16))
        try:
            samples = sample_model(one.positions, one.surface, rng)
        except ValueError as error:
            counts["left out"] += 1
            print(f"{one.source.id}: {error}", flush=True)
            continue
        partial = file.with_suffix(f".{os.getpid()}.partial")
        with partial.open("wb") as stream:
            np.savez(stream, **vars(samples), source=np.array(json.dumps(asdict(one.source))))
        partial.replace(file)
        counts["sampled"] += 1
        if counts["sampled"] % 100 == 0:
            print(f"{counts['sampled']} in {time.time() - start:.0f} s, last {one.source.id}", flush=True)


if __name__ == "__main__":
    main()
