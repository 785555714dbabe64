"""The judge: says from four pictures what a thing is; trained on real models only, never on ours.

`python -m models.training.mesh.judge --data DIR --out JUDGE.safetensors` trains FOLDS networks, each without
the packs of its fold, and prints how often they are right on the packs that they have not seen. It is used
for evaluation only: never in training of the generator, never in the bundle.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from .library_nouns import LEFT_OUT, RENAMED, noun_in, read_nouns
from .models3d import Model3d, read_models, read_triangles
from .views import CHANNELS, Cloud, cloud_of, pictures_of, varied

CLASSES = {
    "chair": "chair armchair",
    "stool": "stool ottoman",
    "table": "table,coffee table,side table,desk",
    "bench": "bench",
    "bed": "bed,bunk bed",
    "sofa": "couch sofa",
    "shelf": "shelf,bookcase,bookshelf,storage shelf",
    "cabinet": "cabinet,closet,wardrobe,nightstand,bedside table,television cabinet,fridge,oven",
    "lamp": "lamp,floor lamp,standing lamp,table lamp",
    "cup": "mug cup coffee",
    "bowl": "bowl,soup,cooking pot",
    "vase": "vase urn",
    "bottle": "bottle,potion bottle",
    "barrel": "barrel keg",
    "crate": "crate,box,cardboard box,cube",
    "chest": "chest,treasure chest,trunk chest",
    "sword": "sword katana claymore dagger",
    "axe": "axe",
    "hammer": "hammer",
    "shield": "shield",
    "house": "house,barn,tavern,church",
    "tower": "tower,castle tower,watchtower,water tower",
    "tree": "tree",
    "pine": "pine tree,christmas tree",
    "rock": "rock,asteroid",
    "mushroom": "mushroom",
    "fence": "fence",
    "sign": "arrow sign,stop sign,traffic sign,warning sign",
    "car": "car,hatchback car,police car,sedan car,station wagon car,taxi car,taxi,suv car,sports car",
    "boat": "boat,viking boat,lifeboat,sailing ship",
    "bush": "bush",
    "animal": "dog cat cow horse fox pig sheep zebra wolf elk panda pug",
    "dinosaur": "dinosaur tyrannosaurus",
    "fish": "fish,shark,whale,dolphin,piranha",
    "person": "man,woman,knight,mage,rogue,soldier,alien,mannequin,robot",
    "spacecraft": "spacecraft,spaceship,airplane,plane,private jet plane",
    "gun": "gun,pistol,revolver,rifle,blaster gun,ray gun",
    "gravestone": "gravestone grave",
    "street light": "street light,traffic light",
    "banner": "banner flag",
    "column": "column pillar",
    "truck": "truck,delivery truck,garbage truck,fire truck,bus,van,ambulance",
    "door": "door gate window",
    "building": "building,block of flats,hospital,shop",
    "burger": "burger,hamburger,bun,veggie burger",
    "plate": "plate,food,lid",
    "cactus": "cactus",
    "candle": "candle",
    "stairs": "stairs",
    "wheel": "wheel",
    "coin": "coin",
}
"""What the judge can say: the kinds of shape programs that real models show, and other things as well, so
that it has a choice to be wrong."""
PINES = re.compile(r"tree_single|trees_._|BushTree|PineTree|kenney-mini-arena/tree")
MOST = 8
"""Models of a class in one pack; kits repeat themselves."""
LEAST = 4
"""Models of a class below which it is no class."""
FOLDS = 3
VARIANTS = 6
EPOCHS = 34
BATCH = 32
SEED = 31


class Network(nn.Module):
    """pictures [b, views, CHANNELS, side, side] in 0 to 1 → scores [b, classes]; views in any order."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        widths = (CHANNELS, 24, 40, 64, 96)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 3, 2, 1), nn.GroupNorm(8, after), nn.SiLU()]
        self.read = nn.Sequential(*layers)
        self.out = nn.Sequential(nn.Dropout(0.3), nn.Linear(2 * widths[-1], classes))

    def forward(self, pictures: Tensor) -> Tensor:
        """Looks at the pictures."""
        found = self.read(pictures.flatten(0, 1)).flatten(2)
        found = torch.cat([found.mean(2), found.amax(2)], 1).unflatten(0, pictures.shape[:2])
        return self.out(found.amax(1))


@dataclass(frozen=True)
class Judge:
    """Networks, one a fold, and what they can say."""

    classes: list[str]
    networks: list[Network]
    folds: dict[str, int]
    """Fold of each pack: its network has never seen it."""

    @torch.no_grad()
    def scores(self, clouds: list[Cloud], packs: list[str | None] | None = None) -> NDArray[np.float64]:
        """Gives probabilities, [clouds, classes]; of a model of a known pack by the network that never saw
        the pack, else the mean of all.
        """
        pictures = torch.from_numpy(np.stack([pictures_of(cloud) for cloud in clouds])).float() / 255
        each = torch.stack([network(pictures).softmax(1) for network in self.networks])
        mean = each.mean(0)
        for row, pack in enumerate(packs or []):
            if pack is not None and pack in self.folds:
                mean[row] = each[self.folds[pack], row]
        return mean.double().numpy()


def class_of(model: Model3d) -> str | None:
    """Gives the class of a real model, None if it has none."""
    if LEFT_OUT.search(model.id) or (model.modular and model.category in {"architecture", "terrain"}):
        return None
    if PINES.search(model.id):
        return "pine"
    noun = noun_in(RENAMED.get(model.id, model.name), read_nouns())
    return next((name for name, nouns in TABLE.items() if noun in nouns), None)


