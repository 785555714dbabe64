"""Writes the starter bundle: `python -m models.training.mesh.export --run RUN --shapes DIR --models3d DIR
--out models/starter-mesh`.

RUN is train.py's and train_decoder.py's folder, DIR those of prepare.py. `library` has put its files into
--out before; `calibration.json` is taken along if it is there. Every graph is compared with torch before
bundle.json is written.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from models.export.bundle import BundleFacts

from .bundle import Parts, described, export_bundle
from .encode import read_examples
from .model import GUIDANCE_SCALE, SHIFT, STEPS, load_model
from .models3d import Model3d, read_models
from .train_decoder import load_decoder

VERSION = "0.1.0"
PROMPTS = 6
"""Examples of what to write, of each category."""
LONGEST_PROMPT = 9
"""Words."""
GRID_RESOLUTION = 96
FACTS = BundleFacts(
    id="starter-mesh",
    name="Starter mesh model",
    version=VERSION,
    description=(
        "Turns a prompt into a 3D model: thirty kinds of things by editable shape programs, a library of CC0"
        " models that is searched and repainted, and a small diffusion model over signed distance and colour."
        " Runs on a CPU."
    ),
    purpose="starter",
    made_by="Genga, models/training/mesh",
    licence={
        "spdx": "Apache-2.0",
        "commercial_use": True,
        "url": "https://www.apache.org/licenses/LICENSE-2.0",
    },
    training_data=[],
)


def categories(shapes: Path, out: Path) -> list[dict[str, Any]]:
    """Gives the vocabulary: the shape programs' categories, then the library's other nouns, with examples of
    what to write.
    """
    said: dict[str, list[str]] = defaultdict(list)
    for line in (shapes / "shapes.jsonl").read_text().splitlines():
        one = json.loads(line)
        said[one["category"]] += one["captions"]
    found = [
        {"name": one["name"], "prompts": _examples(said[one["name"]]), "size_m": one["size_m"]}
        for one in json.loads((shapes / "categories.json").read_text())
    ]
    if (out / "library.json").exists():
        index = json.loads((out / "library.json").read_text(encoding="utf-8"))
        known = {one["name"] for one in found}
        captions: dict[str, list[str]] = defaultdict(list)
        for model in index["models"]:
            captions[model["noun"]] += model["captions"]
        found += [
            {"name": noun, "prompts": _examples(captions[noun]), "size_m": value["size_m"]}
            for noun, value in sorted(index["nouns"].items())
            if noun not in known and captions[noun]
        ]
    return found


def training_data(models: list[Model3d], seen: set[str], held: set[str], shipped: set[str]) -> list[dict]:
    """Declares every source repository and the shape programs.

    The hash is SHA-256 over the lines `<path> <SHA-256 of that file>`, sorted.
    """
    sources: dict[tuple[str, str, str], list[Model3d]] = defaultdict(list)
    for model in models:
        if model.id in seen | held | shipped:
            sources[model.source, model.commit, model.licence].append(model)
    declared = []
    for (source, commit, licence), members in sorted(sources.items()):
        listing = "\n".join(sorted({f"{model.path} {model.sha256}" for model in members}))
        packs = ", ".join(sorted({model.pack for model in members}))
        ids = {model.id for model in members}
        declared.append(
            {
                "name": f"{packs}: {len(members)} CC0 models",
                "source": f"{source} @ {commit}",
                "licence": licence,
                "sha256": hashlib.sha256(listing.encode()).hexdigest(),
                "used_for": f"training ({len(ids & seen)}), evaluation ({len(ids & held)}),"
                f" library ({len(ids & shipped)})",
            }
        )
    declared.append(
        {
            "name": "Models of the project's own shape programs",
            "source": "core/src/mesh/programs, drawn by core/bench/make-shapes.ts (this project)",
            "licence": "Apache-2.0",
            "used_for": "training",
        }
    )
    return declared


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--shapes", type=Path, required=True)
    parser.add_argument("--models3d", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    model, tokenizer = load_model(args.run)
    decoder = load_decoder(args.run)
    used = {True: set[str](), False: set[str]()}
    for one in read_examples(args.run):
        if not one["shape"]:
            used[one["held_out"]].add(one["id"].removeprefix("cc0/"))
    library, shipped = _library(args.out)
    facts = BundleFacts(
        **{
            **vars(FACTS),
            "training_data": training_data(read_models(args.models3d), used[False], used[True], shipped),
        }
    )
    parts = Parts(
        model.text_encoder,
        model.denoiser,
        decoder.latent,
        decoder.field,
        tokenizer,
        categories(args.shapes, args.out),
        ["parametric", *(["library"] if shipped else []), "generated"],
        num_inference_steps=STEPS,
        guidance_scale=GUIDANCE_SCALE,
        grid_resolution=GRID_RESOLUTION,
        shift=SHIFT,
        library=library,
    )
    manifest = export_bundle(parts, args.out, facts)
    total = sum(file.stat().st_size for file in args.out.rglob("*") if file.is_file())
    print(
        f"{len(parts.categories)} categories, {len(facts.training_data)} sources, {total / 1e6:.1f} MB,"
        f" {manifest['memory_bytes'] / 1e6:.0f} MB of memory"
    )


def _library(out: Path) -> tuple[dict[str, Any], set[str]]:
    """Gives the manifest's entries of library and calibration, and the ids in the library."""
    entries: dict[str, Any] = {}
    shipped: set[str] = set()
    if (out / "library.json").exists():
        entries["library"] = {
            "index": described(out / "library.json"),
            "data": described(out / "library.bin"),
        }
        index = json.loads((out / "library.json").read_text(encoding="utf-8"))
        shipped = {model["id"] for model in index["models"]}
    if (out / "calibration.json").exists():
        entries["calibration"] = described(out / "calibration.json")
    return entries, shipped


def _examples(captions: list[str]) -> list[str]:
    """Gives short captions of different length, none twice."""
    short = [one for one in dict.fromkeys(captions) if len(one.split()) <= LONGEST_PROMPT]
    short = short or list(dict.fromkeys(captions))
    step = max(1, len(short) // PROMPTS)
    return short[::step][:PROMPTS]


if __name__ == "__main__":
    main()
