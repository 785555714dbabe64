"""Trains text encoder and denoiser: `python -m models.training.mesh.train --run RUN --minutes M`.

RUN is encode.py's --out. Goes on where the last checkpoint stopped. Writes log.jsonl, tokenizer.json,
checkpoint.pt (to go on), ema.safetensors (to export) and, once train_decoder.py has written a decoder,
samples-*.png (fixed prompts, fixed seed).
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor

from models.training.schedule import rate_share, schedule_seconds

from .denoiser import TIMESTEPS
from .encode import read_examples
from .goals import Goals
from .model import StarterMesh
from .text import encode, make_tokenizer

EMA_HALF_LIFE_STEPS = 120
UNSAID_SHARE = 0.12
"""How often the text is left out, for classifier-free guidance."""
NOUN_SHARE = 0.08
"""How often it is the noun alone."""
PROMPTS = (
    "a red wooden chair",
    "a tall blue chair with arms",
    "a round oak table",
    "a green car",
    "a small house with a red roof",
    "a tree",
    "a pine tree",
    "a wooden barrel",
    "a treasure chest",
    "a long sword",
    "a round shield",
    "a yellow sofa",
    "a cactus",
    "a spaceship",
    "a rock",
    "a teal vase",
    "a double bed",
    "a stone tower",
    "a pink mushroom",
    "a wooden boat",
    "a dog",
    "a burger",
    "a purple crate",
    "a lamp with a white shade",
)
"""Of the sample sheets, always seed 0."""
SHEET = 18
"""How many of them the sheets of training show."""


@dataclass(frozen=True)
class Batch:
    """One batch."""

    latents: Tensor
    """[b, TOKENS, CHANNELS]."""
    ids: Tensor
    """[b, tokens]."""
    said: Tensor
    """[b], 0 where the text is left out."""
    nouns: list[str]
    gist: Tensor
    """[b, GIST_WIDTH]."""


class Source:
    """Draws examples by their weights."""

    def __init__(self, run: Path, tokenizer: Tokenizer, held_out: bool) -> None:
        self.tokenizer = tokenizer
        self.examples = read_examples(run)
        self.latents = np.load(run / "latents.npy", mmap_mode="r")
        self.rows = [k for k, one in enumerate(self.examples) if one["held_out"] == held_out]
        weights = np.array([self.examples[k]["weight"] for k in self.rows])
        self.weights = weights / weights.sum()

    def batch(self, rng: np.random.Generator, count: int) -> Batch:
        """Draws a batch."""
        chosen = [self.rows[k] for k in rng.choice(len(self.rows), count, p=self.weights)]
        examples = [self.examples[k] for k in chosen]
        texts = [self._text(one, rng) for one in examples]
        return Batch(
            torch.from_numpy(self.latents[chosen].astype(np.float32)),
            encode(self.tokenizer, texts),
            torch.tensor([float(bool(text)) for text in texts]),
            [one["noun"] for one in examples],
            torch.tensor([one["gist"] for one in examples]),
        )

    def _text(self, example: dict, rng: np.random.Generator) -> str:
        kind = rng.random()
        if kind < UNSAID_SHARE:
            return ""
        if kind < UNSAID_SHARE + NOUN_SHARE:
            return str(rng.choice([f"a {example['noun']}", example["noun"]]))
        return str(rng.choice(example["captions"]))


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument(
        "--total-minutes",
        type=float,
        default=0,
        help="of the schedule with earlier runs; default: to the end",
    )
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    tokenizer = _tokenizer(args.run)
    source, held_out = (Source(args.run, tokenizer, held) for held in (False, True))
    torch.manual_seed(args.seed)
    model = StarterMesh()
    ema = copy.deepcopy(model).eval()
    goals = Goals(_nouns(args.run, source))
    trained = [*model.parameters(), *goals.parameters()]
    optimizer = torch.optim.AdamW(trained, args.rate, betas=(0.9, 0.98), weight_decay=0.02)
    parts = {"model": model, "goals": goals, "ema": ema, "optimizer": optimizer}
    state = {"step": 0, "seconds": 0.0}
    if (args.run / "checkpoint.pt").exists():
        saved = torch.load(args.run / "checkpoint.pt", weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(saved[name])
        state = saved["state"]
    weights = sum(p.numel() for p in model.parameters())
    print(f"{weights / 1e6:.2f} M weights, {len(source.rows)} examples, {state}", flush=True)
    start, before = time.time(), state["seconds"]
    total = schedule_seconds(before, args.minutes, args.total_minutes)
    next_log, next_save, losses = 30.0, 600.0, []
    with (args.run / "log.jsonl").open("a") as log:

        def write(line: dict) -> None:
            log.write(json.dumps(line) + "\n")
            log.flush()
            print(line, flush=True)

        def save() -> None:
            partial = args.run / "checkpoint.partial"
            torch.save({**{name: part.state_dict() for name, part in parts.items()}, "state": state}, partial)
            partial.replace(args.run / "checkpoint.pt")
            tensors = {name: value.contiguous() for name, value in ema.state_dict().items()}
            save_file(tensors, args.run / "ema.safetensors")
            with torch.no_grad():
                batch = held_out.batch(np.random.default_rng(7), 64)
                found = _losses(ema, goals, batch, torch.Generator().manual_seed(1))
            means = {f"held_out_{name}": round(value.item(), 4) for name, value in found.items()}
            write({"step": state["step"], **means})
            _samples(ema, tokenizer, args.run, state["step"])

        while (elapsed := time.time() - start) < args.minutes * 60:
            share = rate_share(state["step"], before + elapsed, total, warm_up=100, fall=0.4)
            for group in optimizer.param_groups:
                group["lr"] = args.rate * share
            batch = source.batch(np.random.default_rng([args.seed, state["step"]]), args.batch)
            found = _losses(model, goals, batch, torch.Generator().manual_seed(state["step"]))
            optimizer.zero_grad(set_to_none=True)
            sum(found.values()).backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            losses.append({name: value.item() for name, value in found.items()})
            state = {"step": state["step"] + 1, "seconds": before + time.time() - start}
            decay = min(0.5 ** (1 / EMA_HALF_LIFE_STEPS), (1 + state["step"]) / (10 + state["step"]))
            with torch.no_grad():
                for slow, fast in zip(ema.parameters(), model.parameters(), strict=True):
                    slow.lerp_(fast, 1 - decay)
            if elapsed > next_log:
                means = {name: round(float(np.mean([p[name] for p in losses])), 4) for name in losses[0]}
                write({"step": state["step"], "seconds": round(state["seconds"]), **means})
                losses, next_log = [], elapsed + 30
            if elapsed > next_save:
                save()
                next_save = elapsed + 600
        save()


def _losses(model: StarterMesh, goals: Goals, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
    clean = batch.latents
    # Logit-normal noise levels (Stable Diffusion 3, Esser et al. 2024, section 3.1).
    sigma = torch.sigmoid(torch.randn(len(clean), generator=generator) * 1.1 + 0.2)
    noise = torch.randn(clean.shape, generator=generator)
    sample = torch.lerp(clean, noise, sigma[:, None, None])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        context = model.text_encoder(batch.ids)
        velocity = model.denoiser(sample, sigma * TIMESTEPS, context)
    wrong = (velocity.float() - (noise - clean)).square().mean()
    return {"velocity": wrong, **goals.loss(context.float(), batch.said, batch.nouns, batch.gist)}


def _samples(ema: StarterMesh, tokenizer: Tokenizer, run: Path, step: int) -> None:
    if not (run / "decoder.safetensors").exists():
        return
    from .sheet import sheet
    from .train_decoder import load_decoder

    latents = ema.sample(tokenizer, list(PROMPTS[:SHEET]), steps=12)
    sheet(load_decoder(run), list(zip(PROMPTS, latents, strict=False)), run / f"samples-{step:06d}.png")


def _tokenizer(run: Path) -> Tokenizer:
    file = run / "tokenizer.json"
    if not file.exists():
        captions = [caption for one in read_examples(run) for caption in one["captions"]]
        make_tokenizer(captions).save(str(file))
    return Tokenizer.from_file(str(file))


def _nouns(run: Path, source: Source) -> list[str]:
    """Gives the nouns that the goals know, in the order in which they were first met."""
    file = run / "nouns.json"
    if not file.exists():
        file.write_text(json.dumps(sorted({one["noun"] for one in source.examples})))
    return json.loads(file.read_text())


if __name__ == "__main__":
    main()