TABLE = {
    name: {noun.strip() for noun in (words.split(",") if "," in words else words.split())}
    for name, words in CLASSES.items()
}


def fold_of(models: list[tuple[Model3d, str]]) -> dict[str, int]:
    """Deals packs to folds, the largest first, each to the smallest fold."""
    counts = Counter(model.pack for model, _ in models)
    sizes = [0] * FOLDS
    folds = {}
    for pack, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        folds[pack] = sizes.index(min(sizes))
        sizes[folds[pack]] += count
    return folds


def train(pictures: Tensor, labels: Tensor, classes: int, seed: int) -> Network:
    """Trains one network.

    pictures: [models, variants, views, CHANNELS, side, side], uint8; the first variant is the model as it is.
    """
    torch.manual_seed(seed)
    network = Network(classes)
    optimizer = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=0.05)
    counts = torch.bincount(labels, minlength=classes).clamp(min=1)
    weights = counts[labels].double() ** -0.5
    steps = EPOCHS * (len(labels) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=max(steps, 1))
    for step in range(steps):
        rows = torch.multinomial(weights, BATCH)
        chosen = torch.randint(0, pictures.shape[1], (BATCH,))
        scores = network(pictures[rows, chosen].float() / 255)
        loss = functional.cross_entropy(scores, labels[rows], label_smoothing=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 200 == 0:
            print(json.dumps({"step": step, "loss": round(loss.item(), 3)}), flush=True)
    return network.eval()


def real_models(data: Path) -> list[tuple[Model3d, str]]:
    """Gives the real models that have a class, with it: at most MOST of a class and pack, in the order of
    their ids; classes of fewer than LEAST are left out.
    """
    taken: Counter[tuple[str, str]] = Counter()
    found = []
    for model in read_models(data):
        name = class_of(model)
        if name is not None and taken[name, model.pack] < MOST:
            taken[name, model.pack] += 1
            found.append((model, name))
    counts = Counter(name for _, name in found)
    return [(model, name) for model, name in found if counts[name] >= LEAST]


def real_cloud(model: Model3d) -> Cloud:
    """Gives the cloud of a real model."""
    triangles = read_triangles(model)
    return cloud_of(triangles.positions, triangles.colours.astype(np.float64) ** 2.2, SEED)


def drawn(models: list[tuple[Model3d, str]], kept: Path) -> NDArray[np.uint8]:
    """Gives the pictures of all models and VARIANTS of each; `kept` keeps them for the next time."""
    ids = [model.id for model, _ in models]
    if kept.exists():
        with np.load(kept) as found:
            if found["ids"].tolist() == ids and found["pictures"].shape[1] == VARIANTS + 1:
                return found["pictures"]
    random = np.random.default_rng(SEED)
    pictures = []
    for model, _ in models:
        cloud = real_cloud(model)
        variants = [cloud, *(varied(cloud, random) for _ in range(VARIANTS))]
        pictures.append(np.stack([pictures_of(one) for one in variants]))
    np.savez(kept, ids=np.array(ids), pictures=np.stack(pictures))
    return np.stack(pictures)


def main() -> None:
    """Trains, says how it did, and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with index.jsonl")
    parser.add_argument("--out", type=Path, required=True, help=".safetensors")
    options = parser.parse_args()
    models = real_models(options.data)
    classes = sorted({name for _, name in models})
    folds = fold_of(models)
    pictures = torch.from_numpy(drawn(models, options.out.with_suffix(".npz")))
    labels = torch.tensor([classes.index(name) for _, name in models])
    packs = torch.tensor([folds[model.pack] for model, _ in models])
    print(f"{len(models)} models, {len(classes)} classes", flush=True)
    networks = []
    right: Counter[str] = Counter()
    third: Counter[str] = Counter()
    for fold in range(FOLDS):
        seen = packs != fold
        networks.append(train(pictures[seen], labels[seen], len(classes), SEED + fold))
        with torch.no_grad():
            scores = networks[-1](pictures[~seen][:, 0].float() / 255)
        for truth, order in zip(labels[~seen].tolist(), scores.argsort(1, descending=True), strict=True):
            right[classes[truth]] += int(order[0]) == truth
            third[classes[truth]] += truth in order[:3].tolist()
        print(json.dumps({"fold": fold, "right_so_far": sum(right.values())}), flush=True)
    counts = Counter(name for _, name in models)
    report = {
        "models": len(models),
        "classes": len(classes),
        "top1": round(sum(right.values()) / len(models), 3),
        "top3": round(sum(third.values()) / len(models), 3),
        "top1_by_class": {name: [right[name], counts[name]] for name in classes},
    }
    metadata = {"classes": classes, "folds": folds, "held_out": report}
    tensors = {
        f"{fold}.{name}": value.contiguous()
        for fold, network in enumerate(networks)
        for name, value in network.state_dict().items()
    }
    save_file(tensors, str(options.out), {"judge": json.dumps(metadata)})
    print(json.dumps(report, indent=1))


def load_judge(file: Path) -> tuple[Judge, dict]:
    """Reads a judge, and what it was right in on held-out packs."""
    with safe_open(str(file), "pt") as opened:
        metadata = json.loads((opened.metadata() or {})["judge"])
        # The opened file is no mapping: it cannot be iterated itself.
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    networks = []
    for fold in range(FOLDS):
        network = Network(len(metadata["classes"]))
        start = f"{fold}."
        network.load_state_dict(
            {name.removeprefix(start): value for name, value in tensors.items() if name.startswith(start)}
        )
        networks.append(network.eval())
    return Judge(metadata["classes"], networks, metadata["folds"]), metadata["held_out"]


if __name__ == "__main__":
    main()
