"""Draws sheets of models from their fields: `python -m models.training.mesh.sheet --run RUN --out FILE.png
[--seed N]` draws the prompts of train.py with the decoder of train_decoder.py.
"""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from .decoder import sample_volume
from .model import GUIDANCE_SCALE, STEPS, load_model
from .sample import GRID, grid_centres
from .train_decoder import Decoder, load_decoder

PICTURE, COLUMNS, LABEL = 160, 6, 34
FINE = 2 * GRID
MARCH = 80
EYE = torch.tensor([0.52, 0.42, 0.74])
"""From the front, the right and a little above."""
LIGHT = torch.tensor([0.35, 0.8, 0.5])


@torch.no_grad()
def picture(decoder: Decoder, latent: Tensor) -> np.ndarray:
    """Draws a latent [TOKENS, CHANNELS], uint8 [PICTURE, PICTURE, 3]: rays through the distance field."""
    decoded = decoder.latent(latent[None])
    centres = torch.from_numpy(grid_centres(FINE)).float()[None]
    field = decoder.field(decoded, centres)[0].reshape(1, 1, FINE, FINE, FINE)
    eye = EYE / EYE.norm()
    right = torch.linalg.cross(torch.tensor([0.0, 1.0, 0.0]), eye)
    right = right / right.norm()
    up = torch.linalg.cross(eye, right)
    at = (torch.arange(PICTURE) + 0.5) / PICTURE * 2 - 1
    y, x = torch.meshgrid(-at, at, indexing="ij")
    points = (x[..., None] * right + y[..., None] * up) * 1.35 + eye * 1.8
    points = points.reshape(1, -1, 3)
    hit = torch.zeros(points.shape[1], dtype=torch.bool)
    for _ in range(MARCH):
        outside = (points.abs().amax(-1)[0] - 1).clamp(min=0)
        distance = torch.where(outside > 0, outside.clamp(min=0.02), sample_volume(field, points)[0, :, 0])
        hit |= (distance < 0.004) & (outside <= 0)
        points = points - eye * torch.where(hit, 0.0, distance.clamp(0.004, 0.1))[None, :, None]
    _, colour, _ = decoder.field(decoded, points)
    step = 0.02
    slopes = [
        sample_volume(field, points + step * axis) - sample_volume(field, points - step * axis)
        for axis in torch.eye(3)
    ]
    normal = torch.cat(slopes, -1)[0]
    normal = normal / normal.norm(dim=1, keepdim=True).clamp(min=1e-6)
    light = 0.45 + 0.6 * (normal @ (LIGHT / LIGHT.norm())).clamp(min=0)
    shaded = torch.where(hit[:, None], colour[0] * light[:, None], torch.tensor(0.93))
    return (shaded.clamp(0, 1) * 255).byte().reshape(PICTURE, PICTURE, 3).numpy()


def sheet(decoder: Decoder, rows: list[tuple[str, Tensor]], file: Path) -> None:
    """Draws latents with labels into a PNG."""
    height = PICTURE + LABEL
    lines = -(-len(rows) // COLUMNS)
    page = Image.new("RGB", (COLUMNS * PICTURE, lines * height), "white")
    draw = ImageDraw.Draw(page)
    for number, (label, latent) in enumerate(rows):
        left, top = number % COLUMNS * PICTURE, number // COLUMNS * height
        page.paste(Image.fromarray(picture(decoder, latent)), (left, top))
        draw.text((left + 3, top + PICTURE + 2), textwrap.fill(label, 26), "black")
    page.save(file)


def main() -> None:
    """Runs the command."""
    from .train import PROMPTS

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--guidance-scale", type=float, default=GUIDANCE_SCALE)
    args = parser.parse_args()
    model, tokenizer = load_model(args.run)
    prompts = list(PROMPTS)
    latents = model.sample(tokenizer, prompts, args.seed, args.steps, args.guidance_scale)
    sheet(load_decoder(args.run), list(zip(prompts, latents, strict=True)), args.out)


if __name__ == "__main__":
    main()
