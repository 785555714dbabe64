"""The judge: two towers that bring a text and its motion together, and a head that names the action.

`python -m models.training.motion.judge --data DIR --run RUN --out JUDGE.safetensors` trains it. It is used
for evaluation only: never in training of the generator, never in the bundle. It sees no held-out group and
draws its own procedural motions.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from .block import Block
from .clips import read_clips
from .dataset import Examples, Source
from .denoiser import PATCH
from .features import GROUPS, WIDTH, WINDOW, to_features
from .model import encode
from .motion import Motion
from .retriever import Retriever
from .rows import forward
from .skeleton import FPS
from .train import actions_of

WIDTH_INSIDE, SHARED_WIDTH = 128, 96
TEMPERATURE = 0.07
SEED = 900
PROCEDURAL = 400
"""Different procedural motions that it is trained on."""


class MotionTower(nn.Module):
    """features [b, WINDOW, WIDTH], not normalised, valid [b, WINDOW] → (embedding [b, SHARED_WIDTH] of length
    1, scores [b, actions]).

    It sees speeds over the ground in the body's own directions and turn rates, not places: the same action
    elsewhere is the same.
    """

    def __init__(self, actions: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(WIDTH))
        self.register_buffer("deviation", torch.ones(WIDTH))
        self.read = nn.Linear(PATCH * WIDTH, WIDTH_INSIDE)
        self.position = nn.Parameter(torch.randn(WINDOW // PATCH, WIDTH_INSIDE) * 0.02)
        self.blocks = nn.ModuleList(Block(WIDTH_INSIDE, 4) for _ in range(2))
        self.out = nn.Linear(2 * WIDTH_INSIDE, SHARED_WIDTH)
        self.action = nn.Linear(2 * WIDTH_INSIDE, actions)

    def forward(self, features: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Encodes."""
        batch = features.shape[0]
        rows = (local(features) - self.mean) / self.deviation * valid[..., None]
        x = self.read(rows.reshape(batch, WINDOW // PATCH, -1)) + self.position
        shown = valid.reshape(batch, -1, PATCH)[..., 0]
        for block in self.blocks:
            x = block(nn.functional.dropout(x, 0.1, self.training), shown)
        real = shown[..., None]
        mean = (x * real).sum(1) / real.sum(1)
        most = (x - 1e4 * (1 - real)).amax(1)
        whole = nn.functional.dropout(torch.cat([mean, most], 1), 0.2, self.training)
        return nn.functional.normalize(self.out(whole), dim=-1), self.action(whole)


def local(features: Tensor) -> Tensor:
    """Replaces places by speeds, m/s, to the left and ahead of the body, headings by turn rates."""
    path, sine, cosine = features[..., GROUPS["path"]], features[..., 3], features[..., 4]
    step = torch.cat([path[:, 1:] - path[:, :-1], path[:, -1:] * 0], 1) * FPS
    aside = step[..., 0] * cosine - step[..., 1] * sine
    ahead = step[..., 0] * sine + step[..., 1] * cosine
    rate = torch.zeros_like(sine)
    rate[:, :-1] = (sine[:, 1:] * cosine[:, :-1] - cosine[:, 1:] * sine[:, :-1]) * FPS
    first = torch.stack([aside, ahead, features[..., 2], rate, torch.zeros_like(rate)], -1)
    return torch.cat([first.clamp(-8, 8), features[..., 5:]], -1)


@dataclass
class Judge:
    """Both towers with what they need."""

    motion: MotionTower
    text: Retriever
    tokenizer: Tokenizer
    actions: list[str]

    @torch.no_grad()
    def embed(self, motions: list[Motion]) -> tuple[np.ndarray, np.ndarray]:
        """Gives embeddings [n, SHARED_WIDTH] and scores of the actions [n, actions]; of each motion its first
        WINDOW frames.
        """
        features = torch.zeros(len(motions), WINDOW, WIDTH)
        valid = torch.zeros(len(motions), WINDOW)
        for i, motion in enumerate(motions):
            rows = forward(to_features(motion))[:WINDOW]
            features[i, : len(rows)], valid[i, : len(rows)] = torch.from_numpy(rows), 1
        embedding, scores = self.motion.eval()(features, valid)
        return embedding.numpy(), scores.numpy()

    @torch.no_grad()
    def read(self, texts: list[str]) -> np.ndarray:
        """Gives embeddings of texts."""
        return self.text.eval()(encode(self.tokenizer, texts)).numpy()


def load_judge(file: Path) -> Judge:
    """Loads a trained judge."""
    with safe_open(str(file), "pt") as stored:
        about = stored.metadata()
    weights = load_file(str(file))
    actions, tokenizer = json.loads(about["actions"]), Tokenizer.from_str(about["tokenizer"])
    judge = Judge(MotionTower(len(actions)), Retriever(out=SHARED_WIDTH), tokenizer, actions)
    judge.motion.load_state_dict(_below(weights, "motion."))
    judge.text.load_state_dict(_below(weights, "text."))
    return judge


def _below(weights: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}


def _step(judge: Judge, batch: Examples, numbers: dict[str, int]) -> tuple[Tensor, float]:
    valid = torch.from_numpy((np.arange(WINDOW)[None] < batch.frames[:, None]).astype(np.float32))
    features = torch.from_numpy(batch.features)
    labels = torch.tensor([numbers.get(action, -1) for action in batch.actions])
    embedding, scores = judge.motion(features, valid)
    loss = nn.functional.cross_entropy(scores, labels, ignore_index=-1, label_smoothing=0.05)
    said = torch.tensor([bool(text) for text in batch.texts])
    near = judge.text(encode(judge.tokenizer, batch.texts)) @ embedding.T / TEMPERATURE
    # Texts that are alike belong to each other's motions as well.
    alike = torch.tensor([[a == b for b in batch.texts] for a in batch.texts])
    near = (near - 1e4 * (alike & ~torch.eye(len(said), dtype=torch.bool)).float())[said][:, said]
    target = torch.arange(int(said.sum()))
    loss = loss + 0.5 * (
        nn.functional.cross_entropy(near, target) + nn.functional.cross_entropy(near.T, target)
    )
    return loss, float((near.argmax(1) == target).float().mean())


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True, help="for its tokenizer.json")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch", type=int, default=48)
    args = parser.parse_args()
    clips = [clip for clip in read_clips(args.data) if not clip.held_out]
    source = Source(clips, SEED, min(PROCEDURAL, 20 * args.steps))
    actions = actions_of(source)
    numbers = {action: number for number, action in enumerate(actions)}
    torch.manual_seed(SEED)
    tokenizer = Tokenizer.from_file(str(args.run / "tokenizer.json"))
    judge = Judge(MotionTower(len(actions)), Retriever(out=SHARED_WIDTH), tokenizer, actions)
    sample = source.batch(np.random.default_rng(SEED), 128)
    rows = local(torch.from_numpy(sample.features)).numpy()
    rows = np.concatenate([one[:count] for one, count in zip(rows, sample.frames, strict=True)])
    judge.motion.mean[:] = torch.from_numpy(rows.mean(0))
    judge.motion.deviation[:] = torch.from_numpy(np.maximum(rows.std(0), 0.1))
    weights = [*judge.motion.parameters(), *judge.text.parameters()]
    optimizer = torch.optim.AdamW(weights, 1e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, args.steps, pct_start=0.1)
    for step in range(args.steps):
        loss, hits = _step(judge, source.batch(np.random.default_rng([SEED, step]), args.batch), numbers)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            print(step, round(float(loss.detach()), 3), round(hits, 2), flush=True)
    state = {f"motion.{name}": value for name, value in judge.motion.state_dict().items()}
    state |= {f"text.{name}": value for name, value in judge.text.state_dict().items()}
    about = {"actions": json.dumps(actions), "tokenizer": tokenizer.to_str()}
    save_file({name: value.contiguous() for name, value in state.items()}, args.out, about)


if __name__ == "__main__":
    main()
