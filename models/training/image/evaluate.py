"""Measures a bundle: `python -m models.training.image.evaluate --data DIR --rendered DIR --bundle DIR
--classifier FILE`.

Runs the bundle's own graphs on held-out objects and writes evaluation.json into the bundle. Every score
stands beside the
two baselines without a network and, where it means something, beside the real renders.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch

from .baselines import flat_fill, tone_ramp
from .data import Batch, Shards
from .features import Classifier, kernel_distance, load_classifier, perceptual_distance
from .metrics import cast_shadow_counts, colour_hits, edge_f1, luminance, segments, shading_correlation
from .render import CHANNELS
from .runner import BundleRunner
from .tokenizer import make_tokenizer, vocabulary
from .words import LOOKS, TIMES

METHODS = ("model", "model_without_light", "tone_ramp", "flat_fill", "render")


class Scores:
    """Sums of named numbers."""

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = {}

    def add(self, name: str, *numbers: float) -> None:
        """Adds numbers under a name."""
        self.values.setdefault(name, []).extend(float(n) for n in numbers)

    def mean(self, name: str) -> float:
        """Gives the mean of a name's numbers, rounded."""
        return round(float(np.mean(self.values.get(name, [float("nan")]))), 4)


def turned_light(batch: Batch, record: dict, degrees: float) -> tuple[Batch, np.ndarray, np.ndarray]:
    """Gives the batch with the key light turned about the view axis y, without cast shadows, and n·l
    before and after.
    """
    planes = batch.maps.numpy()[0]
    normal = planes[1:4] * 2 - 1
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    before = np.array(record["light_view"], np.float32)
    lit = [
        np.clip(np.tensordot(light.astype(np.float32), normal, 1), 0, 1) for light in (before, turn @ before)
    ]
    maps = batch.maps.clone()
    maps[0, 5], maps[0, 6] = torch.from_numpy(lit[1]), 1.0
    return Batch(**{**batch.__dict__, "maps": maps}), lit[0], lit[1]


def classify(classifier: Classifier, picture: np.ndarray) -> tuple[str, str]:
    """Names the look and the time of day of a picture."""
    with torch.no_grad():
        look, day = classifier(torch.from_numpy(picture)[None])
    return LOOKS[int(look.argmax())], TIMES[int(day.argmax())]


def evaluate(run: BundleRunner, shards: Shards, classifier: Classifier, count: int) -> dict:
    """Gives all scores over the first `count` held-out pictures."""
    scores, features = Scores(), {"model": [], "render": []}
    shadow: dict[str, list[int]] = {}
    for number in range(count):
        planes = shards.planes(number).astype(np.float32) / 255
        record = shards.records[number]
        anime = shards.exact(number, "anime")
        render = planes[CHANNELS["picture"]]
        pictures = {
            "model": run(anime),
            "model_without_light": run(shards.exact(number, "anime", drop=("light",))),
            "tone_ramp": tone_ramp(planes, record).astype(np.float32),
            "flat_fill": flat_fill(planes, record).astype(np.float32),
            "render": render,
        }
        pictures = {name: np.clip(picture, 0, 1) for name, picture in pictures.items()}
        for name, picture in pictures.items():
            scores.add(f"l1/{name}", np.abs(picture - render).mean())
            pair = (torch.from_numpy(picture)[None], torch.from_numpy(render)[None])
            with torch.no_grad():
                scores.add(f"perceptual/{name}", perceptual_distance(classifier, *pair).item())
            scores.add(f"shading/{name}", *shading_correlation(picture, render, planes, record))
            scores.add(f"edges/anime/{name}", edge_f1(picture, render))
            scores.add(f"colour/{name}", *colour_hits(picture, planes, record))
            both, union = cast_shadow_counts(picture, render, planes, record)
            total = shadow.setdefault(name, [0, 0])
            total[0] += both
            total[1] += union
        look = record["second"]
        second, second_render = np.clip(run(shards.exact(number, look)), 0, 1), planes[CHANNELS["second"]]
        scores.add(f"l1_look/{look}/model", np.abs(second - second_render).mean())
        scores.add(f"l1_look/{look}/flat_fill", np.abs(pictures["flat_fill"] - second_render).mean())
        scores.add(f"edges/{look}/model", edge_f1(second, second_render))
        scores.add(f"edges/{look}/flat_fill", edge_f1(pictures["flat_fill"], second_render))
        for kind, one, other in (("model", pictures["model"], second), ("render", render, second_render)):
            for expected, picture in (("anime", one), (look, other)):
                found_look, found_time = classify(classifier, picture)
                scores.add(f"look/{kind}", found_look == expected)
                scores.add(f"time/{kind}", found_time == record["time"])
                with torch.no_grad():
                    features[kind].append(classifier.pooled(torch.from_numpy(picture)[None])[0].numpy())
        _turn(run, scores, anime, record, planes, pictures["model"])
        _repaint(run, scores, shards, number, planes, record, pictures["model"])
        if number % 20 == 19:
            print(number + 1, scores.mean("l1/model"), scores.mean("l1/tone_ramp"), flush=True)
    result = {name: scores.mean(name) for name in sorted(scores.values)}
    result |= {f"cast_shadow_iou/{name}": round(a / max(b, 1), 4) for name, (a, b) in shadow.items()}
    made, real = np.array(features["model"]), np.array(features["render"])
    order = np.random.default_rng(0).permutation(len(real))
    half = len(real) // 2
    result["kernel_distance/model"] = round(kernel_distance(made[order[:half]], real[order[half:]]), 5)
    result["kernel_distance/render"] = round(kernel_distance(real[order[:half]], real[order[half:]]), 5)
    return result


