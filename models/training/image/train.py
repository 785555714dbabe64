"""Trains the model: `python -m models.training.image.train --data DIR --rendered DIR --out DIR --minutes M`.

DIR of --data holds the 3D models (only their names are read, for the vocabulary); --rendered holds `train/`
and `held-out/` as
render.py wrote them. Goes on where the last checkpoint in --out stopped. Writes log.jsonl, samples-*.png,
checkpoint.pt (to go
on) and ema.safetensors (to export).
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
from torch import Tensor
from torch.nn import functional as F

from models.training.schedule import rate_share, schedule_seconds

from .baselines import flat_fill, tone_ramp
from .data import Batch, Shards
from .model import StarterImage
from .sheet import training_sheet
from .tokenizer import make_tokenizer, vocabulary

EMA_HALF_LIFE_STEPS = 250
ALPHAS = torch.cumprod(1 - torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2, 0)
"""ᾱ of the `scaled_linear` schedule of bundle.json."""
MIXED_SHARE = 0.06
"""Share of batches that start from a partly noised picture, so that more than one step does no harm."""

VALIDATED = 12
"""Held-out pictures that the learning curve is measured on."""
LARGE_SHARE = 0.25
"""Share of batches with half as many crops that are 64 pixels larger: more of the picture at a time."""


def picture_loss(output: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Gives the loss and plain L1 in 0 to 1: L1, L1 of neighbouring differences (edges), L1 of 4 x 4
    means (colour).
    """
    output = output.float()
    difference = output - target
    plain = difference.abs().mean()
    edges = (difference[..., 1:] - difference[..., :-1]).abs().mean() + (
        difference[..., 1:, :] - difference[..., :-1, :]
    ).abs().mean()
    return plain + 0.4 * edges + 0.5 * F.avg_pool2d(difference, 4).abs().mean(), plain


