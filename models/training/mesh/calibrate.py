"""Measures how often each source is right where it is as sure as it says: `python -m
models.training.mesh.calibrate --bundle models/starter-mesh`.

Asks the core (core/bench/plan-meshes.ts) how it would answer PROMPTS, whose right answers were written down
by hand, and writes calibration.json, by which `auto` chooses. How often a generated mesh is what was asked
for comes from evaluation.json, if it is there: no plan tells it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from .calibration_prompts import PROMPTS, Truth
from .library import described

ROOT = Path(__file__).parents[3]
RUNNER = "core/bench/plan-meshes.ts"
FORMAT = "genga.mesh-calibration.v1"
KNOTS = (0.0, 0.2, 0.4, 0.55, 0.7, 0.8, 0.9, 0.97, 1.0)
"""Confidences that the curve is given at."""
PRIOR = 2.0
"""Weight of the diagonal, answers: keeps a knot with few prompts near what the source itself says."""
HAND_MADE = 1.02
"""Of two right answers artists want the one with parts that can be edited, in the words' own sizes."""
SEEDS = (1, 2)
LEAST_ANSWERS = 10
"""Below so many prompts that have a right answer at all no share is given."""


def plans(bundle: Path) -> list[tuple[Truth, dict[str, Any]]]:
    """Gives the core's answers to PROMPTS, each with SEEDS."""
    asked = [(truth, {"prompt": truth.prompt, "seed": seed}) for truth in PROMPTS for seed in SEEDS]
    lines = [json.dumps({"bundle": str(bundle.resolve())}), *(json.dumps(params) for _, params in asked)]
    done = subprocess.run(
        ["node", "--import", "tsx", RUNNER],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=1200,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-3000:])
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return [(truth, answer) for (truth, _), answer in zip(asked, answers, strict=True)]


def is_right(truth: Truth, source: str, origin: dict[str, Any]) -> bool:
    """Says whether an answer is what was asked for."""
    if source == "parametric":
        return origin.get("category") in truth.parametric and origin["confidence"] > 0
    named = f"{origin.get('category', '')} {origin.get('model', {}).get('name', '')}".split()
    return any(set(words.split()) <= set(named) for words in truth.library)


def curve(confidences: list[float], right: list[bool]) -> list[list[float]]:
    """Gives points [confidence, share right] that never fall: a kernel mean about KNOTS, drawn to the
    diagonal by PRIOR, then pooled (isotonic).
    """
    sure, hit = np.array(confidences), np.array(right, float)
    values, weights = [], []
    for knot in KNOTS:
        near = np.exp(-0.5 * ((sure - knot) / 0.06) ** 2)
        values.append((near @ hit + PRIOR * knot) / (near.sum() + PRIOR))
        weights.append(near.sum() + PRIOR)
    pools: list[list[float]] = []
    for value, weight in zip(values, weights, strict=True):
        pools.append([value, weight, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            last = pools.pop()
            whole = pools[-1][1] + last[1]
            pools[-1] = [
                (pools[-1][0] * pools[-1][1] + last[0] * last[1]) / whole,
                whole,
                pools[-1][2] + last[2],
            ]
    rising = [value for value, _, count in pools for _ in range(int(count))]
    return [[knot, round(float(min(value, 1)), 3)] for knot, value in zip(KNOTS, rising, strict=True)]


def value_at(points: list[list[float]], at: float) -> float:
    """Reads a curve, as the core does: straight lines between the points."""
    return float(np.interp(at, [point[0] for point in points], [point[1] for point in points]))


def table(found: list[tuple[Truth, dict[str, Any]]], curves: dict[str, Any]) -> dict[str, Any]:
    """Gives, for each kind of prompt, how often each source is right, which one `auto` takes, and how often
    that is right where any is.
    """
    rows: dict[str, Any] = {}
    for kind in dict.fromkeys(truth.kind for truth in PROMPTS):
        asked = [(truth, answer) for truth, answer in found if truth.kind == kind]
        taken: dict[str, int] = {}
        right, possible = 0, 0
        rates = {"parametric": 0, "library": 0}
        for truth, answer in asked:
            sources = [one for one in ("parametric", "library", "generated") if one in answer]
            best = max(sources, key=lambda one: value_at(curves[one], answer[one]["confidence"]))
            taken[best] = taken.get(best, 0) + 1
            good = {one: one in answer and is_right(truth, one, answer[one]) for one in rates}
            for one, hit in good.items():
                rates[one] += hit
            if truth.parametric or truth.library:
                possible += 1
                right += good.get(best, False)
        rows[kind] = {
            "answers": len(asked),
            **{f"{one}_right": round(hit / len(asked), 3) for one, hit in rates.items()},
            "taken": taken,
            "auto_right": round(right / possible, 3) if possible >= LEAST_ANSWERS else None,
        }
    return rows


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, required=True)
    options = parser.parse_args()
    found = plans(options.bundle)
    curves: dict[str, list[list[float]]] = {}
    for source in ("parametric", "library"):
        pairs = [
            (answer[source]["confidence"], is_right(truth, source, answer[source]))
            for truth, answer in found
            if source in answer
        ]
        curves[source] = curve([sure for sure, _ in pairs], [right for _, right in pairs])
    curves["parametric"] = [[at, round(min(1.0, share * HAND_MADE), 3)] for at, share in curves["parametric"]]
    measured = options.bundle / "evaluation.json"
    share = generated_share(json.loads(measured.read_text())) if measured.exists() else 0.5
    # Of a thing that it was not trained on a network makes a guess; the judge has no class for most of those.
    curves["generated"] = [[0.0, 0.02], [0.1, 0.05], [0.5, round(share * 0.6, 3)], [1.0, round(share, 3)]]
    content = {
        "format": FORMAT,
        **curves,
        "measured": {
            "prompts": len(PROMPTS),
            "seeds": len(SEEDS),
            "prompts_sha256": hashlib.sha256("\n".join(one.prompt for one in PROMPTS).encode()).hexdigest(),
            "generated_right": share,
            "by_kind": table(found, curves),
        },
    }
    file = options.bundle / "calibration.json"
    file.write_text(json.dumps(content, indent=1) + "\n")
    name_in_manifest(options.bundle, file)
    print(json.dumps(content["measured"], indent=1))


def name_in_manifest(bundle: Path, file: Path) -> None:
    """Writes the file's name, hash and size into bundle.json."""
    manifest = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    manifest["mesh_diffusion"]["calibration"] = described(file)
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (bundle / "bundle.json").write_text(text + "\n", encoding="utf-8")


def generated_share(measured: dict[str, Any]) -> float:
    """Gives the share of generated meshes that the judge recognised, of all groups that it can say: of those
    that it knows for sure there are too few.
    """
    found = measured["category"]["generated"]
    return float(found.get("groups", found)["right"])


if __name__ == "__main__":
    main()
