"""Writes the starter bundle: `python -m models.training.motion.export --data DIR --run RUN --out
models/starter-motion`.

RUN is train.py's --out with the retriever's weights beside. Every graph is compared with torch before
bundle.json is written.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import torch

from models.export.bundle import BundleFacts

from .bundle import Parts, export_bundle, library_rows
from .clip_library import LibraryClip
from .clips import Clip, read_clips
from .dataset import SHORTEST
from .model import load_model
from .motion import faced_forward
from .procedural.generator import RECIPES, generate
from .train_retriever import load_retriever

VERSION = "0.1.0"
LIBRARY_SEED = 77
PROCEDURAL = {"going": 130, "turning": 28, "gesture": 90, "sit": 18, "jump": 16, "pick": 12, "kick": 10}
PROCEDURAL |= {"idle": 6, "squat": 8, "crouch": 8, "kneel": 8, "stretch": 8, "jacks": 4}
"""Recipe → how many of its motions stand in the library."""
NOT_SHIPPED = ("kaykit_", "kk11_", "q_Robot_")
"""Clips whose maker asks that his packs are not offered for browsing in a tool; and a stiff robot's,
which a plain "a person walks" would find.
"""
MAKERS = {
    "cmu": "CMU Graphics Lab Motion Capture Database",
    "kaykit": "KayKit by Kay Lousberg",
    "kk11": "KayKit by Kay Lousberg",
    "m2m": "Mesh2Motion, Quaternius",
    "m2ma": "Mesh2Motion, Quaternius",
    "q": "Quaternius",
    "fair": "AnimatedDrawings by Meta",
}
LICENCES = {"CMU": "LicenseRef-CMU-Mocap", "MIT (Meta)": "MIT"}
NOTICES = {
    "CMU": (
        "The data used in this project was obtained from mocap.cs.cmu.edu. The database was created with"
        " funding from NSF EIA-0196217. The data is free for use in research projects and may be included in"
        " commercially-sold products; it may not be resold directly, even in converted form."
    ),
    "MIT (Meta)": "Copyright (c) Meta Platforms, Inc. and affiliates. MIT License.",
}
LEAST_CLIPS = 2
"""Of an action in the library, for it to be named in `actions`."""
UNNAMED = {"other", "composed"}


def shipped(clips: list[Clip]) -> list[LibraryClip]:
    """Gives the recorded clips of the library: none that is held out, none of NOT_SHIPPED."""
    return [
        LibraryClip(
            clip.motion,
            LICENCES.get(clip.licence, clip.licence),
            f"https://github.com/{clip.source}",
            clip.sha256,
            clip.loop,
        )
        for clip in clips
        if not clip.held_out
        and not clip.motion.source.startswith(NOT_SHIPPED)
        and clip.motion.action not in UNNAMED
        and len(clip.motion) >= SHORTEST
    ]


def procedural() -> list[LibraryClip]:
    """Gives the generator's motions of the library."""
    motions = [
        generate(LIBRARY_SEED, number, recipe)
        for recipe, count in PROCEDURAL.items()
        for number in range(count)
    ]
    return [
        LibraryClip(faced_forward(motion), "Apache-2.0", f"models/training/motion/procedural {motion.source}")
        for motion in motions
    ]


def numbered(clips: list[LibraryClip]) -> list[LibraryClip]:
    """Gives procedural motions short ids; their source says how to make them again."""
    counts: Counter[str] = Counter()
    found = []
    for clip in clips:
        name = clip.motion.source
        if name.startswith("procedural:"):
            kind = name.split(":")[3]
            counts[kind] += 1
            name = f"genga_{kind}_{counts[kind]:03d}"
        found.append(replace(clip, motion=replace(clip.motion, source=name)))
    return found


