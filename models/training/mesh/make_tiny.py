"""Writes models/tiny-random-mesh: `python -m models.training.mesh.make_tiny [--out DIR]`.

The starter's architecture at a tiny size with random weights. Its decoder draws a ball with a bumpy, blotchy
surface, closed and inside the cube, so that everything after it can be tested for real.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch

from models.export.bundle import BundleFacts

from .bundle import Parts, described, export_bundle
from .decoder import FieldDecoder, LatentDecoder
from .denoiser import Denoiser
from .patches import PatchCodec, sdf_blocks
from .sample import GRID, TRUNCATION, grid_centres
from .text import TextEncoder, tokenizer_of

SEED = 20
RADIUS = 0.6
BUMPS = 0.12
"""Deviation of a basis entry; with SDF_CHANNELS of them bumps stay well inside TRUNCATION."""
SDF_CHANNELS, SURFACE_CHANNELS = 2, 2
CATEGORIES = [
    {"name": "chair", "prompts": ["a red wooden chair", "a tall chair with arms"], "size_m": [0.75, 1.3]},
    {"name": "crate", "prompts": ["a wooden crate", "a small green crate"], "size_m": [0.3, 1.2]},
]
WORDS = "a red green blue wooden tall small chair crate with arms table ball"
FACTS = BundleFacts(
    id="tiny-random-mesh",
    name="Tiny random weights: models mean nothing",
    version="1.0.0",
    description=(
        "The starter mesh model's architecture at a tiny size with random weights. It goes through every step"
        " of the mesh pipeline in moments and is there for tests and for trying a setup; what it generates is"
        " a bumpy ball."
    ),
    purpose="test",
    made_by=f"Genga, models/training/mesh/make_tiny.py, seed {SEED}",
    licence={
        "spdx": "Apache-2.0",
        "commercial_use": True,
        "url": "https://www.apache.org/licenses/LICENSE-2.0",
    },
    training_data=[],
)


def tiny_codec() -> PatchCodec:
    """Gives a codec whose mean is a ball and whose components are soft random waves."""
    codec = PatchCodec(SDF_CHANNELS, SURFACE_CHANNELS)
    radius = torch.from_numpy(grid_centres(GRID)).float().norm(dim=1)
    ball = ((radius - RADIUS) / TRUNCATION).clamp(-1, 1).reshape(1, GRID, GRID, GRID)
    codec.sdf_mean.copy_(sdf_blocks(ball)[0])
    for basis in (codec.sdf_basis, codec.surface_basis):
        basis.copy_(torch.randn(len(basis), 1) * BUMPS + torch.randn(basis.shape) * BUMPS / 4)
    return codec


def library_of(out: Path) -> dict[str, Any]:
    """Gives the manifest's entry of a library that `library --only …` has put into the folder; empty without
    one.
    """
    index, data = out / "library.json", out / "library.bin"
    return {"library": {"index": described(index), "data": described(data)}} if index.exists() else {}


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "tiny-random-mesh")
    out: Path = parser.parse_args().out
    torch.manual_seed(SEED)
    tokenizer = tokenizer_of(WORDS.split())
    channels = SDF_CHANNELS + SURFACE_CHANNELS
    text_encoder = TextEncoder(tokenizer.get_vocab_size(), 16, 1, 16)
    denoiser = Denoiser(32, 1, 2, channels, 16)
    torch.nn.init.normal_(denoiser.write.weight, std=0.05)
    decoder = LatentDecoder(tiny_codec(), 16, 1, 8, 8, channels)
    torch.nn.init.normal_(decoder.up3.weight, std=0.3)
    field = FieldDecoder(8)
    torch.nn.init.normal_(field.surface.weight, std=1.5)
    library = library_of(out)
    parts = Parts(
        text_encoder,
        denoiser,
        decoder,
        field,
        tokenizer,
        CATEGORIES,
        ["parametric", "library", "generated"] if library else ["parametric", "generated"],
        num_inference_steps=4,
        guidance_scale=3,
        grid_resolution=32,
        library=library,
    )
    manifest = export_bundle(parts, out, FACTS)
    card = [
        f"# {manifest['name']}",
        "",
        manifest["description"],
        "",
        f"Made by {manifest['made_by']}. Weights: random numbers, nothing was trained.",
        "",
    ]
    (out / "MODEL_CARD.md").write_text("\n".join(card), encoding="utf-8")
    print(f"{manifest['memory_bytes'] / 1e6:.0f} MB of memory")


if __name__ == "__main__":
    main()
