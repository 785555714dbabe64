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

from .judge_kinds import GROUPS
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
        f"All {len(found['generated_sheet'])} meshes of the source `generated` that were measured, as"
        " many of each kind, with a colour where people ask for one:",
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
    judged = [
        ("group right, of groups that the judge knows", "right_of_known_classes"),
        ("group right, all that it can say", "right"),
        ("kind right, of kinds that the judge knows", "right_of_known_classes"),
        ("kind right, all that it can say", "right"),
        ("kind among its first three", "right_top3"),
    ]
    rows = [
        *(
            [words, *(_judged(category.get(one), words.startswith("group"), name) for one in present)]
            for words, name in judged
        ),
        [
            "validator errors, warnings",
            *(_pair(sound[one], "validator_errors", "validator_warnings") for one in present),
        ],
        ["above the triangle budget", *(sound[one]["over_budget"] for one in present)],
        ["from 98 to 100 % of the budget", *(percent(sound[one]["on_budget"]) for one in present)],
        ["triangles, median", *(sound[one]["triangles_median"] for one in present)],
        ["closed, parts alone or together", *(percent(sound[one]["watertight"]) for one in present)],
        ["every part manifold", *(percent(sound[one]["manifold"]) for one in present)],
        ["one component", *(percent(sound[one]["one_component"]) for one in present)],
        ["UV overlaps, outside", *(_pair(sound[one], "uv_overlapping", "uv_outside") for one in present)],
        ["levels of detail", *(sound[one]["levels"]["levels"] for one in present)],
        ["above their share of triangles", *(sound[one]["levels"]["above"] for one in present)],
        ["from 98 to 100 % of it", *(_level_share(sound[one], "within_2_percent") for one in present)],
        ["no longer closed", *(sound[one]["levels"]["no_longer_watertight"] for one in present)],
        ["with UV overlaps", *(_level_share(sound[one], "uv_overlapping_levels") for one in present)],
        [
            "their triangles that overlap",
            *(_share(sound[one]["levels"], "uv_overlapping", "triangles") for one in present),
        ],
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
        *_judge(judge),
        *table(["", *present], rows),
        _category("auto", category["auto"]) + f" By the word that the source itself gives to what it made:"
        f" {percent(found['named']['auto']['right'])} of all {found['named']['auto']['meshes']}.",
        "",
        _category("generated", category["generated"]),
        "",
        *_known_categories(category),
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


def _judge(judge: dict[str, Any]) -> list[str]:
    soft, groups = judge["soft"], judge["groups"]
    rows = [
        [name, *(_of(one["top1_by_class"].get(name)) for one in (judge, soft))]
        for name in sorted(judge["top1_by_class"])
    ]
    wide = [
        [
            name,
            GROUPS.get(name, name).replace(",", ", "),
            *(_of(one["top1_by_class"].get(name)) for one in (groups, judge["soft_groups"])),
        ]
        for name in sorted(groups["top1_by_class"])
    ]
    return [
        "The judge looks at the shape alone, as grey clay from four sides and as a profile of heights and"
        " widths: EfficientNet-Lite2 with the weights that Google trained on the photographs of ImageNet, and"
        f" a linear reading fitted to {judge['models']} real CC0 models of {judge['packs']} packs,"
        f" {soft['models']} of them also seen through the grid that the network generates in, and to nothing"
        " that we make. It measures, and nothing in the bundle was trained on it. It can say"
        f" {judge['classes']} kinds. Of real models of packs that it never saw it names"
        f" {percent(judge['top1'])} rightly ({percent(judge['top3'])} among its first three), through the"
        f" grid {percent(soft['top1'])}; with kinds that are often alike taken together as groups"
        f" {percent(groups['top1'])} and {percent(judge['soft_groups']['top1'])}. It counts as knowing a kind"
        f" or group when it is right in at least {percent(judge['trusted'])} of at least"
        f" {judge['trusted_models']} real models of packs that it never saw; that rule and the groups were"
        " fixed before it saw a mesh of ours. A model of the library is judged only by a reading that never"
        " saw its pack.",
        "",
        f"It knows {_known(groups)} Of single kinds it knows {_known(judge)} Both shares are a little higher"
        " than on other models, because these kinds are chosen by them.",
        "",
        "<details><summary>What the judge is right in, real models of packs that it never saw</summary>",
        "",
        *table(["group", "kinds", "right", "through the grid"], wide),
        *table(["kind", "right", "through the grid"], rows),
        "</details>",
        "",
    ]


def _known(found: dict[str, Any]) -> str:
    names = found["known_classes"]
    right, count = (sum(found["top1_by_class"][name][at] for name in names) for at in (0, 1))
    return f"{len(names)}, and is right in {percent(right / count)} of their real models: {', '.join(names)}."


def _judged(found: dict[str, Any] | None, as_group: bool, name: str) -> str:
    if found is None:
        return "-"
    return percent((found["groups"] if as_group else found)[name])


def _category(source: str, found: dict[str, Any]) -> str:
    wide = found["groups"]
    return (
        f"Category right with `{source}`: **{percent(wide['right_of_known_classes'])}** over the"
        f" {wide['meshes_of_known_classes']} meshes of groups that the judge knows,"
        f" {percent(found['right_of_known_classes'])} over the {found['meshes_of_known_classes']} of kinds"
        f" that it knows; it can say the kind of {found['meshes']} of {found['prompts']}, and of those it"
        f" names the group of {percent(wide['right'])} and the kind of {percent(found['right'])}."
    )


def _known_categories(category: dict[str, Any]) -> list[str]:
    """Says how often each category that the judge knows was right, in more prompts of them."""
    auto, generated = (category.get(f"known {source}") for source in ("auto", "generated"))
    if auto is None or generated is None:
        return []
    rows = [
        [name, *(_of(one["by_class"].get(name)) for one in (auto, generated))]
        for name in sorted(auto["by_class"])
    ]
    return [
        "More prompts, the same number of each, for those of the thirty categories that the judge knows:"
        f" **{percent(auto['right'])}** of {auto['meshes']} right with `auto`,"
        f" **{percent(generated['right'])}** of {generated['meshes']} with `generated`.",
        "",
        *table(["category", "`auto`", "`generated`"], rows),
    ]


def _of(found: list[int] | None) -> str:
    return "-" if found is None else f"{found[0]} of {found[1]}"


def _level_share(sound: dict[str, Any], name: str) -> str:
    return _share(sound["levels"], name, "levels")


def _share(row: dict[str, Any], part: str, whole: str) -> str:
    return percent(row[part] / row[whole]) if row[whole] else "-"


def _pair(row: dict[str, Any], one: str, other: str) -> str:
    return f"{row[one]}, {row[other]}"


def _errors(category: dict[str, Any]) -> list[str]:
    said = ", ".join(
        f"{name} ({count})" for name, count in category["generated"]["groups"]["most_frequent_errors"].items()
    )
    auto = ", ".join(
        f"{name} ({count})" for name, count in category["auto"]["groups"]["most_frequent_errors"].items()
    )
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
