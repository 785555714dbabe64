"""The judge: says from four clay pictures what a thing is; trained on real models only, never on ours.

`python -m models.training.mesh.judge --data DIR --cache CACHE --out JUDGE.safetensors` fits FOLDS linear
readings of what a photo network sees and of a profile (judge_inputs.py), each without the packs of its fold,
and prints how often they are right on the packs that they have not seen. It is used for evaluation only:
never in training of the generator, never in the bundle. CACHE is what prepare.py filled.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from .judge_inputs import SEED, JudgeInputs
from .judge_kinds import class_of, group_of
from .models3d import Model3d, read_models, read_triangles
from .photo_features import WIDTH
from .prepare import cache_file
from .soft_surface import soft_surface
from .views import Cloud, cloud_of

MOST, SOFT_MOST = 12, 2
"""Models of a kind in one pack, as they are and through the generator's grid; kits repeat themselves."""
LEAST, LEAST_PACKS = 4, 2
"""Models and packs of a kind below which it is none: with one pack alone nothing can be held out."""
FOLDS = 8
DECAY = 1e-4
STEPS = 60
TRUSTED, TRUSTED_MODELS = 0.8, 6
"""The judge knows a kind when it names this share of at least so many real models rightly, of packs that it
has not seen. Fixed before it saw a mesh of ours.
"""
PROFILE_SCALE = 4.0
"""Deviation of each number of the profile, beside some 0.8 of each of what is seen."""
LIMIT = 16.0
TENSORS = ("middle", "scale", "weights", "biases")


@dataclass(frozen=True)
class Judge:
    """Linear readings, one a fold, and what they can say."""

    classes: list[str]
    middle: Tensor
    """[INPUTS]: mean over the real models."""
    scale: Tensor
    """[INPUTS]: what the difference from it is multiplied by."""
    weights: Tensor
    """[FOLDS, classes, INPUTS]."""
    biases: Tensor
    """[FOLDS, classes]."""
    folds: dict[str, int]
    """Fold of each pack: its reading has never seen it."""

    def scores(
        self, inputs: NDArray[np.float32], packs: list[str | None] | None = None
    ) -> NDArray[np.float64]:
        """Gives probabilities, [meshes, classes], of inputs [meshes, INPUTS]; of a model of a known
        pack by the reading that never saw the pack, else the mean of all.
        """
        rows = scaled(torch.from_numpy(inputs), self.middle, self.scale)
        each = (rows @ self.weights.mT + self.biases[:, None]).softmax(2)
        mean = each.mean(0)
        for row, pack in enumerate(packs or []):
            if pack is not None and pack in self.folds:
                mean[row] = each[self.folds[pack], row]
        return mean.double().numpy()


def scaled(inputs: Tensor, middle: Tensor, scale: Tensor) -> Tensor:
    """Gives inputs as they are read, [n, INPUTS]; what is far from all real models is cut off."""
    return ((inputs - middle) * scale).clamp(-LIMIT, LIMIT)


def orders_of(scores: NDArray[np.floating], classes: list[str]) -> tuple[list[list[str]], list[list[str]]]:
    """Gives the three most probable kinds, and groups of kinds, of each row of probabilities."""
    names = sorted({group_of(name) for name in classes})
    member = np.array([[group_of(kind) == name for name in names] for kind in classes], np.float64)

    def first(rows: NDArray[np.floating], words: list[str]) -> list[list[str]]:
        return [[words[number] for number in order[:3]] for order in np.argsort(-rows, 1, kind="stable")]

    return first(scores, classes), first(scores @ member, names)


def fold_of(packs: list[str]) -> dict[str, int]:
    """Deals packs, one entry a model, to folds: the largest first, each to the smallest fold."""
    sizes = [0] * FOLDS
    folds = {}
    for pack, count in sorted(Counter(packs).items(), key=lambda item: (-item[1], item[0])):
        folds[pack] = sizes.index(min(sizes))
        sizes[folds[pack]] += count
    return folds