def actions(clips: list[LibraryClip]) -> list[dict]:
    """Gives the vocabulary: each action of the library with captions as examples of what to write."""
    captions: dict[str, Counter[str]] = defaultdict(Counter)
    counts: Counter[str] = Counter()
    for clip in clips:
        counts[clip.motion.action] += 1
        for caption in clip.motion.captions:
            words = caption.split()
            if 3 <= len(words) <= 9 and words[0] in ("a", "someone") and "doing" not in words:
                subject = 2 if words[0] == "a" else 1
                captions[clip.motion.action][" ".join(["a", "person", *words[subject:]])] += 1
    return [
        {"name": name, "prompts": [text for text, _ in captions[name].most_common(8)]}
        for name in sorted(captions)
        if counts[name] >= LEAST_CLIPS
    ]


def training_data(clips: list[Clip], library: set[str]) -> list[dict[str, str]]:
    """Declares every source repository and the generator.

    The hash is SHA-256 over the lines `<source> <SHA-256 of that file>`, sorted.
    """
    sources: dict[tuple[str, str], list[Clip]] = defaultdict(list)
    for clip in clips:
        sources[clip.repository.split(" (")[0], clip.licence].append(clip)
    declared = []
    for (repository, licence), members in sorted(sources.items()):
        listing = "\n".join(sorted({f"{clip.source} {clip.sha256}" for clip in members}))
        kinds = Counter(clip.motion.source.split("_")[0] for clip in members)
        names = dict.fromkeys(
            MAKERS["cmu" if kind.startswith("cmu") else kind] for kind, _ in kinds.most_common()
        )
        held = sum(clip.held_out for clip in members)
        ships = sum(clip.motion.source in library for clip in members)
        declared.append(
            {
                "name": f"{', '.join(names)}: {len(members)} motion clips",
                "source": f"https://github.com/{repository}",
                "licence": LICENCES.get(licence, licence),
                "sha256": hashlib.sha256(listing.encode()).hexdigest(),
                "used_for": f"training ({len(members) - held}), evaluation ({held}), clip library ({ships})",
                **({"notice": NOTICES[licence]} if licence in NOTICES else {}),
            }
        )
    recipes = ", ".join(RECIPES)
    declared.append(
        {
            "name": "Procedural motions of the project's own generator",
            "source": "models/training/motion/procedural (this project)",
            "licence": "Apache-2.0",
            "used_for": f"training, clip library ({sum(PROCEDURAL.values())}); recipes: {recipes}",
        }
    )
    return declared


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--weights", choices=("ema", "last"), default="ema", help="mean of the last steps, or the last step's"
    )
    args = parser.parse_args()
    clips = read_clips(args.data)
    library = numbered([*shipped(clips), *procedural()])
    model, tokenizer = load_model(args.run)
    if args.weights == "last":
        model.load_state_dict(torch.load(args.run / "checkpoint.pt", weights_only=True)["model"])
    parts = Parts(
        model,
        load_retriever(args.run / "retriever.safetensors"),
        tokenizer,
        library,
        library_rows(library),
        actions(library),
        num_inference_steps=10,
        guidance_scale=2.5,
        guidance_end=0.5,
        duration_s=4,
    )
    facts = BundleFacts(
        id="starter-motion",
        name="Starter motion model",
        version=VERSION,
        description=(
            "Turns a sentence into human motion on a 22-joint skeleton: some twenty kinds of action, with"
            " path, heading and key poses as conditions, and a library of recorded clips that it varies."
            " Runs on a CPU."
        ),
        purpose="starter",
        made_by="Genga, models/training/motion",
        licence={
            "spdx": "Apache-2.0",
            "commercial_use": True,
            "url": "https://www.apache.org/licenses/LICENSE-2.0",
        },
        training_data=training_data(clips, {clip.motion.source for clip in library}),
    )
    manifest = export_bundle(parts, args.out, facts)
    total = sum(file.stat().st_size for file in args.out.rglob("*") if file.is_file())
    print(
        f"{len(library)} clips, {len(parts.rows)} captions, {len(parts.actions)} actions,"
        f" {total / 1e6:.1f} MB, {manifest['memory_bytes'] / 1e6:.0f} MB of memory"
    )


if __name__ == "__main__":
    main()
