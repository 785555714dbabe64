"""A small classifier of looks and times of day, trained on real renders only; its features measure distances
between pictures.

`python -m models.training.image.features --data DIR --rendered DIR --out FILE` trains it in a few minutes. It
is used by
evaluate.py alone and ships in no bundle. Perceptual networks that others trained are left out: their data is
not ours to name.
"""

from __future__ import annotations

import argparse
import json
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from .data import Shards
from .render import CHANNELS
from .tokenizer import make_tokenizer, vocabulary
from .words import LOOKS, TIMES


class Classifier(nn.Module):
    """picture [b, 3, h, w] in 0 to 1 → logits of LOOKS and TIMES; four levels of features on the way."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 24, 48, 96, 128)
        self.layers = nn.ModuleList(
            nn.Conv2d(a, b, 5 if a == 3 else 3, stride=2, padding=2 if a == 3 else 1)
            for a, b in pairwise(widths)
        )
        self.norms = nn.ModuleList(nn.GroupNorm(8, width) for width in widths[1:])
        self.look = nn.Linear(2 * widths[-1], len(LOOKS))
        self.time = nn.Linear(2 * widths[-1], len(TIMES))

    def levels(self, picture: Tensor) -> list[Tensor]:
        """Gives the feature maps at a quarter to a thirty-second of the resolution."""
        x, found = F.avg_pool2d(picture, 2) * 2 - 1, []
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = F.silu(norm(layer(x)))
            found.append(x)
        return found

    def pooled(self, picture: Tensor) -> Tensor:
        """Gives mean and deviation of the last level, [b, 256]: the space of the kernel distance."""
        last = self.levels(picture)[-1]
        return torch.cat([last.mean((2, 3)), last.std((2, 3))], 1)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Classifies."""
        pooled = self.pooled(picture)
        return self.look(pooled), self.time(pooled)


def perceptual_distance(classifier: Classifier, one: Tensor, other: Tensor) -> Tensor:
    """Gives [b]: mean squared difference of channel-normalised features, summed over the levels (as
    LPIPS, unweighted).
    """
    total = torch.zeros(len(one))
    for a, b in zip(classifier.levels(one), classifier.levels(other), strict=True):
        a, b = (x / (x.square().sum(1, keepdim=True).sqrt() + 1e-6) for x in (a, b))
        total = total + (a - b).square().sum(1).mean((1, 2))
    return total


def kernel_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Gives the unbiased squared MMD of two sets of features [n, d], [m, d] with the cubic kernel of KID."""
    width = one.shape[1]

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (a @ b.T / width + 1) ** 3

    n, m = len(one), len(other)
    same = (kernel(one, one).sum() - np.trace(kernel(one, one))) / (n * (n - 1))
    also = (kernel(other, other).sum() - np.trace(kernel(other, other))) / (m * (m - 1))
    return float(same + also - 2 * kernel(one, other).mean())


def load_classifier(file: Path) -> Classifier:
    """Loads a trained classifier."""
    classifier = Classifier()
    classifier.load_state_dict(load_file(file))
    return classifier.eval()


def real_pictures(shards: Shards, numbers: np.ndarray, first: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Gives renders [b, 3, h, w] in 0 to 1 with the numbers of their look and time; first: anime, else
    the second look.
    """
    channels = CHANNELS["picture" if first else "second"]
    pictures = torch.from_numpy(np.stack([shards.planes(int(n))[channels] for n in numbers])).float() / 255
    records = [shards.records[int(n)] for n in numbers]
    looks = torch.tensor([LOOKS.index("anime" if first else record["second"]) for record in records])
    return pictures, looks, torch.tensor([TIMES.index(record["time"]) for record in records])


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rendered", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=5)
    args = parser.parse_args()
    torch.manual_seed(0)
    shards = Shards(args.rendered / "train", make_tokenizer(vocabulary(args.data)))
    classifier, rng = Classifier(), np.random.default_rng(0)
    optimizer = torch.optim.AdamW(classifier.parameters(), 2e-3)
    start, step = time.time(), 0
    while (elapsed := time.time() - start) < args.minutes * 60:
        for group in optimizer.param_groups:
            group["lr"] = 2e-3 * (1 - elapsed / (args.minutes * 60)) + 2e-5
        pictures, looks, times = real_pictures(shards, rng.integers(len(shards), size=16), bool(step % 2))
        if rng.random() < 0.5:
            pictures = pictures.flip(3)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            look, day = classifier(pictures)
        look, day = look.float(), day.float()
        loss = F.cross_entropy(look, looks) + F.cross_entropy(day, times)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        if step % 50 == 0:
            print(
                json.dumps({"step": step, "seconds": round(elapsed), "loss": round(loss.item(), 4)}),
                flush=True,
            )
    save_file(classifier.state_dict(), args.out)


if __name__ == "__main__":
    main()
