"""Renders the training set: `python -m models.training.image.render --data DIR --out DIR --count N --seed S`.

Deterministic by seed, resumable: the set is written in shards of SHARD pictures, a shard that is there is not
made again, and a
shard depends on nothing but the seed, its number, the size and the models. A shard is two files: `00000.npy`,
uint8
[SHARD, channels, size, size], see CHANNELS, and `00000.jsonl`, one line a picture.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import time
from pathlib import Path

import numpy as np

from .gbuffer import GBuffer, Rasteriser
from .library import Sampler, read_library
from .lines import ink_lines
from .looks import LOOK_FUNCTIONS, Setting
from .noise import fields, gaussian_sample
from .scene import Scene, random_scene
from .words import NATURAL

SHARD = 64
SUPERSAMPLE = 2
CHANNELS = {
    "depth": slice(0, 1),
    "normal": slice(1, 4),
    "lineart": slice(4, 5),
    "light": slice(5, 8),
    "segmentation": slice(8, 9),
    "picture": slice(9, 12),
    "second": slice(12, 15),
}
"""Planes of a shard: maps in the protocol's encodings, segmentation as region numbers, the anime
picture and one in another look.
"""
CHANNEL_COUNT = 15


def render_picture(
    seed: int, number: int, size: int, sampler: Sampler, rasteriser: Rasteriser
) -> tuple[np.ndarray, dict]:
    """Gives one picture's planes, uint8 [15, size, size], and its record."""
    for attempt in range(8):
        rng = np.random.default_rng([seed, number, attempt])
        scene = random_scene(rng, sampler)
        buffer = rasteriser.draw(scene)
        seen = np.bincount(buffer.region.reshape(-1), minlength=len(scene.regions) + 1) / buffer.region.size
        objects = [i + 1 for i, region in enumerate(scene.regions) if region.kind == "object"]
        if seen[objects].sum() > 0.1:
            break
    buffer.region[buffer.depth == 0] = scene.background_region
    noise_seed = int(rng.integers(2**31))
    sample = gaussian_sample(noise_seed, size, size)
    setting = _setting(scene, buffer, sample, rng)
    second = str(rng.choice(("clay", "watercolour", "soft")))
    planes = np.concatenate(
        [
            _depth_map(buffer, inverse=bool(rng.random() < 0.5)),
            _half(buffer.normal * 0.5 + 0.5).transpose(2, 0, 1),
            _half(setting.lines)[None],
            np.stack([_half(buffer.n_l.clip(0, 1)), _half(buffer.shadow), _half(buffer.ambient)]),
            buffer.region[::2, ::2][None] / np.float32(255),
            _half(LOOK_FUNCTIONS["anime"](buffer, setting).clip(0, 1)).transpose(2, 0, 1),
            _half(LOOK_FUNCTIONS[second](buffer, setting).clip(0, 1)).transpose(2, 0, 1),
        ]
    )
    share = np.bincount(buffer.region.reshape(-1), minlength=len(scene.regions) + 1) / buffer.region.size
    right_up_towards = scene.view[:3, :3] @ scene.light
    record = {
        "number": number,
        "noise_seed": noise_seed,
        "time": scene.time,
        "second": second,
        "sky": scene.sky,
        "clouds": scene.clouds,
        "light_view": [round(float(v), 4) for v in right_up_towards],
        "objects": scene.objects,
        "regions": [
            {
                "phrase": r.phrase,
                "rgb": [round(v, 4) for v in r.rgb],
                "colour": r.colour,
                "kind": r.kind,
                "share": round(float(s), 4),
            }
            for r, s in zip(scene.regions, share[1:], strict=True)
        ],
    }
    return (planes * 255).round().clip(0, 255).astype(np.uint8), record


def _setting(scene: Scene, buffer: GBuffer, sample: np.ndarray, rng: np.random.Generator) -> Setting:
    grounds = [
        i + 1
        for i, region in enumerate(scene.regions)
        if region.kind == "ground" and region.phrase.endswith(NATURAL)
    ]
    lines = ink_lines(
        buffer,
        width_px=float(rng.choice((1.6, 2.4, 3.2, 4.2), p=(0.2, 0.4, 0.28, 0.12))),
        parts=bool(rng.random() < 0.8),
        crease_degrees=float(rng.uniform(28, 50)),
    )
    return Setting(
        time=scene.time,
        lines=lines,
        noise={
            name: values.repeat(SUPERSAMPLE, 0).repeat(SUPERSAMPLE, 1)
            for name, values in fields(sample).items()
        },
        sky=(buffer.depth == 0) & scene.sky,
        clouds=scene.clouds,
        backdrop=scene.backdrop,
        ground=np.isin(buffer.region, grounds),
    )


def _half(values: np.ndarray) -> np.ndarray:
    """Halves the resolution by the mean of 2x2."""
    return (values[0::2, 0::2] + values[1::2, 0::2] + values[0::2, 1::2] + values[1::2, 1::2]) * np.float32(
        0.25
    )


def _depth_map(buffer: GBuffer, inverse: bool) -> np.ndarray:
    """Gives depth [1, height, width] in 0 to 1: near = white, min to max over what is not background,
    by distance or by its inverse.
    """
    depth = buffer.depth[::2, ::2]
    seen = depth > 0
    if not seen.any():
        return np.zeros((1, *depth.shape), np.float32)
    value = 1 / np.maximum(depth, 1e-3) if inverse else -np.minimum(depth, np.quantile(depth[seen], 0.995))
    low, high = value[seen].min(), value[seen].max()
    return np.where(seen, (value - low) / max(high - low, 1e-6), 0)[None].astype(np.float32)


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of 3D models with index.jsonl")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=4096)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--held-out", action="store_true", help="draw only the models kept for evaluation")
    parser.add_argument("--minutes", type=float, default=600, help="stop after this time; run again to go on")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    sampler = Sampler(read_library(args.data), args.held_out)
    rasteriser = Rasteriser(args.size * SUPERSAMPLE, args.size * SUPERSAMPLE)
    start, made = time.time(), 0
    for shard in range((args.count + SHARD - 1) // SHARD):
        target = args.out / f"{shard:05d}.npy"
        if target.exists():
            continue
        pictures, records = [], []
        for i in range(SHARD):
            planes, record = render_picture(args.seed, shard * SHARD + i, args.size, sampler, rasteriser)
            pictures.append(planes)
            records.append(record)
        array = np.stack(pictures)
        target.with_suffix(".jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
        partial = target.with_suffix(".partial")
        with partial.open("wb") as file:
            np.save(file, array)
        os.replace(partial, target)
        made += SHARD
        digest = hashlib.sha256(array.tobytes()).hexdigest()[:12]
        print(f"shard {shard} {digest} {(time.time() - start) / made:.3f} s a picture", flush=True)
        if time.time() - start > args.minutes * 60:
            break


if __name__ == "__main__":
    main()