def validate(model: StarterImage, shards: Shards, count: int) -> dict[str, float]:
    """Gives L1 to the held-out anime pictures beside the baselines'."""
    totals = {"model": 0.0, "no_light": 0.0, "tone_ramp": 0.0, "flat_fill": 0.0}
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for number in range(count):
            batch = shards.exact(number, "anime")
            target = batch.target[0].numpy()
            planes = shards.planes(number).astype(np.float32) / 255
            pictures = {
                "model": model(batch)[0].float().clamp(0, 1).numpy(),
                "no_light": model(shards.exact(number, "anime", drop=("light",)))[0]
                .float()
                .clamp(0, 1)
                .numpy(),
                "tone_ramp": tone_ramp(planes, batch.records[0]),
                "flat_fill": flat_fill(planes, batch.records[0]),
            }
            for name, picture in pictures.items():
                totals[name] += float(np.abs(picture - target).mean()) / count
    return {name: round(value, 5) for name, value in totals.items()}


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rendered", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument(
        "--total-minutes",
        type=float,
        default=0,
        help="of the schedule with earlier runs; default: to the end",
    )
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--crop", type=int, default=96, help="pixels, a multiple of 32")
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    words = vocabulary(args.data)
    (args.out / "words.json").write_text(json.dumps(words))
    tokenizer = make_tokenizer(words)
    shards, held_out = (
        Shards(args.rendered / "train", tokenizer),
        Shards(args.rendered / "held-out", tokenizer),
    )
    torch.manual_seed(args.seed)
    model = StarterImage(words).to(memory_format=torch.channels_last)
    ema = copy.deepcopy(model)
    named = dict(model.named_parameters())
    palette = [named.pop(f"unet.composite.{name}") for name in ("palette", "styles")]
    groups = [
        {"params": list(named.values()), "scale": 1.0},
        {"params": palette, "scale": 5.0, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, args.rate, betas=(0.9, 0.98), weight_decay=0.01)
    state = {"step": 0, "seconds": 0.0, "crops": 0}
    checkpoint = args.out / "checkpoint.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        ema.load_state_dict(saved["ema"])
        optimizer.load_state_dict(saved["optimizer"])
        state = saved["state"]
    print(
        f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters,",
        f"{len(shards)} pictures, {state}",
        flush=True,
    )
    start, before = time.time(), state["seconds"]
    total = schedule_seconds(before, args.minutes, args.total_minutes)
    next_log, next_save, losses = 0.0, 240.0, []
    with (args.out / "log.jsonl").open("a") as log:
        if state["step"] == 0:  # the formulas alone: what training has to improve
            log.write(json.dumps({"step": 0, "held_out_l1": validate(ema, held_out, VALIDATED)}) + "\n")
        while (elapsed := time.time() - start) < args.minutes * 60:
            share = rate_share(state["step"], before + elapsed, total, warm_up=100, fall=0.45)
            for group in optimizer.param_groups:
                group["lr"] = args.rate * group["scale"] * share
            rng = np.random.default_rng([args.seed, state["step"]])
            large = rng.random() < LARGE_SHARE
            count, crop = (max(args.batch // 2, 1), args.crop + 64) if large else (args.batch, args.crop)
            losses.append(_step(model, optimizer, shards.training_batch(rng, count, crop), rng))
            state = {
                "step": state["step"] + 1,
                "seconds": before + time.time() - start,
                "crops": state["crops"] + count,
            }
            decay = min(0.5 ** (1 / EMA_HALF_LIFE_STEPS), (1 + state["step"]) / (10 + state["step"]))
            with torch.no_grad():
                for slow, fast in zip(ema.parameters(), model.parameters(), strict=True):
                    slow.lerp_(fast, 1 - decay)
            if elapsed > next_log:
                line = {
                    **state,
                    "seconds": round(state["seconds"]),
                    "l1": round(float(np.mean(losses)), 5),
                    "rate": optimizer.param_groups[0]["lr"],
                }
                log.write(json.dumps(line) + "\n")
                log.flush()
                print(line, flush=True)
                losses, next_log = [], elapsed + 30
            if elapsed > next_save:
                _save(args.out, model, ema, optimizer, state, held_out, log)
                shards.rescan()
                next_save = elapsed + 240
        _save(args.out, model, ema, optimizer, state, held_out, log)


def _step(
    model: StarterImage, optimizer: torch.optim.Optimizer, batch: Batch, rng: np.random.Generator
) -> float:
    sample, timestep = batch.sample, torch.full((len(batch.looks),), 999)
    if rng.random() < MIXED_SHARE:
        timestep = torch.from_numpy(rng.integers(1, 999, len(batch.looks)))
        alpha = ALPHAS[timestep][:, None, None, None]
        sample = alpha.sqrt() * (batch.target * 2 - 1) + (1 - alpha).sqrt() * sample
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(batch, sample, timestep, crop=True)
    loss, plain = picture_loss(output, batch.target)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return float(plain.detach())


def _save(
    out: Path,
    model: StarterImage,
    ema: StarterImage,
    optimizer: torch.optim.Optimizer,
    state: dict,
    held_out: Shards,
    log,
) -> None:
    partial = out / "checkpoint.partial"
    torch.save(
        {
            "model": model.state_dict(),
            "ema": ema.state_dict(),
            "optimizer": optimizer.state_dict(),
            "state": state,
        },
        partial,
    )
    os.replace(partial, out / "checkpoint.pt")
    save_file({k: v.contiguous() for k, v in ema.state_dict().items()}, out / "ema.safetensors")
    held_out.rescan()
    if not len(held_out):
        return
    line = {"step": state["step"], "held_out_l1": validate(ema, held_out, VALIDATED)}
    log.write(json.dumps(line) + "\n")
    log.flush()
    print(line, flush=True)
    training_sheet(ema, held_out, out / f"samples-{state['step']:06d}.png")


if __name__ == "__main__":
    main()
