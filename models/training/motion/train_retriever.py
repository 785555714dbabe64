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
from .features import WIDTH, WINDOW
from .goals import GIST_WIDTH, Goals, gist
from .model import encode
from .motion import mirrored_words
from .retriever import RETRIEVER_WIDTH, Retriever
from .rows import mirrored
from .thesaurus import varied
from .train import actions_of

TEMPERATURE = 0.06
SEED = 300
PROCEDURAL = 1500
OTHER_WORDS = 0.4
"""Share of words that are exchanged by the thesaurus."""


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


def _pairs(source: Source, rng: np.random.Generator, count: int) -> list[tuple[Take, str, str]]:
    """Draws motions with two wordings each; every other one is the one before, mirrored, if words say so."""
    found: list[tuple[Take, str, str]] = []
    while len(found) < count:
        take = source.draw(rng)
        a, b = (str(rng.choice(take.captions)) for _ in range(2))
        found.append((take, varied(a, rng, OTHER_WORDS), varied(b, rng, OTHER_WORDS)))
        other = mirrored_words(a)
        if other != a and len(found) < count:
            twin = Take(mirrored(take.rows), (), take.action, take.source, take.group)
            found.append((twin, varied(other, rng, OTHER_WORDS), varied(mirrored_words(b), rng, OTHER_WORDS)))
    return found


def _gists(takes: list[Take], mean: Tensor, deviation: Tensor) -> Tensor:
    features, valid = torch.zeros(len(takes), WINDOW, WIDTH), torch.zeros(len(takes), WINDOW)
    for i, take in enumerate(takes):
        rows = take.rows[:WINDOW]
        features[i, : len(rows)], valid[i, : len(rows)] = torch.from_numpy(rows), 1
    return gist((features - mean) / deviation, features, valid)


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
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=64)
    args = parser.parse_args()
    clips = [clip for clip in read_clips(args.data) if not clip.held_out]
    source = Source(clips, SEED, min(PROCEDURAL, 20 * args.steps))
    tokenizer = Tokenizer.from_file(str(args.run / "tokenizer.json"))
    numbers = load_file(str(args.run / "ema.safetensors"))
    torch.manual_seed(SEED)
    retriever, motions = Retriever(), MotionGist()
    goals = Goals(actions_of(source), RETRIEVER_WIDTH)
    weights = [*retriever.parameters(), *motions.parameters(), *goals.parameters()]
    optimizer = torch.optim.AdamW(weights, 1.5e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.5e-3, args.steps, pct_start=0.1)
    for step in range(args.steps):
        rng = np.random.default_rng([SEED, step])
        found = _pairs(source, rng, args.batch)
        takes = [take for take, _, _ in found]
        wanted = _gists(takes, numbers["mean"], numbers["deviation"])
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
