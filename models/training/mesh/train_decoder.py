"""Trains the decoder: `python -m models.training.mesh.train_decoder --cache CACHE --run RUN --minutes M`.

RUN is encode.py's --out. Goes on where the last checkpoint stopped; writes decoder.jsonl and
decoder.safetensors. Once there is a flow model in RUN, half of the latents have its faults, which the decoder
then learns to mend.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from models.training.schedule import rate_share

from .decoder import FieldDecoder, LatentDecoder
from .encode import load_codec, read_examples
from .model import StarterMesh, load_model
from .patches import SURFACE, PatchCodec
from .sample import TRUNCATION

NEAR = 1536
"""Points of an example near the surface."""
CELLS = 512
"""And cell centres of its grid."""
NOISE = 0.12
"""Most noise on a latent, as a share of its deviation."""
REDRAWN = (0.1, 0.55)
"""Noise levels from which the flow model makes every second latent anew."""
EMA_HALF_LIFE_STEPS = 100


class Decoder(nn.Module):
    """Latent decoder and field decoder in one."""

    def __init__(self, codec: PatchCodec) -> None:
        super().__init__()
        self.latent = LatentDecoder(codec)
        self.field = FieldDecoder()


@dataclass(frozen=True)
class Batch:
    """Latents with what is true of points."""

    latents: Tensor
    """[b, TOKENS, CHANNELS]."""
    points: Tensor
    """[b, NEAR + CELLS, 3]."""
    sdf: Tensor
    """[b, NEAR + CELLS], cut off at TRUNCATION."""
    surface: Tensor
    """[b, NEAR, SURFACE]."""
    has_material: Tensor
    """[b]."""


def load_decoder(run: Path) -> Decoder:
    """Loads the decoder of a run."""
    decoder = Decoder(load_codec(run))
    decoder.load_state_dict(load_file(run / "decoder.safetensors"))
    return decoder.eval()


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=45)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    args = parser.parse_args()
    torch.manual_seed(0)
    examples, latents = read_examples(args.run), np.load(args.run / "latents.npy", mmap_mode="r")
    train = [k for k, one in enumerate(examples) if not one["held_out"]]
    held = [k for k, one in enumerate(examples) if one["held_out"] and not one["mirror"]][:48]
    decoder = Decoder(load_codec(args.run))
    slow = Decoder(load_codec(args.run))
    slow.load_state_dict(decoder.state_dict())
    optimizer = torch.optim.AdamW(decoder.parameters(), args.rate, betas=(0.9, 0.99), weight_decay=0.01)
    flow = load_model(args.run) if (args.run / "ema.safetensors").exists() else None
    state, checkpoint = {"step": 0, "seconds": 0.0}, args.run / "decoder.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        decoder.load_state_dict(saved["decoder"])
        slow.load_state_dict(saved["ema"])
        optimizer.load_state_dict(saved["optimizer"])
        state = saved["state"]
    weights = np.array([examples[k]["weight"] for k in train]) ** 0.5
    weights /= weights.sum()
    start, before = time.time(), state["seconds"]
    next_log, next_save, parts = 30.0, 300.0, []
    with (args.run / "decoder.jsonl").open("a") as log:

        def write(line: dict) -> None:
            log.write(json.dumps(line) + "\n")
            log.flush()
            print(line, flush=True)

        def save() -> None:
            partial = args.run / f"decoder.{os.getpid()}.partial"
            saved = {"decoder": decoder, "ema": slow, "optimizer": optimizer}
            torch.save({**{name: part.state_dict() for name, part in saved.items()}, "state": state}, partial)
            partial.replace(checkpoint)
            tensors = {name: value.contiguous() for name, value in slow.state_dict().items()}
            save_file(tensors, args.run / "decoder.safetensors")
            with torch.no_grad():
                batches = [held[at : at + 8] for at in range(0, len(held), 8)]
                found = [
                    losses(slow, read_batch(args.cache, examples, latents, part, np.random.default_rng(1)))
                    for part in batches
                ]
            means = {
                f"held_out_{n}": round(float(np.mean([f[n].item() for f in found])), 5) for n in found[0]
            }
            if flow is not None:
                torch.manual_seed(5)
                with torch.no_grad():
                    mended = []
                    for part in batches:
                        batch = read_batch(args.cache, examples, latents, part, np.random.default_rng(1))
                        seen = redrawn(flow, batch.latents, [examples[k]["captions"][0] for k in part])
                        mended.append(losses(slow, batch, seen)["distance"].item())
                means["held_out_redrawn_distance"] = round(float(np.mean(mended)), 5)
            write({"step": state["step"], **means})

        while (elapsed := time.time() - start) < args.minutes * 60:
            share = rate_share(state["step"], elapsed, args.minutes * 60, warm_up=100, fall=0.5)
            for group in optimizer.param_groups:
                group["lr"] = args.rate * share
            rng = np.random.default_rng([3, state["step"]])
            chosen = [train[k] for k in rng.choice(len(train), args.batch, p=weights)]
            batch = read_batch(args.cache, examples, latents, chosen, rng)
            if flow is None:
                latents_seen = noised(batch.latents)
            else:
                half = args.batch // 2
                captions = [str(rng.choice(examples[k]["captions"])) for k in chosen[:half]]
                latents_seen = torch.cat(
                    [redrawn(flow, batch.latents[:half], captions), noised(batch.latents[half:])]
                )
            found = losses(decoder, batch, latents_seen)
            optimizer.zero_grad(set_to_none=True)
            sum(found.values()).backward()
            torch.nn.utils.clip_grad_norm_(decoder.parameters(), 1.0)
            optimizer.step()
            state = {"step": state["step"] + 1, "seconds": before + time.time() - start}
            decay = min(0.5 ** (1 / EMA_HALF_LIFE_STEPS), (1 + state["step"]) / (10 + state["step"]))
            with torch.no_grad():
                for kept, fast in zip(slow.parameters(), decoder.parameters(), strict=True):
                    kept.lerp_(fast, 1 - decay)
            parts.append({name: value.item() for name, value in found.items()})
            if elapsed > next_log:
                means = {name: round(float(np.mean([p[name] for p in parts])), 5) for name in parts[0]}
                write({"step": state["step"], "seconds": round(state["seconds"]), **means})
                parts, next_log = [], elapsed + 60
            if elapsed > next_save:
                save()
                next_save = elapsed + 300
        save()


def read_batch(
    cache: Path, examples: list[dict], latents: np.ndarray, chosen: list[int], rng: np.random.Generator
) -> Batch:
    """Reads what is true of some points of examples: NEAR of those near the surface, CELLS of the grid."""
    points, sdf, surface = [], [], []
    for number in chosen:
        one = examples[number]
        with np.load(cache / one["file"]) as data:
            take = rng.choice(len(data["points"]), NEAR, replace=False)
            near, near_sdf = data["points"][take], data["point_sdf"][take]
            channels = slice(SURFACE * one["variant"], SURFACE * (one["variant"] + 1))
            near_surface = data["point_surface"][take, channels]
            grid = data["sdf"]
        side = grid.shape[0]
        cell = rng.integers(side, size=(CELLS, 3))
        centre = (cell + 0.5) / side * 2 - 1
        both = np.concatenate([near.astype(np.float32), centre.astype(np.float32)])
        if one["mirror"]:
            both[:, 0] *= -1
        inside = grid[cell[:, 2], cell[:, 1], cell[:, 0]].astype(np.float32) / 127 * TRUNCATION
        points.append(both)
        sdf.append(np.concatenate([near_sdf.astype(np.float32), inside]).clip(-TRUNCATION, TRUNCATION))
        surface.append(near_surface.astype(np.float32) / 255)
    return Batch(
        torch.from_numpy(latents[chosen].astype(np.float32)),
        *(torch.from_numpy(np.stack(part)) for part in (points, sdf, surface)),
        torch.tensor([float(examples[number]["has_material"]) for number in chosen]),
    )


def noised(latents: Tensor) -> Tensor:
    """Gives latents with up to NOISE."""
    return latents + torch.randn_like(latents) * NOISE * torch.rand(len(latents), 1, 1)


def redrawn(flow: tuple[StarterMesh, Tokenizer], latents: Tensor, captions: list[str]) -> Tensor:
    """Gives latents as the flow model makes them, beginning near the true ones."""
    model, tokenizer = flow
    least, most = REDRAWN
    with torch.autocast("cpu", dtype=torch.bfloat16):
        made = model.redraw(tokenizer, latents, captions, least + (most - least) * torch.rand(len(latents)))
    return made.float()


def losses(decoder: Decoder, batch: Batch, latents: Tensor | None = None) -> dict[str, Tensor]:
    """Gives the parts of the loss: distance in TRUNCATIONs, the nearer to the surface the more; colour and
    material near the surface. latents: what the decoder sees, if not the true ones.
    """
    with torch.autocast("cpu", dtype=torch.bfloat16):
        decoded = decoder.latent(batch.latents if latents is None else latents)
    distance, colour, material = decoder.field(decoded.float(), batch.points)
    off = (distance - batch.sdf).abs() / TRUNCATION
    near = 1 + 2 * (batch.sdf.abs() < 0.03).float()
    shown = (batch.sdf[:, :NEAR].abs() < 0.05).float()[..., None]
    total = shown.sum().clamp(min=1)
    wrong = (colour[:, :NEAR] - batch.surface[..., :3]).abs()
    dull = (material[:, :NEAR] - batch.surface[..., 3:]).abs() * batch.has_material[:, None, None]
    return {
        "distance": (off * near).sum() / near.sum(),
        "colour": (wrong * shown).sum() / total / 3,
        "material": 0.3 * (dull * shown).sum() / total / 2,
    }


if __name__ == "__main__":
    main()
