"""Writes MODEL_CARD.md from bundle.json, evaluation.json, calibration.json, parity.json and library.json.

`evaluate` calls it; `python -m models.training.mesh.card --bundle BUNDLE` writes the card again. What no
command can say stands in `card_notes.md` beside this file and is copied in.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from .prompts import SHEET

NOTES = Path(__file__).with_name("card_notes.md")
NOT_MEASURED = ["## Measured", "", "These weights were not measured yet: run `evaluate`.", ""]
SOURCES = ("parametric", "library", "generated")


def write_card(bundle: Path) -> None:
    """Writes the card into the bundle."""
    manifest = json.loads((bundle / "bundle.json").read_text())
    size = sum(file.stat().st_size for file in bundle.rglob("*") if file.is_file())
    lines = [
        f"# {manifest['name']}",
        "",
        manifest["description"],
        "",
        f"`{manifest['id']}` {manifest['version']} · {manifest['licence']['spdx']} · {size / 1e6:.1f} MB ·"
        f" {manifest['memory_bytes'] / 1e6:.0f} MB for its graphs.",
        "",
        NOTES.read_text(encoding="utf-8").strip(),
        "",
        *_samples(bundle),
        *_measured(bundle),
        *_choice(bundle),
        *_library(bundle),
        *_training(manifest),
        *_parity(bundle),
    ]
    (bundle / "MODEL_CARD.md").write_text("\n".join(lines), encoding="utf-8")


def table(head: list[str], rows: list[list[Any]]) -> list[str]:
    """Gives the lines of a table and an empty one."""
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(str(cell) for cell in line)} |" for line in lines] + [""]


def percent(share: float | None) -> str:
    """Gives a share as people write it."""
    return "-" if share is None else f"{100 * share:.0f} %"


def _read(bundle: Path, name: str) -> dict[str, Any] | None:
    file = bundle / name
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def _samples(bundle: Path) -> list[str]:
    found = _read(bundle, "evaluation.json")
    if found is None or not (bundle / "samples.png").exists():
        return []
    said = [
        f"{number + 1}. {one['prompt']} ({one['source'][0].upper()})"
        for number, one in enumerate(found["sheet"])
    ]
    rows = [" · ".join(said[start : start + 8]) for start in range(0, len(said), 8)]
    return [
        "## Samples",
        "",
        f"{len(SHEET)} prompts, seed 1, source `auto`, drawn by the core's own rasteriser. The prompts were"
        " written down before the first mesh was made; none was left out or exchanged after a look at the"
        " result. P parametric, L library, G generated.",
        "",
        "![48 meshes, eight a row](samples.png)",
        "",
        *[line for row in rows for line in (row, "")],
        f"All {len(found['generated_sheet'])} meshes of the source `generated` that were measured (two of"
        " each kind, with a colour where people ask for one):",
        "",
        "![generated meshes, ten a row](generated.png)",
        "",
        f"{', '.join(found['generated_sheet'])}.",
        "",
    ]


def _measured(bundle: Path) -> list[str]:
    found = _read(bundle, "evaluation.json")
    if found is None:
        return NOT_MEASURED
    category, colour, judge = found["category"], found["colour"], found["judge"]
    answered = ", ".join(f"{name} {count}" for name, count in found["answered_by"].items())
    sound = found["soundness"]
    present = [source for source in SOURCES if source in sound]
    rows = [
        ["category right, by the judge", *(percent(category.get(one, {}).get("right")) for one in present)],
        [
            "of kinds that the judge knows",
            *(percent(category.get(one, {}).get("right_of_known_classes")) for one in present),
        ],
        ["among its first three", *(percent(category.get(one, {}).get("right_top3")) for one in present)],
        [
            "validator errors, warnings",
            *(_pair(sound[one], "validator_errors", "validator_warnings") for one in present),
        ],
        ["above the triangle budget", *(sound[one]["over_budget"] for one in present)],
        ["triangles, median", *(sound[one]["triangles_median"] for one in present)],
        ["every part watertight", *(percent(sound[one]["watertight"]) for one in present)],
        ["every part manifold", *(percent(sound[one]["manifold"]) for one in present)],
        ["one component", *(percent(sound[one]["one_component"]) for one in present)],
        ["UV overlaps, outside", *(_pair(sound[one], "uv_overlapping", "uv_outside") for one in present)],
        ["stands on the ground", *(percent(sound[one]["stands_on_ground"]) for one in present)],
        ["size as is usual for its kind", *(percent(sound[one]["size_in_range"]) for one in present)],
        ["GLB, median kB (128² textures)", *(sound[one]["kilobytes_median"] for one in present)],
        ["meshes", *(sound[one]["meshes"] for one in present)],
    ]
    return [
        "## Measured",
        "",
        f"{found['prompts']} prompts with `auto` ({answered}) and"
        f" {sound['generated']['meshes']} with `generated` (4000 triangles, a grid of 64), through the"
        " product's pipeline.",
        "",
        "The judge is a small network of our own that looks at the shape from four sides, without colour."
        f" It was trained on {judge['models']} real CC0 models of {judge['classes']} kinds and on nothing"
        " that we make. It is often wrong itself: of real models of packs that it never saw it names"
        f" {percent(judge['top1'])} rightly ({percent(judge['top3'])} among its first three). Of"
        f" {', '.join(judge['known_classes'])} it names {percent(judge['top1_of_known_classes'])} rightly:"
        " those are the kinds that it knows. A model of the library is judged only by a network that never"
        " saw its pack. Read the figures below beside that:",
        "",
        *table(["", *present], rows),
        f"Category right with `auto`: {percent(category['auto']['right'])} by the judge over the"
        f" {category['auto']['meshes']} meshes whose kind is among those it"
        f" can say, {percent(category['auto']['right_of_known_classes'])} over the"
        f" {category['auto']['meshes_of_known_classes']} of kinds that it knows;"
        f" {percent(found['named']['auto']['right'])} by the word that the source itself gives to what it"
        f" made, over all {found['named']['auto']['meshes']}.",
        "",
        f"Colour right (of all that four views show, the greatest, or for a colour proper the greatest beside"
        f" white, grey and black): {percent(colour['auto']['right'])} of {colour['auto']['meshes']} with"
        f" `auto`, {percent(colour['generated']['right'])} of {colour['generated']['meshes']} with"
        f" `generated`; {percent(colour['real']['right'])} of {colour['real']['models']} real models whose"
        " name says a colour.",
        "",
        *_errors(category),
        *_chamfer(found["chamfer"]),
        *_timings(found["timings"]),
    ]


def _pair(row: dict[str, Any], one: str, other: str) -> str:
    return f"{row[one]}, {row[other]}"


def _errors(category: dict[str, Any]) -> list[str]:
    said = ", ".join(
        f"{name} ({count})" for name, count in category["generated"]["most_frequent_errors"].items()
    )
    auto = ", ".join(f"{name} ({count})" for name, count in category["auto"]["most_frequent_errors"].items())
    return [f"Most frequent disagreements, `auto`: {auto}.", "", f"`generated`: {said}.", ""]


def _chamfer(found: dict[str, Any]) -> list[str]:
    words = {
        "to_training": "generated to the nearest model of its kind that training saw",
        "to_held_out": "generated to the nearest held-out model of its kind",
        "held_out_to_training": "held-out models to the nearest that training saw",
    }
    return [
        "Chamfer distance, longest side 1, the best of four turns. A generated mesh that copied a model of"
        " training would be nearer to it than held-out models are; those are nearer than one would think,"
        " some even the same, because packs repeat themselves.",
        "",
        *table(
            ["", "median", "least", "meshes"],
            [[words[name], row["median"], row["least"], row["meshes"]] for name, row in found.items()],
        ),
    ]


def _timings(found: dict[str, Any]) -> list[str]:
    rows = [
        [
            source,
            row["seconds_median"],
            row["seconds_most"],
            ", ".join(f"{stage} {seconds}" for stage, seconds in row["stage_seconds_median"].items()),
        ]
        for source, row in found.items()
        if source != "peak_mb"
    ]
    return [
        "Seconds a mesh with a budget of 20 000 triangles and 1024² textures, graphs on one thread, on a"
        f" machine with two cores that other work kept busy; peak memory {found['peak_mb']} MB:",
        "",
        *table(["source", "median", "most", "stages, median"], rows),
    ]


def _choice(bundle: Path) -> list[str]:
    found = _read(bundle, "calibration.json")
    if found is None:
        return []
    measured = found["measured"]
    rows = [
        [
            kind,
            row["answers"],
            percent(row["parametric_right"]),
            percent(row["library_right"]),
            ", ".join(f"{source} {count}" for source, count in row["taken"].items()),
            percent(row["auto_right"]),
        ]
        for kind, row in measured["by_kind"].items()
    ]
    curves = [[source, ", ".join(f"{at:g} → {share:g}" for at, share in found[source])] for source in SOURCES]
    return [
        "## What `auto` takes",
        "",
        f"Measured on {measured['prompts']} prompts with {measured['seeds']} seeds each, whose right answers"
        " were written down by hand: `auto` takes the source that is most often right where it is as sure of"
        " the words as here. Shape programs go before the library where both are as good, because their parts"
        " can be edited. For things that no source has it takes the network's guess and says so.",
        "",
        *table(
            ["prompts", "answers", "parametric right", "library right", "taken", "`auto` right"],
            rows,
        ),
        *table(["source", "confidence → share right"], curves),
    ]


def _library(bundle: Path) -> list[str]:
    index = _read(bundle, "library.json")
    if index is None:
        return []
    models = index["models"]
    authors = Counter(index["sources"][model["source"]]["author"] for model in models)
    groups = Counter(model["group"].replace("_", " and ") for model in models)
    closed = sum(model["closed"] for model in models)
    return [
        "## Library",
        "",
        f"{len(models)} models of {len(index['nouns'])} kinds, all CC0-1.0:"
        f" {', '.join(f'{name} {count}' for name, count in authors.most_common())}. By group:"
        f" {', '.join(f'{name} {count}' for name, count in groups.most_common())}. Packs differ in scale, so"
        " each model has the size that is usual for its kind. Vertices were welded and holes underneath and"
        f" small cracks closed: {closed} are closed, {len(models) - closed} are open and marked so; the"
        " record of each mesh names the model, its author, licence, source file and what was changed.",
        "",
    ]


def _training(manifest: dict[str, Any]) -> list[str]:
    rows = [
        [one["name"], one["licence"], one["used_for"], one["source"]] for one in manifest["training_data"]
    ]
    return ["## Training data", "", *table(["what", "licence", "used for", "source"], rows)]


def _parity(bundle: Path) -> list[str]:
    found = _read(bundle, "parity.json")
    if found is None:
        return []
    return [
        "## Parity",
        "",
        "Largest difference of each graph from torch: `parity.json`.",
        "",
    ]


def main() -> None:
    """Writes the card again."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, required=True)
    write_card(parser.parse_args().bundle)


if __name__ == "__main__":
    main()
