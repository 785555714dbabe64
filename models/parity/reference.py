"""Runs image parameters in the protocol's words through diffusers, which the core is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from PIL import Image

from models.export.tiny_pipeline import TinyPipeline

SCHEDULERS: dict[str, tuple[str, dict[str, Any]]] = {
    "ddim": ("DDIMScheduler", {}),
    "euler": ("EulerDiscreteScheduler", {}),
    "euler_ancestral": ("EulerAncestralDiscreteScheduler", {}),
    "dpmpp_2m": ("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++", "solver_order": 2}),
    "dpmpp_2m_karras": (
        "DPMSolverMultistepScheduler",
        {"algorithm_type": "dpmsolver++", "solver_order": 2, "use_karras_sigmas": True},
    ),
    "unipc": ("UniPCMultistepScheduler", {}),
    "lcm": ("LCMScheduler", {}),
}
"""The protocol's scheduler names → diffusers' classes and what is set besides the pipeline's own config."""


@dataclass(frozen=True)
class ReferenceResult:
    """What diffusers gives for one request."""

    latents: np.ndarray
    """Final latents, [images, channels, height / 8, width / 8], float32, as the UNet sees them."""
    image: np.ndarray
    """The pictures, [images, height, width, 3], uint8."""
    timesteps: list[float]
    """Timesteps that ran."""


def run_reference(tiny: TinyPipeline, params: dict[str, Any], folder: Path) -> ReferenceResult:
    """Runs one request on the CPU in float32.

    `params` are ImageParams with every value set that matters; where the protocol has the hash of an input,
    it holds a file name below `folder`. Image i of a batch starts from a generator of its own: seed + i.
    """
    controls = params.get("controls", [])
    pipeline = _pipeline(tiny, params, controls)
    count = params.get("num_images_per_prompt", 1)
    generators = [torch.Generator("cpu").manual_seed(params["seed"] + index) for index in range(count)]
    call: dict[str, Any] = {
        "prompt": params["prompt"],
        "negative_prompt": params.get("negative_prompt", ""),
        "num_inference_steps": params["num_inference_steps"],
        "guidance_scale": params["guidance_scale"],
        "num_images_per_prompt": count,
        "generator": generators[0] if count == 1 else generators,
        "eta": params.get("eta", 0.0),
        # Our 0 leaves no layer out; diffusers means the same by None, and by 0 too.
        "clip_skip": params.get("clip_skip", 0) or None,
        "output_type": "latent",
        "return_dict": False,
    }
    call |= _inputs(params, controls, folder)
    seen: list[float] = []

    def note(_pipeline: Any, _step: int, timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
        seen.append(float(timestep))
        return values

    # oneDNN takes 10 ms for each of these tiny convolutions and torch's own kernels a twentieth of that.
    with torch.no_grad(), torch.backends.mkldnn.flags(enabled=False):
        latents = pipeline(**call, callback_on_step_end=note)[0]
        decoded = tiny.vae.decode(latents / tiny.vae.config.scaling_factor, return_dict=False)[0]
    image = pipeline.image_processor.postprocess(decoded, output_type="np")
    return ReferenceResult(
        latents=latents.numpy().astype("<f4"),
        image=(image * 255).round().astype(np.uint8),
        timesteps=seen,
    )


def _pipeline(tiny: TinyPipeline, params: dict[str, Any], controls: list[dict[str, Any]]) -> Any:
    task = "Inpaint" if "mask_image" in params else "Img2Img" if "init_image" in params else ""
    parts: dict[str, Any] = {
        "vae": tiny.vae,
        "text_encoder": tiny.text_encoder,
        "tokenizer": tiny.tokenizer,
        "unet": tiny.unet,
        "scheduler": _scheduler(tiny, params["scheduler"]),
        "safety_checker": None,
        "feature_extractor": None,
        "requires_safety_checker": False,
    }
    if controls:
        nets = [tiny.controlnets[control["kind"]] for control in controls]
        parts["controlnet"] = nets[0] if len(nets) == 1 else nets
    if not hasattr(tiny.text_encoder, "text_model"):
        # diffusers 0.42 looks for the final layer norm there when clip_skip is given; transformers 5 has it
        # one level up. Set past nn.Module, which would see the module inside itself.
        object.__setattr__(tiny.text_encoder, "text_model", tiny.text_encoder)
    name = f"StableDiffusion{'ControlNet' if controls else ''}{task}Pipeline"
    pipeline = getattr(diffusers, name)(**parts)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _scheduler(tiny: TinyPipeline, name: str) -> Any:
    class_name, extra = SCHEDULERS[name]
    return getattr(diffusers, class_name).from_config(tiny.scheduler.config, **extra)


def _inputs(params: dict[str, Any], controls: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    def picture(name: str) -> Image.Image:
        with Image.open(folder / name) as image:
            return image.copy()

    inputs: dict[str, Any] = {}
    if "init_image" in params:
        inputs["image"] = picture(params["init_image"]).convert("RGB")
        inputs["strength"] = params["strength"]
    if "mask_image" in params:
        inputs["mask_image"] = picture(params["mask_image"]).convert("L")
    if "mask_image" in params or "init_image" not in params:
        inputs["width"] = params["width"]
        inputs["height"] = params["height"]
    if controls:
        maps = [picture(control["image"]).convert("RGB") for control in controls]
        key = "control_image" if "init_image" in params else "image"
        one = len(controls) == 1
        inputs[key] = maps[0] if one else maps
        for name, default in (
            ("controlnet_conditioning_scale", 1.0),
            ("control_guidance_start", 0.0),
            ("control_guidance_end", 1.0),
        ):
            field = name.removeprefix("controlnet_")
            values = [float(control.get(field, default)) for control in controls]
            inputs[name] = values[0] if one else values
    return inputs
