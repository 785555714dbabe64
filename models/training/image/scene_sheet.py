"""Draws a Blender scene in several looks beside its own render.

`python -m models.training.image.scene_sheet --bundle BUNDLE --scene test/fixtures/scene/maps --out FILE`
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from tokenizers import Tokenizer

from .runner import BundleRunner
from .scene_maps import read_scene
from .sheet import to_pixels

PROMPTS = (
    "anime illustration of a village by day",
    "anime illustration of a village at sunset",
    "anime illustration of a village at night",
    "watercolour painting of a village in the morning",
    "clay render of a village by day",
)


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("bundle", "scene", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(args.bundle / "tokenizer" / "tokenizer.json"))
    run = BundleRunner(args.bundle)
    render = Image.open(args.scene / "render.png").convert("RGB").resize((args.size, args.size))
    tiles = [np.asarray(render)]
    tiles += [
        to_pixels(run(read_scene(args.scene, prompt, args.size, args.seed, tokenizer))) for prompt in PROMPTS
    ]
    rows = [np.concatenate(tiles[i : i + 3], 1) for i in range(0, len(tiles), 3)]
    Image.fromarray(np.concatenate(rows)).save(args.out, optimize=True)


if __name__ == "__main__":
    main()
