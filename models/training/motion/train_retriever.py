"""Trains the retriever: `python -m models.training.motion.train_retriever --data DIR --run RUN`.

Wordings of the same motion come together, and with the gist of the motion (goals.gist: how fast, which way,
which turn, which pose), so that side, direction and speed tell motions apart; the mirrored motion with its
mirrored words stands in every batch as the nearest mistake. Writes RUN/retriever.safetensors.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from .clips import read_clips
from .dataset import Source, Take
from .features import WINDOW
from .goals import GIST_WIDTH, Goals, gist
from .model import encode
from .motion import mirrored_words
from .retriever import RETRIEVER_WIDTH, Retriever
from .rows import mirrored
from .thesaurus import reworded
from .train import actions_of

TEMPERATURE = 0.06
SEED = 300
PROCEDURAL = 600


class MotionGist(nn.Module):
    """Brings the gist of a motion into the retriever's space."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(GIST_WIDTH, 192), nn.SiLU(), nn.Dropout(0.1), nn.Linear(192, RETRIEVER_WIDTH)
        )

    def forward(self, gists: Tensor) -> Tensor:
        """Gives unit vectors."""
        return nn.functional.normalize(self.layers(gists), dim=-1)


class Pairs:
    """Draws motions with two wordings each, and keeps their gists."""

    def __init__(self, source: Source, mean: Tensor, deviation: Tensor) -> None:
        self.source, self.mean, self.deviation = source, mean, deviation
        self.gists: dict[tuple, Tensor] = {}

    def draw(self, rng: np.random.Generator, count: int) -> list[tuple[Take, str, str, Tensor]]:
        """Gives motion, two wordings and gist; one whose words have a side comes with its mirror image."""
        found: list[tuple[Take, str, str, Tensor]] = []
        while len(found) < count:
            key, mirror = self.source.pick(rng), bool(rng.random() < 0.5)
            take = self.source.take(*key)
            a, b = (str(rng.choice(take.captions)) for _ in range(2))
            sided = mirrored_words(a) != a
            for flipped in (mirror, not mirror) if sided else (mirror,):
                said = [mirrored_words(text) if flipped else text for text in (a, b)]
                one, other = (reworded(text, rng) for text in said)
                found.append((take, one, other, self._gist(key, flipped)))
        return found[:count]

    def _gist(self, key: tuple, flipped: bool) -> Tensor:
        if (key, flipped) not in self.gists:
            rows = self.source.take(*key).rows[:WINDOW]
            features = torch.from_numpy(mirrored(rows) if flipped else rows)[None]
            clean = (features - self.mean) / self.deviation
            self.gists[key, flipped] = gist(clean, features, torch.ones(1, len(rows)))[0]
        return self.gists[key, flipped]


def _contrast(one: Tensor, other: Tensor, same: Tensor) -> Tensor:
    """Gives the symmetric loss; same [n, n]: pairs that belong together although they are not neighbours."""
    near = one @ other.T / TEMPERATURE
    near = near - 1e4 * (same & ~torch.eye(len(same), dtype=torch.bool)).float()
    target = torch.arange(len(near))
    return (nn.functional.cross_entropy(near, target) + nn.functional.cross_entropy(near.T, target)) / 2


def load_retriever(file: Path) -> Retriever:
    """Loads a trained retriever."""
    retriever = Retriever()
    retriever.load_state_dict(load_file(str(file)))
    return retriever.eval()


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True, help="with tokenizer.json and ema.safetensors")
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--batch", type=int, default=64)
    args = parser.parse_args()
    clips = [clip for clip in read_clips(args.data) if not clip.held_out]
    source = Source(clips, SEED, min(PROCEDURAL, 20 * args.steps))
    tokenizer = Tokenizer.from_file(str(args.run / "tokenizer.json"))
    numbers = load_file(str(args.run / "ema.safetensors"))
    pairs = Pairs(source, numbers["mean"], numbers["deviation"])
    torch.manual_seed(SEED)
    retriever, motions = Retriever(), MotionGist()
    goals = Goals(actions_of(source), RETRIEVER_WIDTH)
    weights = [*retriever.parameters(), *motions.parameters(), *goals.parameters()]
    optimizer = torch.optim.AdamW(weights, 1.5e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.5e-3, args.steps, pct_start=0.1)
    for step in range(args.steps):
        rng = np.random.default_rng([SEED, step])
        found = pairs.draw(rng, args.batch)
        takes, wanted = [pair[0] for pair in found], torch.stack([pair[3] for pair in found])
        a, b = (retriever(encode(tokenizer, [pair[side] for pair in found])) for side in (1, 2))
        sources = [(pair[0].source, mirrored_words(pair[1]) == pair[1]) for pair in found]
        same = torch.tensor([[x == y and x[1] for y in sources] for x in sources])
        texts = torch.tensor([[x[1] == y[1] for y in found] for x in found])
        parts = goals.loss(a, [pair[1] for pair in found], [take.action for take in takes], wanted)
        loss = _contrast(a, b, same | texts) + 0.5 * _contrast(a, motions(wanted), same | texts)
        loss = loss + sum(parts.values())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            print(
                step,
                round(float(loss.detach()), 3),
                {k: round(v.item(), 3) for k, v in parts.items()},
                flush=True,
            )
    state = {name: value.contiguous() for name, value in retriever.state_dict().items()}
    save_file(state, str(args.run / "retriever.safetensors"))


if __name__ == "__main__":
    main()
