"""Makes latents of the cache: `python -m models.training.mesh.encode --cache CACHE --out RUN`.

Models that the cache got since the last time are added. RUN gets `codec.safetensors` (kept from the first
time: later models are encoded by the same components),
`latents.npy` float16 [examples, TOKENS, CHANNELS] and `examples.jsonl`, one line each: `file` and `variant`
in CACHE, `mirror`, `noun`, `captions`, `weight` (how often it is drawn), `held_out`, `has_material`, `gist`
(what goals.py asks the text for).
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor

from .models3d import MODULAR
from .palette import shares_of
from .patches import SURFACE, PatchCodec

FITTED = 700
"""Models that the components are found from."""
SHAPES_SHARE = 0.6
"""How often a model of the shape programs is drawn; the rest are CC0 models."""
MIRROR = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Cached:
    """A file of prepare.py."""

    file: Path
    source: dict
    """prepare.Source."""
    data: dict[str, NDArray]
    """sample.Samples."""

    @property
    def variants(self) -> int:
        """How many colourings it has."""
        return len(self.source["captions"])

    def sdf(self, mirror: bool) -> Tensor:
        """Gives distances [GRID, GRID, GRID] in -1 to 1."""
        grid = torch.from_numpy(self.data["sdf"].astype(np.float32)) / 127
        return grid.flip(2) if mirror else grid

    def surface(self, variant: int, mirror: bool) -> Tensor:
        """Gives values [COLOUR_GRID, COLOUR_GRID, COLOUR_GRID, SURFACE] in 0 to 1."""
        channels = slice(SURFACE * variant, SURFACE * (variant + 1))
        grid = torch.from_numpy(self.data["surface"][..., channels].astype(np.float32)) / 255
        return grid.flip(2) if mirror else grid

    def gist(self, variant: int) -> list[float]:
        """Gives sides of the box (3), shares of the palette's colours (12) and mean colour (3)."""
        colours = self.data["point_surface"][:, SURFACE * variant : SURFACE * variant + 3] / 255
        near = np.abs(self.data["point_sdf"].astype(np.float32)) < 0.04
        colours = colours[near] if near.any() else colours
        parts = [self.data["extents"] / 1.8, shares_of(colours), colours.mean(0)]
        return np.concatenate(parts).astype(float).round(4).tolist()


def read_cached(folder: Path, done: Collection[str] = ()) -> Iterator[Cached]:
    """Reads a cache in the order of the files' names, without files that are done."""
    for file in sorted(folder.glob("*.npz")):
        if file.name in done:
            continue
        with np.load(file) as data:
            parts = {name: data[name] for name in data.files if name != "source"}
            yield Cached(file, json.loads(str(data["source"])), parts)


def read_examples(run: Path) -> list[dict]:
    """Reads examples.jsonl; row i belongs to latent i."""
    return [json.loads(line) for line in (run / "examples.jsonl").read_text().splitlines()]


def load_codec(run: Path) -> PatchCodec:
    """Loads the codec of a run."""
    codec = PatchCodec()
    codec.load_state_dict(load_file(run / "codec.safetensors"))
    return codec


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    if not (args.out / "codec.safetensors").exists():
        _fit(args.cache, args.out)
    codec = load_codec(args.out)
    latents, lines = [], []
    if (args.out / "examples.jsonl").exists():
        latents, lines = list(np.load(args.out / "latents.npy")), read_examples(args.out)
    done = {line["file"] for line in lines}
    for cached in read_cached(args.cache, done):
        for variant in range(cached.variants):
            gist = cached.gist(variant)
            for mirror in (False, True):
                latent = codec.encode(cached.sdf(mirror)[None], cached.surface(variant, mirror)[None])[0]
                latents.append(latent.numpy().astype(np.float16))
                lines.append(_line(cached, variant, mirror, gist))
    weigh(lines)
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    # In place of the old ones in one go: a training may have them open.
    np.save(args.out / "latents.partial.npy", np.stack(latents))
    (args.out / "examples.partial").write_text(text + "\n", encoding="utf-8")
    (args.out / "latents.partial.npy").replace(args.out / "latents.npy")
    (args.out / "examples.partial").replace(args.out / "examples.jsonl")
    held = sum(line["held_out"] for line in lines)
    print(f"{len(lines)} latents, {held} held out, {len({line['noun'] for line in lines})} nouns", flush=True)


def weigh(lines: list[dict]) -> None:
    """Sets `weight`: shapes together SHAPES_SHARE, each category the same; CC0 models as the square root of
    their noun's number, those of building sets a tenth; all summing to 1.
    """
    counts = Counter((line["shape"], line["noun"]) for line in lines)
    for line in lines:
        count = counts[line["shape"], line["noun"]]
        line["weight"] = 1 / count if line["shape"] else count**-0.5 * (0.1 if line["modular"] else 1)
    for shape, share in ((True, SHAPES_SHARE), (False, 1 - SHAPES_SHARE)):
        members = [line for line in lines if line["shape"] == shape]
        total = sum(line["weight"] for line in members)
        for line in members:
            line["weight"] = line["weight"] / total * share


def mirrored(caption: str) -> str:
    """Swaps left and right."""
    return re.sub(r"\b(left|right)\b", lambda found: MIRROR[found[1]], caption)


def _line(cached: Cached, variant: int, mirror: bool, gist: list[float]) -> dict:
    source = cached.source
    captions = source["captions"][variant]
    return {
        "id": source["id"],
        "file": cached.file.name,
        "variant": variant,
        "mirror": mirror,
        "noun": source["noun"],
        "captions": [mirrored(caption) for caption in captions] if mirror else captions,
        "shape": source["id"].startswith("shape/"),
        "modular": not source["id"].startswith("shape/") and bool(MODULAR.search(captions[0])),
        "held_out": source["held_out"],
        "has_material": source["has_material"],
        "gist": gist,
    }


def _fit(cache: Path, out: Path) -> None:
    found = [cached for cached in read_cached(cache) if not cached.source["held_out"]]
    chosen = np.random.default_rng(0).permutation(len(found))[:FITTED]
    sdf = torch.stack([found[k].sdf(bool(n % 2)) for n, k in enumerate(chosen)])
    surface = torch.stack([found[k].surface(0, bool(n % 2)) for n, k in enumerate(chosen)])
    codec = PatchCodec()
    left = [round(value.item(), 4) for value in codec.fit(sdf, surface)]
    print(f"components of {len(chosen)} models leave out {left} of the variance", flush=True)
    save_file(
        {name: value.contiguous() for name, value in codec.state_dict().items()}, out / "codec.safetensors"
    )


if __name__ == "__main__":
    main()
