"""Writes MODEL_CARD.md and the unselected sample sheets of a bundle from what was measured.

`python -m models.training.image.card --data DIR --rendered DIR --run DIR --bundle DIR`, after export.py and
evaluate.py. Notes that
no command can write stand in `notes.md` beside this file's package and are copied in.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
from PIL import Image

from .data import Shards
from .render import CHANNELS
from .runner import BundleRunner
from .sheet import to_pixels
from .tokenizer import make_tokenizer, vocabulary

SHEET_COLUMNS = 8
NOTES = Path(__file__).with_name("notes.md")
SPEED_KEYS = ("load_seconds", "seconds_256", "seconds_512")
TARGETS = (
    ("L1 to the real render, anime", "l1"),
    ("perceptual distance, anime", "perceptual"),
    ("shading correlation inside segments", "shading"),
    ("cast-shadow IoU", "cast_shadow_iou"),
    ("edge F1, anime", "edges/anime"),
    ("named colour met", "colour"),
)
SHEETS = (
    "## Samples",
    "",
    "Unselected: the first held-out scenes, every other one as anime, the rest as clay, watercolour or soft.",
    "",
    "![first held-out scenes](samples.png)",
    "",
    "Normal map, light map, real render, model:",
    "",
    "![maps, render and picture of the first six held-out scenes](comparison.png)",
    "",
)
COMMANDS = (
    "render --data MODELS --out RENDERED/train --count {train} --seed 1",
    "render --data MODELS --out RENDERED/held-out --count {held_out} --seed 2 --held-out",
    "train --data MODELS --rendered RENDERED --out RUN --minutes {minutes:.0f}",
    "features --data MODELS --rendered RENDERED --out JUDGE --minutes 22",
    "export --data MODELS --run RUN --out BUNDLE",
    "evaluate --data MODELS --rendered RENDERED --bundle BUNDLE --classifier JUDGE --count {count}",
    "card --data MODELS --rendered RENDERED --run RUN --bundle BUNDLE",
)
METHODS = ("model", "model_without_light", "tone_ramp", "flat_fill", "render")


def sample_sheet(run: BundleRunner, shards: Shards, file: Path, count: int) -> None:
    """Writes the first held-out scenes, the looks in turn: anime, second look, anime, …"""
    pictures = []
    for number in range(min(count, len(shards))):
        look = "anime" if number % 2 == 0 else shards.records[number]["second"]
        pictures.append(to_pixels(run(shards.exact(number, look))))
    rows = [
        np.concatenate(pictures[i : i + SHEET_COLUMNS], 1) for i in range(0, len(pictures), SHEET_COLUMNS)
    ]
    sheet = Image.fromarray(np.concatenate(rows))
    sheet.resize((sheet.width // 2, sheet.height // 2), Image.Resampling.LANCZOS).save(file, optimize=True)


def comparison_sheet(run: BundleRunner, shards: Shards, file: Path, count: int = 6) -> None:
    """Writes rows of: normal map, light map, real render, model, for the first held-out scenes."""
    rows = []
    for number in range(count):
        planes = shards.planes(number).astype(np.float32) / 255
        row = [planes[CHANNELS["normal"]], planes[CHANNELS["light"]], planes[CHANNELS["picture"]]]
        rows.append(np.concatenate([to_pixels(p) for p in (*row, run(shards.exact(number, "anime")))], 1))
    Image.fromarray(np.concatenate(rows)).save(file, optimize=True)


def nearest_distances(run: BundleRunner, held_out: Shards, train: Shards, count: int) -> dict[str, float]:
    """Gives L1 from the first pictures to the nearest of all training pictures, at 32 x 32, beside the
    real renders' own.
    """

    def small(picture: np.ndarray) -> np.ndarray:
        side = picture.shape[-1] // 32
        return picture.reshape(3, 32, side, 32, side).mean((2, 4)).ravel()

    library = np.stack(
        [small(train.planes(i)[CHANNELS["picture"]].astype(np.float32) / 255) for i in range(len(train))]
    )
    found: dict[str, list[float]] = {"model": [], "render": []}
    for number in range(min(count, len(held_out))):
        real = held_out.planes(number)[CHANNELS["picture"]].astype(np.float32) / 255
        for name, picture in (("model", run(held_out.exact(number, "anime"))), ("render", real)):
            found[name].append(float(np.abs(library - small(picture)).mean(1).min()))
    return {"pictures": float(len(found["model"]))} | {
        f"{name} {kind}": round(float(value), 4)
        for name, values in found.items()
        for kind, value in (("median", np.median(values)), ("smallest", np.min(values)))
    }


def set_hash(folder: Path) -> tuple[int, str]:
    """Gives the number of shards of a rendered set and the SHA-256 over the SHA-256 of each shard, in
    order.
    """
    shards = sorted(folder.glob("*.npy"))
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in shards]
    return len(shards), hashlib.sha256("\n".join(digests).encode()).hexdigest()


def write_card(bundle: Path, run: Path, rendered: Path, nearest: dict[str, float]) -> None:
    """Writes MODEL_CARD.md."""
    manifest = json.loads((bundle / "bundle.json").read_text())
    scores = json.loads((bundle / "evaluation.json").read_text())
    parity = json.loads((bundle / "parity.json").read_text())
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    last = [line for line in log if "crops" in line][-1]
    sets = {name: set_hash(rendered / name) for name in ("train", "held-out")}
    counts = {
        "train": 64 * sets["train"][0],
        "held_out": 64 * sets["held-out"][0],
        "minutes": last["seconds"] / 60,
        "count": scores["pictures"],
    }
    size = sum(component["size"] for component in manifest["components"].values())
    lines = [
        f"# {manifest['name']}",
        "",
        manifest["description"],
        "",
        f"`{manifest['id']}` {manifest['version']} · {manifest['licence']['spdx']} · {size / 1e6:.1f} MB · "
        f"{manifest['memory_bytes'] / 1e6:.0f} MB at its peak for 512 x 512.",
        "",
        NOTES.read_text().strip(),
        "",
        *SHEETS,
        "## Measured",
        "",
        f"On {scores['pictures']} scenes of objects held out of training, with the commands at the end.",
        "`tone ramp` is the phrase's colour x two tones of the light map + the line art; `flat fill` is the",
        "phrase's colour alone; neither has a network. `real render` is what the picture is compared with.",
        "",
        "| | model | model, no light map | tone ramp | flat fill | real render |",
        "|---|---|---|---|---|---|",
        *(
            f"| {title} | " + " | ".join(_number(scores.get(f"{key}/{method}")) for method in METHODS) + " |"
            for title, key in TARGETS
        ),
        "",
        "| | model | beside it |",
        "|---|---|---|",
        *_other_rows(scores),
        "",
        "## Speed and size",
        "",
        "| threads | load | 256 x 256 | 512 x 512 |",
        "|---|---|---|---|",
        *(
            f"| {n} | " + " | ".join(f"{scores[f'speed/threads_{n}/{key}']} s" for key in SPEED_KEYS) + " |"
            for n in (1, 2)
        ),
        "",
        "Largest difference between ONNX Runtime and torch: "
        + ", ".join(f"{name} {value['absolute']:.0e}" for name, value in parity.items() if value["absolute"])
        + ".",
        "",
        "## Training",
        "",
        f"{last['crops']} crops of 96 to 160 pixels in {last['step']} steps,",
        f"{last['seconds'] / 60:.0f} minutes of one shared CPU thread.",
        "",
        "L1 to the first held-out pictures, anime, in training; step 0 is the drawing by formulas alone:",
        "",
        "| step | minutes | model | model, no light map |",
        "|---|---|---|---|",
        *_curve(log),
        "",
        "| set | seed | scenes | SHA-256 over its shards' SHA-256 |",
        "|---|---|---|---|",
        *(
            f"| {name} | {seed} | {64 * count} | `{digest}` |"
            for (name, (count, digest)), seed in zip(sets.items(), (1, 2), strict=True)
        ),
        "",
        f"Distance of {nearest.pop('pictures'):.0f} pictures to the nearest training picture, L1 at 32 x 32: "
        + ", ".join(f"{name} {value}" for name, value in nearest.items())
        + ". A copy would be near 0.",
        "",
        "## Training data",
        "",
        "3D models under CC0-1.0, rendered by this project; scenes, colours, lights, looks and phrases are",
        "made by `models/training/image`. Simple shapes (ball, cube, vase, …) are made by formula.",
        "",
        "| models | source | licence | used for | SHA-256 of the list of files |",
        "|---|---|---|---|---|",
        *(
            f"| {d['name']} | {d['source']} | {d['licence']} | {d['used_for']} | `{d['sha256'][:16]}…` |"
            for d in manifest["training_data"]
        ),
        "",
        "## Commands",
        "",
        "```",
        *(f"python -m models.training.image.{command.format(**counts)}" for command in COMMANDS),
        "```",
        "",
    ]
    (bundle / "MODEL_CARD.md").write_text("\n".join(lines))


def _curve(log: list[dict]) -> list[str]:
    """Gives rows of the learning curve: the first, the last and up to six between."""
    minutes, found = 0.0, []
    for line in log:
        minutes = line.get("seconds", minutes * 60) / 60
        if "held_out_l1" in line:
            scores = line["held_out_l1"]
            found.append(
                f"| {line['step']} | {minutes:.0f} | {scores['model']:.4f} | {scores['no_light']:.4f} |"
            )
    chosen = sorted({round(i * (len(found) - 1) / 7) for i in range(8)}) if found else []
    return [found[i] for i in chosen]


def _number(value: float | None) -> str:
    return "" if value is None or value != value else f"{value:.3f}"


def _other_rows(scores: dict[str, float]) -> list[str]:
    rows = []
    for look in ("clay", "watercolour", "soft"):
        model, flat = (_number(scores.get(f"edges/{look}/{m}")) for m in ("model", "flat_fill"))
        rows.append(f"| edge F1, {look} | {model} | flat fill {flat} |")
        model, flat = (_number(scores.get(f"l1_look/{look}/{m}")) for m in ("model", "flat_fill"))
        rows.append(f"| L1, {look} | {model} | flat fill {flat} |")
    for title, key in (
        ("look recognised", "look"),
        ("time of day recognised", "time"),
        ("kernel distance", "kernel_distance"),
    ):
        digits = "{:.5f}" if key == "kernel_distance" else "{:.3f}"
        model, real = (digits.format(scores[f"{key}/{kind}"]) for kind in ("model", "render"))
        rows.append(f"| {title} | {model} | real renders {real} |")
    turned = _number(scores["light_turned_90/correlation"])
    rows.append(f"| change of luma follows the light turned by 90° (correlation) | {turned} | flat fill 0 |")
    changed, others = (scores[f"repaint/{name}"] for name in ("changed_segment", "other_segments"))
    rows.append(
        f"| one phrase's colour changed: others move by, of 255 | {others:.2f} | that segment {changed:.1f} |"
    )
    return rows


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("data", "rendered", "run", "bundle"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--nearest", type=int, default=50)
    args = parser.parse_args()
    tokenizer = make_tokenizer(vocabulary(args.data))
    held_out = Shards(args.rendered / "held-out", tokenizer)
    train = Shards(args.rendered / "train", tokenizer)
    runner = BundleRunner(args.bundle)
    sample_sheet(runner, held_out, args.bundle / "samples.png", args.samples)
    comparison_sheet(runner, held_out, args.bundle / "comparison.png")
    write_card(args.bundle, args.run, args.rendered, nearest_distances(runner, held_out, train, args.nearest))


if __name__ == "__main__":
    main()