def _turn(
    run: BundleRunner, scores: Scores, batch: Batch, record: dict, planes: np.ndarray, picture: np.ndarray
) -> None:
    """Scores whether the change of luma follows the change of the light's two tones when the light
    turns by 90 degrees.
    """
    turned, before, after = turned_light(batch, record, 90)
    lit_before = np.minimum(np.clip((before - 0.16) / 0.05 + 0.5, 0, 1), planes[6])
    change = np.clip((after - 0.16) / 0.05 + 0.5, 0, 1) - lit_before
    moved = luminance(np.clip(run(turned), 0, 1)) - luminance(picture)
    for _, mask in segments(planes, record, ("object",), 0.01):
        if change[mask].std() > 0.1:
            scores.add("light_turned_90/correlation", np.corrcoef(moved[mask], change[mask])[0, 1])


def _repaint(
    run: BundleRunner,
    scores: Scores,
    shards: Shards,
    number: int,
    planes: np.ndarray,
    record: dict,
    picture: np.ndarray,
) -> None:
    """Scores how much the other segments change, in steps of 8 bits, when one object's phrase gets
    another colour.
    """
    named = [
        i for i, region in enumerate(record["regions"]) if region["kind"] == "object" and region["colour"]
    ]
    if not named or number % 2:
        return
    changed = dict(record)
    changed["regions"] = [dict(region) for region in record["regions"]]
    target = changed["regions"][named[0]]
    target["phrase"] = target["phrase"].replace(
        target["colour"], "lime" if "green" not in target["colour"] else "magenta"
    )
    shards.records[number] = changed
    repainted = run(shards.exact(number, "anime"))
    shards.records[number] = record
    ids = (planes[8] * 255).round().astype(int)
    for i in range(len(record["regions"])):
        mask = ids == i + 1
        if mask.mean() > 0.01:
            step = np.abs(np.clip(repainted, 0, 1) - picture)[:, mask].mean() * 255
            scores.add("repaint/changed_segment" if i == named[0] else "repaint/other_segments", step)


def speed(bundle: Path, shards: Shards, threads: int) -> dict[str, float]:
    """Gives seconds to load and to make a picture at 256 and 512 pixels, best of three."""
    run = BundleRunner(bundle, threads)
    batch = shards.exact(0, "anime")
    result = {"load_seconds": round(run.load_seconds, 3)}
    for size in (256, 512):
        factor = size // batch.maps.shape[-1]
        large = Batch(
            **{
                **batch.__dict__,
                **{
                    name: getattr(batch, name).repeat_interleave(factor, -1).repeat_interleave(factor, -2)
                    for name in ("maps", "region_ids", "sample")
                },
            }
        )
        times = []
        for _ in range(3):
            start = time.perf_counter()
            run(large)
            times.append(time.perf_counter() - start)
        result[f"seconds_{size}"] = round(min(times), 3)
    return result


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rendered", type=Path, required=True)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--classifier", type=Path, required=True)
    parser.add_argument("--count", type=int, default=256)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    shards = Shards(args.rendered / "held-out", make_tokenizer(vocabulary(args.data)))
    count = min(args.count, len(shards))
    run = BundleRunner(args.bundle, args.threads)
    result = {"pictures": count, **evaluate(run, shards, load_classifier(args.classifier), count)}
    result |= {f"speed/threads_{n}/{k}": v for n in (1, 2) for k, v in speed(args.bundle, shards, n).items()}
    (args.bundle / "evaluation.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
