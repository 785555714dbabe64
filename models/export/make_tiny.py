"""Writes models/tiny-random-sd: `python -m models.export.make_tiny [--out DIR]`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from models.export.bundle import BundleFacts
from models.export.pipeline_folder import ControlNetFolder, load_pipeline
from models.export.stable_diffusion_bundle import ExportOptions, export_bundle
from models.export.tiny_pipeline import SEED, build_tiny_pipeline

FACTS = BundleFacts(
    id="tiny-random-sd",
    name="Tiny random weights: pictures show nothing",
    version="1.0.0",
    description=(
        "Stable Diffusion's architecture at a tiny size with random weights. It goes through every step of"
        " the image pipeline in moments and is there for tests and for trying a setup; its pictures are"
        " coloured noise."
    ),
    purpose="test",
    made_by=f"Genga, models/export/make_tiny.py, seed {SEED}",
    licence={
        "spdx": "Apache-2.0",
        "commercial_use": True,
        "url": "https://www.apache.org/licenses/LICENSE-2.0",
    },
    training_data=[],
    derived_from=[
        {
            "name": "CLIP byte-pair vocabulary, first 2000 merges (MIT, OpenAI)",
            "source": "open_clip_torch 3.3.0, a Python package",
        }
    ],
)
OPTIONS = ExportOptions(num_inference_steps=4, guidance_scale=7.5, scheduler="ddim", max_size=1024)


def main() -> None:
    """Builds the pipeline, saves it as diffusers folders and exports those, as any user's model goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "tiny-random-sd")
    out: Path = parser.parse_args().out
    tiny = build_tiny_pipeline()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        tiny.save(folder)
        kinds = [ControlNetFolder(kind, folder / f"controlnet-{kind}") for kind in tiny.controlnets]
        parts = load_pipeline(folder / "pipeline", kinds, folder / "taesd")
        export_bundle(parts, out, FACTS, OPTIONS)


if __name__ == "__main__":
    main()
