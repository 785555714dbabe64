"""Trains the model: `python -m models.training.motion.train --data DIR --out DIR --minutes M`.

DIR of --data holds recorded clips (clips.py). Goes on where the last checkpoint in --out stopped. Writes
log.jsonl, samples-*.png (fixed prompts, fixed seed), tokenizer.json, checkpoint.pt (to go on) and
ema.safetensors (to export).
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

from models.training.schedule import rate_share, schedule_seconds

from .clips import read_clips
from .dataset import Examples, Source
from .diffusion import TIMESTEPS, loss
from .features import WINDOW, from_features
from .goals import Goals, gist
from .model import StarterMotion, encode
from .procedural.generator import generate
from .sheet import sheet
from .statistics import measures
from .text import make_tokenizer

EMA_HALF_LIFE_STEPS = 150
PROMPTS = (
    "a person walks forward",
    "a person walks slowly in a circle to the left",
    "someone runs forward fast",
    "a person turns around on the spot to the right",
    "a man waves with the right hand",
    "a person sits down on a chair, then stands up",
    "someone jumps forward twice",
    "a person kicks high with the left leg",
    "a person dances salsa",
    "a person walks backward, then crouches down",
    "someone throws a ball with the right hand",
    "a person does squats",
)
"""Of the sample sheets, always seed 0."""
SAMPLE_FRAMES = 100


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument(
        "--total-minutes",
        type=float,
        default=0,
        help="of the schedule with earlier runs; default: to the end",
    )
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=8e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--generated", type=int, default=4000, help="different motions of the generator")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    clips = read_clips(args.data)
    source = Source([clip for clip in clips if not clip.held_out], args.seed + 1, args.generated)
    held_out = Source([clip for clip in clips if clip.held_out], args.seed + 2, 200)
    tokenizer = _tokenizer(args.out / "tokenizer.json", source)
    torch.manual_seed(args.seed)
    model = StarterMotion(*_statistics(source))
    ema = copy.deepcopy(model).eval()
    goals = Goals(actions_of(source))
    trained = [*model.parameters(), *goals.parameters()]
    optimizer = torch.optim.AdamW(trained, args.rate, betas=(0.9, 0.99), weight_decay=0.02)
    state, checkpoint = {"step": 0, "seconds": 0.0}, args.out / "checkpoint.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        ema.load_state_dict(saved["ema"])
        goals.load_state_dict(saved["goals"])
        optimizer.load_state_dict(saved["optimizer"])
        state = saved["state"]
    weights = sum(p.numel() for p in model.parameters())
    print(f"{weights / 1e6:.2f} M weights, {len(clips)} clips, {state}", flush=True)
    start, before = time.time(), state["seconds"]
    total = schedule_seconds(before, args.minutes, args.total_minutes)
    next_log, next_save, parts = 0.0, 420.0, []
    with (args.out / "log.jsonl").open("a") as log:

        def write(line: dict) -> None:
            log.write(json.dumps(line) + "\n")
            log.flush()
            print(line, flush=True)

        def save() -> None:
            _save(args.out, model, goals, ema, optimizer, state)
            write({"step": state["step"], **_judge(ema, goals, tokenizer, held_out)})
            _samples(ema, tokenizer, args.out / f"samples-{state['step']:06d}.png")

        while (elapsed := time.time() - start) < args.minutes * 60:
            share = rate_share(state["step"], before + elapsed, total, warm_up=200, fall=0.4)
            for group in optimizer.param_groups:
                group["lr"] = args.rate * share
            rng = np.random.default_rng([args.seed, state["step"]])
            batch = source.batch(rng, args.batch)
            parts.append(_step(model, goals, optimizer, batch, tokenizer, state["step"]))
            state = {"step": state["step"] + 1, "seconds": before + time.time() - start}
            decay = min(0.5 ** (1 / EMA_HALF_LIFE_STEPS), (1 + state["step"]) / (10 + state["step"]))
            with torch.no_grad():
                for slow, fast in zip(ema.parameters(), model.parameters(), strict=True):
                    slow.lerp_(fast, 1 - decay)
            if elapsed > next_log:
                means = {name: round(float(np.mean([p[name] for p in parts])), 4) for name in parts[0]}
                write({"step": state["step"], "seconds": round(state["seconds"]), **means})
                parts, next_log = [], elapsed + 30
            if elapsed > next_save:
                save()
                next_save = elapsed + 420
        save()


def actions_of(source: Source) -> list[str]:
    """Gives the action classes of recorded and generated motions, sorted."""
    made = {source.take("", number).action for number in range(min(source.made, 400))}
    return sorted({*source.actions, *made} - {"composed"})


def _tensors(batch: Examples, tokenizer: Tokenizer) -> tuple[torch.Tensor, ...]:
    valid = (np.arange(WINDOW)[None] < batch.frames[:, None]).astype(np.float32)
    return (
        torch.from_numpy(batch.features),
        torch.from_numpy(valid),
        torch.from_numpy(batch.given.astype(np.float32)),
        encode(tokenizer, batch.texts),
    )


def _parts(
    model: StarterMotion, goals: Goals, batch: Examples, tokenizer: Tokenizer, generator: torch.Generator
) -> dict[str, torch.Tensor]:
    features, valid, given, ids = _tensors(batch, tokenizer)
    # More of the high noise levels, where the words decide what it becomes.
    share = torch.rand(len(features), generator=generator) ** 0.75
    timestep = (share * TIMESTEPS).long().clamp(max=TIMESTEPS - 1)
    clean, sample = model.noised(features, timestep, torch.randn(features.shape, generator=generator))
    # What little noise leaves is small and decides how still and how clean it looks.
    importance = (1.1 - model.alphas[timestep]).rsqrt()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        text = model.text(ids)
        found = model.denoiser(sample, timestep, text, clean, given, valid)
    wanted = goals.loss(text.float(), batch.texts, batch.actions, gist(clean, features, valid))
    parts = loss(found.float() * model.deviation + model.mean, features, model.deviation, valid, importance)
    return {**parts, **wanted}


def _step(
    model: StarterMotion,
    goals: Goals,
    optimizer: torch.optim.Optimizer,
    batch: Examples,
    tokenizer: Tokenizer,
    step: int,
) -> dict[str, float]:
    model.train()
    parts = _parts(model, goals, batch, tokenizer, torch.Generator().manual_seed(step))
    optimizer.zero_grad(set_to_none=True)
    sum(parts.values()).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return {name: value.item() for name, value in parts.items()}


def _judge(ema: StarterMotion, goals: Goals, tokenizer: Tokenizer, held_out: Source) -> dict[str, float]:
    """Gives the loss on held-out motions, and skate and jerk of samples beside those of the held-out
    motions.
    """
    rng = np.random.default_rng(7)
    with torch.no_grad():
        parts = _parts(ema, goals, held_out.batch(rng, 64), tokenizer, torch.Generator().manual_seed(1))
    made = ema.sample(encode(tokenizer, list(PROMPTS)), SAMPLE_FRAMES, 0)
    real = [from_features(held_out.draw(rng).rows) for _ in range(24)]
    result = {f"held_out_{name}": round(value.item(), 4) for name, value in parts.items()}
    for name, motions in (("made", made), ("real", [m for m in real if len(m) > 8])):
        found = [measures(motion) for motion in motions]
        for what in ("skate", "jerk", "lowest"):
            result[f"{what}_{name}"] = round(float(np.mean([one[what] for one in found])), 3)
    return result


def _samples(ema: StarterMotion, tokenizer: Tokenizer, file: Path) -> None:
    made = ema.sample(encode(tokenizer, list(PROMPTS)), SAMPLE_FRAMES, 0)
    sheet(list(zip(PROMPTS, made, strict=True)), file)


def _tokenizer(file: Path, source: Source) -> Tokenizer:
    if file.exists():
        return Tokenizer.from_file(str(file))
    recorded = [caption for motions in source.by_action.values() for m in motions for caption in m.captions]
    made = [caption for number in range(600) for caption in generate(source.seed, number).captions]
    tokenizer = make_tokenizer(recorded + made)
    tokenizer.save(str(file))
    return tokenizer


def _statistics(source: Source) -> tuple[np.ndarray, np.ndarray]:
    """Gives mean and deviation of each column over 256 examples; six numbers and flags keep at least a
    tenth.
    """
    batch = source.batch(np.random.default_rng(5), 256)
    rows = np.concatenate([one[:count] for one, count in zip(batch.features, batch.frames, strict=True)])
    return rows.mean(0), np.maximum(rows.std(0), 0.1)


def _save(
    out: Path,
    model: StarterMotion,
    goals: Goals,
    ema: StarterMotion,
    optimizer: torch.optim.Optimizer,
    state: dict,
) -> None:
    partial = out / "checkpoint.partial"
    parts = {"model": model, "goals": goals, "ema": ema, "optimizer": optimizer}
    torch.save({**{name: part.state_dict() for name, part in parts.items()}, "state": state}, partial)
    os.replace(partial, out / "checkpoint.pt")
    save_file({name: value.contiguous() for name, value in ema.state_dict().items()}, out / "ema.safetensors")


if __name__ == "__main__":
    main()
