"""The requests that the core and diffusers are compared on, in the protocol's words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from models.parity.reference import SCHEDULERS

Params = dict[str, Any]
Case = dict[str, Any]
"""`{"name": str, "params": ImageParams}`; inputs are named by file instead of by hash."""

WIDTH, HEIGHT = 96, 64
ODD_WIDTH, ODD_HEIGHT = 104, 72


def write_inputs(folder: Path, seed: int) -> None:
    """Writes control maps, a start picture and a mask as PNG: smooth shapes with some noise, no two alike."""
    numbers = np.random.default_rng(seed)
    for suffix, width, height in (("", WIDTH, HEIGHT), ("-odd", ODD_WIDTH, ODD_HEIGHT)):
        y, x = np.mgrid[0:height, 0:width].astype(np.float64)
        distance = np.hypot((x - width * 0.45) / width, (y - height * 0.55) / height)
        depth = np.clip(1 - distance * 1.8, 0, 1)
        depth[distance > 0.5] = 0
        normal = np.stack([x / width, 1 - y / height, 1 - distance], axis=-1)
        lines = ((x // 7 + y // 5) % 4 == 0).astype(np.float64)
        waves = [np.sin(x / 9 + k) * np.cos(y / (7 + k)) for k in range(3)]
        start = 0.5 + 0.35 * np.stack(waves, axis=-1) + numbers.normal(0, 0.05, (height, width, 3))
        mask = ((x > width * 0.3) & (x < width * 0.8) & (y > height * 0.25)).astype(np.float64)
        pictures = {"depth": depth, "normal": normal, "lineart": lines, "init": start, "mask": mask}
        for name, values in pictures.items():
            pixels = (np.clip(values, 0, 1) * 255).round().astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"{name}{suffix}.png", optimize=True)


def make_cases(seed: int, prompt: str, negative_prompt: str) -> list[Case]:
    """Gives every scheduler with every task and number of ControlNets, then each thing that stands alone."""
    cases: list[Case] = []

    def add(name: str, **changes: Any) -> None:
        params: Params = {
            "prompt": prompt,
            "negative_prompt": negative_prompt,
            "width": WIDTH,
            "height": HEIGHT,
            "num_inference_steps": 10,
            "guidance_scale": 7.5,
            "scheduler": "ddim",
            "seed": seed + len(cases),
        }
        cases.append({"name": name, "params": params | changes})

    tasks: dict[str, Params] = {
        "text-to-image": {},
        "img2img": {"init_image": "init.png", "strength": 0.7},
        "inpaint": {"init_image": "init.png", "mask_image": "mask.png", "strength": 0.8},
    }
    depth = {"kind": "depth", "image": "depth.png", "conditioning_scale": 0.8}
    normal = {"kind": "normal", "image": "normal.png", "conditioning_scale": 1.3}
    for scheduler in SCHEDULERS:
        for task, inputs in tasks.items():
            for controls in ([], [depth], [depth, normal]):
                extra = {"controls": controls} if controls else {}
                add(f"{scheduler}, {task}, {len(controls)} controls", scheduler=scheduler, **inputs, **extra)

    early = {**depth, "control_guidance_start": 0.2, "control_guidance_end": 0.7}
    add("control active from 0.2 to 0.7", controls=[early], scheduler="euler")
    late = {**normal, "control_guidance_start": 0.5}
    add("two controls with different ranges", controls=[early, late], scheduler="dpmpp_2m")
    add("two controls with different ranges, img2img", controls=[early, late], **tasks["img2img"])
    add("no guidance", guidance_scale=1.0, scheduler="euler")
    add("no guidance, one control", guidance_scale=1.0, controls=[depth], scheduler="dpmpp_2m_karras")
    add("no guidance, four steps of lcm", guidance_scale=1.0, num_inference_steps=4, scheduler="lcm")
    add("clip_skip 1", clip_skip=1)
    add("clip_skip 2, one control", clip_skip=2, controls=[depth], scheduler="unipc")
    add("eta 0.6", eta=0.6)
    add("eta 1, inpaint", eta=1.0, **tasks["inpaint"])
    add("empty prompts", prompt="", negative_prompt="")
    add("strength 1, img2img", scheduler="euler", init_image="init.png", strength=1.0)
    inpaint = {"init_image": "init.png", "mask_image": "mask.png"}
    add("strength 1, inpaint", scheduler="euler_ancestral", strength=1.0, **inpaint)
    add("strength 0.3, img2img", scheduler="unipc", init_image="init.png", strength=0.3)
    odd = {"width": ODD_WIDTH, "height": ODD_HEIGHT}
    lines = {"kind": "lineart", "image": "lineart-odd.png", "conditioning_scale": 1.0}
    add("odd latent size", scheduler="euler", **odd)
    add("odd latent size, one control, inpaint", controls=[lines], strength=0.8, **odd, **_odd_files(inpaint))
    add("three images", num_images_per_prompt=3, controls=[depth], scheduler="dpmpp_2m")
    add("three images, ancestral", num_images_per_prompt=3, scheduler="euler_ancestral")
    add("one step", num_inference_steps=1, scheduler="dpmpp_2m")
    add("25 steps", num_inference_steps=25, scheduler="dpmpp_2m_karras")
    return cases


def _odd_files(files: dict[str, str]) -> dict[str, str]:
    return {key: name.replace(".png", "-odd.png") for key, name in files.items()}
