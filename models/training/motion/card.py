"""Writes MODEL_CARD.md from bundle.json, evaluation.json, parity.json and the training log.

`evaluate` calls it; `python -m models.training.motion.card --bundle BUNDLE --run RUN` writes the card again.
Notes that no command can write stand in `notes.md` beside this file and are copied in.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from .model import read_log

NOTES = Path(__file__).with_name("notes.md")
NOT_MEASURED = ["## Measured", "", "These weights were not measured yet: run `evaluate`.", ""]
GROUPS = {
    "hybrid": "hybrid",
    "generated": "generated",
    "real_held_out": "real, held out",
    "procedural_unseen": "procedural, unseen",
    "real_training": "real, training",
}


def write_card(bundle: Path, run: Path | None) -> None:
    """Writes the card into the bundle; `run` is the folder of the training run, for its log."""
    manifest = json.loads((bundle / "bundle.json").read_text())
    measured = bundle / "evaluation.json"
    size = sum(file.stat().st_size for file in bundle.rglob("*") if file.is_file())
    lines = [
        f"# {manifest['name']}",
        "",
        manifest["description"],
        "",
        f"`{manifest['id']}` {manifest['version']} · {manifest['licence']['spdx']} · {size / 1e6:.1f} MB ·"
        f" {manifest['memory_bytes'] / 1e6:.0f} MB for its graphs.",
        "",
        NOTES.read_text().strip(),
        "",
        *(_samples() if (bundle / "samples.png").exists() else []),
        *(_measured(json.loads(measured.read_text())) if measured.exists() else NOT_MEASURED),
        *_vocabulary(manifest),
        *_training(manifest, run),
        *_parity(bundle),
    ]
    (bundle / "MODEL_CARD.md").write_text("\n".join(lines), encoding="utf-8")


def _samples() -> list[str]:
    return [
        "## Samples",
        "",
        "Sixteen prompts, seed 1, mode hybrid; none was left out or exchanged after a look at the result."
        " Left is red, right is blue; each figure stands above its own place.",
        "",
        "![sixteen prompts as strips of stick figures](samples.png)",
        "",
    ]


def _table(head: list[str], rows: list[list[Any]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(str(cell) for cell in line)} |" for line in lines] + [""]


def _measured(found: dict[str, Any]) -> list[str]:
    recognised, quality, words = found["recognised"], found["quality"], found["words"]
    variety, seams = found["variety"], found["seams"]
    actions = list(recognised["hybrid"]["top3_by_class"])
    return [
        "## Measured",
        "",
        f"{found['motions']} motions through the product's pipeline, beside"
        f" {quality['real_held_out']['motions']} recordings of groups that neither training nor the library"
        " nor the judge has seen.",
        "",
        "Action recognised by the judge (a small network of our own, itself often wrong: read it beside"
        " real motions):",
        "",
        *_table(
            ["", "motions", "classes", "top 1", "top 3", "top 3, mean of classes"],
            [
                [title, one["motions"], one["classes"], one["top1"], one["top3"], one["top3_mean_of_classes"]]
                for key, title in GROUPS.items()
                if (one := recognised[key])
            ],
        ),
        "Top 3 by class:",
        "",
        *_table(
            ["class", *GROUPS.values()],
            [[a, *(recognised[key]["top3_by_class"].get(a, "") for key in GROUPS)] for a in actions],
        ),
        "Feet and smoothness (skate: share of frames of a low foot in which it moves faster than 0.2 m/s;"
        " jerk of all joints; how deep a sole gets below the ground):",
        "",
        *_table(
            ["", "skate", "jerk m/s³", "deepest cm", "deepest cm, 95 %"],
            [
                [
                    name.replace("_", " "),
                    one["skate"],
                    one["jerk"],
                    one["penetration_cm"],
                    one["penetration_cm_p95"],
                ]
                for name, one in quality.items()
            ],
        ),
        "Words obeyed (turns to the asked side by more than 20°; pairs of speeds in the asked order by more"
        " than a tenth):",
        "",
        *_table(
            ["", "turns", "speeds"],
            [
                [
                    mode,
                    f"{one['turns']} of {one['turns_asked']}",
                    f"{one['speeds']} of {one['speed_pairs']} pairs",
                ]
                for mode, one in words.items()
            ],
        ),
        f"Prompts in other words than the captions that found a clip of the right kind and side:"
        f" {found['retrieved']['right']} of {found['retrieved']['prompts']}.",
        "",
        "Paths of 10 m in 8 s, distance from where the pelvis should be:",
        "",
        *_table(
            ["", "mean cm", "largest cm"],
            [[name, one["mean_cm"], one["max_cm"]] for name, one in found["paths"].items()],
        ),
        f"Key poses ({found['key_poses']['keys']}, whole poses of held-out recordings): mean"
        f" {found['key_poses']['mean_cm']} cm, {found['key_poses']['mean_degrees']}°; worst joint"
        f" {found['key_poses']['max_cm']} cm, {found['key_poses']['max_degrees']}°.",
        "",
        "Seams, pose step and change of velocity from frame to frame, mean over joints:",
        "",
        *_table(
            [
                "",
                "pose m, median",
                "largest",
                "velocity m/s, median",
                "largest",
                "below real 95th percentile",
            ],
            [
                [
                    kind,
                    seams[kind]["pose_m_median"],
                    seams[kind]["pose_m_max"],
                    seams[kind]["velocity_m_s_median"],
                    seams[kind]["velocity_m_s_max"],
                    seams[kind]["below_real_p95"],
                ]
                for kind in ("loop", "stitch")
            ],
        ),
        f"(Real 95th percentile: {seams['real_p95']['pose_m']} m, {seams['real_p95']['velocity_m_s']} m/s;"
        " the pose as seen from the pelvis' way. Of as many frames anywhere in recordings"
        f" {seams['real_below_real_p95']} stay below.)",
        "",
        "Variety and memory: distance between motions of one class in the judge's space, and the distance of"
        " 2-second windows to the nearest window of training, cm over joints (hybrid starts from training"
        " clips on purpose):",
        "",
        *_table(
            ["", "diversity in class", "nearest 1 %", "5 %", "median", "95 %"],
            [
                [
                    name.replace("_", " "),
                    one["diversity_in_class"],
                    *(one["nearest_training_cm"][share] for share in ("p1", "p5", "p50", "p95")),
                ]
                for name, one in variety.items()
            ],
        ),
        "A motion of 4 s took "
        + ", ".join(f"{ms} ms ({mode})" for mode, ms in found["milliseconds_4_s"].items())
        + " on a machine that others used at the same time.",
        "",
    ]


def _vocabulary(manifest: dict[str, Any]) -> list[str]:
    rows = [
        [entry["name"], "; ".join(entry["prompts"][:3])] for entry in manifest["motion_diffusion"]["actions"]
    ]
    return ["## What it knows", "", *_table(["action", "examples"], rows)]


def _training(manifest: dict[str, Any], run: Path | None) -> list[str]:
    lines = ["## Training data", ""]
    data = manifest["training_data"]
    lines += _table(
        ["data set", "source", "licence", "used for", "SHA-256"],
        [
            [one["name"], one["source"], one["licence"], one["used_for"], one.get("sha256", "")]
            for one in data
        ],
    )
    notices = dict.fromkeys(f"{one['licence']}: {one['notice']}" for one in data if "notice" in one)
    lines += ["Notices:", "", *(f"- {notice}" for notice in notices), ""]
    if run is None:
        return lines
    log = [line for line in read_log(run / "log.jsonl") if "pose" in line]
    steps, minutes = log[-1]["step"], log[-1]["seconds"] / 60
    return [
        *lines,
        f"Trained for {steps} steps of 32 motions in {minutes:.0f} minutes of a shared CPU thread, with"
        " `models/training/motion/train.py`.",
        "",
    ]


def _parity(bundle: Path) -> list[str]:
    parity = json.loads((bundle / "parity.json").read_text())
    rows = [[name, f"{one['absolute']:.1e}", f"{one['magnitude']:.3g}"] for name, one in parity.items()]
    return [
        "## Difference from torch",
        "",
        "Weights are stored as float16; largest absolute difference of the graph from torch in float32:",
        "",
        *_table(["graph", "difference", "largest value"], rows),
    ]


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--run", type=Path)
    args = parser.parse_args()
    write_card(args.bundle, args.run)


if __name__ == "__main__":
    main()