def fit(inputs: Tensor, labels: Tensor, groups: list[str], classes: int) -> tuple[Tensor, Tensor]:
    """Fits a multinomial logistic regression; gives weights [classes, inputs] and biases [classes].

    groups: of each row its pack. Many models of a kind, and of a kind in one pack, count by their root.
    """
    same = Counter(zip(labels.tolist(), groups, strict=True))
    weights = torch.tensor([same[key] ** -0.5 for key in zip(labels.tolist(), groups, strict=True)])
    totals = torch.zeros(classes).index_add(0, labels, weights)
    weights = weights / totals[labels].sqrt()
    weights = weights / weights.sum()
    matrix = torch.zeros(classes, inputs.shape[1], requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [matrix, bias], max_iter=STEPS, history_size=8, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        scores = inputs @ matrix.T + bias
        value = (functional.cross_entropy(scores, labels, reduction="none") * weights).sum()
        value = value + DECAY * matrix.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    return matrix.detach(), bias.detach()


def real_models(data: Path) -> list[tuple[Model3d, str]]:
    """Gives the real models that have a kind, with it: at most MOST of a kind and pack, in the order of
    their ids; kinds of fewer than LEAST models or LEAST_PACKS packs are left out.
    """
    taken: Counter[tuple[str, str]] = Counter()
    found = []
    for model in read_models(data):
        name = class_of(model)
        if name is not None and taken[name, model.pack] < MOST:
            taken[name, model.pack] += 1
            found.append((model, name))
    counts = Counter(name for _, name in found)
    packs = Counter(name for name, _ in {(name, model.pack) for model, name in found})
    return [(model, name) for model, name in found if counts[name] >= LEAST and packs[name] >= LEAST_PACKS]


def real_cloud(model: Model3d) -> Cloud:
    """Gives the cloud of a real model."""
    triangles = read_triangles(model)
    return cloud_of(triangles.positions, triangles.colours.astype(np.float64) ** 2.2, SEED)


@dataclass(frozen=True)
class Seen:
    """What the judge is told of the real models."""

    whole: NDArray[np.float32]
    """[models, INPUTS]."""
    soft: dict[int, NDArray[np.float32]]
    """[INPUTS] of some, by their place: the same through the generator's grid."""


def see(models: list[tuple[Model3d, str]], cache: Path, kept: Path) -> Seen:
    """Looks at all models; `kept` (.npz) keeps what was seen for the next time."""
    known: dict[str, NDArray[np.float32]] = {}
    if kept.exists():
        with np.load(kept) as file:
            known = dict(zip(file["keys"].tolist(), file["inputs"], strict=True))
    eyes: list[JudgeInputs] = []

    def looked(key: str, surface: Any) -> NDArray[np.float32] | None:
        if key not in known:
            triangles = surface()
            if triangles is None:
                return None
            if not eyes:
                eyes.append(JudgeInputs())
            known[key] = eyes[0].of(*triangles)
            if len(known) % 100 == 0:
                np.savez(kept, keys=np.array(list(known)), inputs=np.stack(list(known.values())))
                print(f"{len(known)} seen", flush=True)
        return known[key]

    def whole(model: Model3d) -> tuple[NDArray, NDArray]:
        triangles = read_triangles(model)
        return triangles.positions, triangles.normals

    soft: dict[int, NDArray[np.float32]] = {}
    taken: Counter[tuple[str, str]] = Counter()
    rows = []
    for place, (model, name) in enumerate(models):
        rows.append(looked(model.id, lambda model=model: whole(model)))
        file = cache_file(cache, f"cc0/{model.id}")
        if taken[name, model.pack] < SOFT_MOST and file.exists():
            taken[name, model.pack] += 1
            found = looked(f"{model.id} soft", lambda file=file: soft_surface(np.load(file)["sdf"]))
            if found is not None:
                soft[place] = found
    np.savez(kept, keys=np.array(list(known)), inputs=np.stack(list(known.values())))
    return Seen(np.stack(rows), soft)


def counted(labels: list[str], orders: list[list[str]]) -> dict[str, Any]:
    """Gives how often the first and one of the first three of each order is the label."""
    right: dict[str, list[int]] = defaultdict(list)
    said: Counter[str] = Counter()
    for label, order in zip(labels, orders, strict=True):
        right[label].append(int(order[0] == label))
        if order[0] != label:
            said[f"{label} taken for {order[0]}"] += 1
    hits = sum(sum(found) for found in right.values())
    third = sum(label in order[:3] for label, order in zip(labels, orders, strict=True))
    return {
        "models": len(labels),
        "top1": round(hits / len(labels), 3),
        "top3": round(third / len(labels), 3),
        "top1_by_class": {name: [sum(found), len(found)] for name, found in sorted(right.items())},
        "most_frequent_errors": dict(said.most_common(20)),
    }


def known_kinds(by_class: dict[str, list[int]]) -> list[str]:
    """Gives the kinds that the judge knows, from [right, models] of each."""
    return sorted(
        name
        for name, (right, count) in by_class.items()
        if count >= TRUSTED_MODELS and right >= TRUSTED * count
    )


def trained(models: list[tuple[Model3d, str]], seen: Seen) -> tuple[Judge, dict[str, Any]]:
    """Fits all folds; gives the judge and what it was right in on held-out packs."""
    names = [name for _, name in models]
    packs = [model.pack for model, _ in models]
    classes = sorted(set(names))
    folds = fold_of(packs)
    places = [*range(len(models)), *seen.soft]
    found = torch.from_numpy(np.concatenate([seen.whole, *(one[None] for one in seen.soft.values())]))
    middle = found.mean(0)
    scale = torch.ones(found.shape[1])
    scale[2 * WIDTH :] = PROFILE_SCALE / found[:, 2 * WIDTH :].std(0).clamp(min=1e-3)
    inputs = scaled(found, middle, scale)
    labels = torch.tensor([classes.index(names[place]) for place in places])
    rows = torch.tensor([folds[packs[place]] for place in places])
    fitted = []
    for fold in range(FOLDS):
        kept = (rows != fold).nonzero()[:, 0]
        groups = [packs[places[row]] for row in kept.tolist()]
        fitted.append(fit(inputs[kept], labels[kept], groups, len(classes)))
        print(f"fold {fold} of {FOLDS} fitted", flush=True)
    weights, biases = (torch.stack(parts) for parts in zip(*fitted, strict=True))
    judge = Judge(classes, middle, scale, weights, biases, folds)
    scores = torch.zeros(len(inputs), len(classes))
    for fold in range(FOLDS):
        unseen = rows == fold
        scores[unseen] = inputs[unseen] @ judge.weights[fold].T + judge.biases[fold]
    kinds, groups = orders_of(scores.softmax(1).double().numpy(), classes)
    count = len(models)
    soft = [names[place] for place in seen.soft]
    whole = counted(names, kinds[:count])
    wide = counted([group_of(name) for name in names], groups[:count])
    report = {
        **whole,
        "classes": len(classes),
        "packs": len(folds),
        "known_classes": known_kinds(whole["top1_by_class"]),
        "soft": counted(soft, kinds[count:]),
        "groups": {**wide, "known_classes": known_kinds(wide["top1_by_class"])},
        "soft_groups": counted([group_of(name) for name in soft], groups[count:]),
        "trusted": TRUSTED,
        "trusted_models": TRUSTED_MODELS,
    }
    return judge, report


def main() -> None:
    """Trains, says how it did, and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with index.jsonl")
    parser.add_argument("--cache", type=Path, required=True, help="folder that prepare.py filled")
    parser.add_argument("--out", type=Path, required=True, help=".safetensors")
    options = parser.parse_args()
    models = real_models(options.data)
    judge, report = trained(models, see(models, options.cache, options.out.with_suffix(".npz")))
    metadata = {"classes": judge.classes, "folds": judge.folds, "held_out": report}
    tensors = {name: getattr(judge, name) for name in TENSORS}
    save_file(tensors, str(options.out), {"judge": json.dumps(metadata)})
    print(json.dumps(report, indent=1))


def load_judge(file: Path) -> tuple[Judge, dict[str, Any]]:
    """Reads a judge, and what it was right in on held-out packs."""
    with safe_open(str(file), "pt") as opened:
        metadata = json.loads((opened.metadata() or {})["judge"])
        tensors = {name: opened.get_tensor(name) for name in TENSORS}
    return Judge(classes=metadata["classes"], folds=metadata["folds"], **tensors), metadata["held_out"]


if __name__ == "__main__":
    main()
