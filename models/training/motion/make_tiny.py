"""Writes models/tiny-random-motion: `python -m models.training.motion.make_tiny [--out DIR]`.

The starter's architecture at a tiny size with random weights and a library of six motions of our own
generator. It goes through every step of the motion pipeline in moments.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
import torch

from models.export.bundle import BundleFacts

from .bundle import Parts, export_bundle, library_rows
from .clip_library import LibraryClip
from .denoiser import Denoiser
from .features import to_features
from .model import StarterMotion
from .motion import Motion, faced_forward
from .procedural.generator import generate
from .retriever import Retriever
from .rows import forward
from .text import TextEncoder, tokenizer_of

SEED = 20
CLIPS = {"going": 3, "turning": 1, "gesture": 1, "sit": 1}
"""Recipe → how many of its motions stand in the library."""
FACTS = BundleFacts(
    id="tiny-random-motion",
    name="Tiny random weights: motions mean nothing",
    version="1.0.0",
    description=(
        "The starter motion model's architecture at a tiny size with random weights, and six motions of the"
        " procedural generator. It goes through every step of the motion pipeline in moments and is there for"
        " tests and for trying a setup; what it generates is a trembling figure."
    ),
    purpose="test",
    made_by=f"Genga, models/training/motion/make_tiny.py, seed {SEED}",
    licence={
        "spdx": "Apache-2.0",
        "commercial_use": True,
        "url": "https://www.apache.org/licenses/LICENSE-2.0",
    },
    training_data=[],
)


def tiny_motions() -> list[Motion]:
    """Gives the motions of the library."""
    return [
        faced_forward(generate(SEED, number, recipe))
        for recipe, count in CLIPS.items()
        for number in range(count)
    ]


def card(manifest: dict) -> str:
    """Gives MODEL_CARD.md."""
    return "\n".join(
        [
            f"# {manifest['name']}",
            "",
            manifest["description"],
            "",
            f"Made by {manifest['made_by']}. Weights: random numbers, nothing was trained.",
            "Library: six motions of the project's procedural generator, Apache-2.0.",
            "",
        ]
    )


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "tiny-random-motion")
    out: Path = parser.parse_args().out
    motions = tiny_motions()
    captions = " ".join(caption for motion in motions for caption in motion.captions)
    tokenizer = tokenizer_of(re.findall("[a-z0-9]+", captions.lower()))
    pieces = tokenizer.get_vocab_size()
    rows = np.concatenate([forward(to_features(motion)) for motion in motions])
    torch.manual_seed(SEED)
    model = StarterMotion(
        rows.mean(0),
        np.maximum(rows.std(0), 0.1),
        TextEncoder(pieces, 16, 32),
        Denoiser(32, 1, 2, 16, 32),
    ).eval()
    for layer in (model.denoiser.write, model.denoiser.fine_out):
        torch.nn.init.normal_(layer.weight, std=0.05)
    clips = [LibraryClip(motion, "Apache-2.0", motion.source) for motion in motions]
    actions: dict[str, list[str]] = {}
    for motion in motions:
        actions.setdefault(motion.action, []).append(motion.captions[0])
    parts = Parts(
        model,
        Retriever(pieces, 16, 8).eval(),
        tokenizer,
        clips,
        library_rows(clips),
        [{"name": name, "prompts": prompts} for name, prompts in sorted(actions.items())],
        num_inference_steps=4,
        guidance_scale=2.5,
        guidance_end=1,
        duration_s=4,
    )
    manifest = export_bundle(parts, out, FACTS)
    (out / "MODEL_CARD.md").write_text(card(manifest), encoding="utf-8")
    print(f"{manifest['memory_bytes'] / 1e6:.0f} MB of memory")


if __name__ == "__main__":
    main()
