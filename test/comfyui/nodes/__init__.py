"""Nodes for tests of the backend: work in steps with previews, and the two ways in which work fails."""

from __future__ import annotations

import time

import comfy.model_management
import comfy.utils
import torch
from PIL import Image


class BackendTestSteps:
    """Darkens a picture step by step, as slowly as a sampler."""

    @classmethod
    def INPUT_TYPES(cls) -> dict:
        return {
            "required": {
                "image": ("IMAGE",),
                "steps": ("INT", {"default": 4, "min": 1, "max": 10000}),
                "pause_ms": ("INT", {"default": 20, "min": 0, "max": 60000}),
                "seed": ("INT", {"default": 0, "min": 0, "max": 0xFFFFFFFFFFFFFFFF}),
            },
            "hidden": {"node": "UNIQUE_ID"},
        }

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "run"
    CATEGORY = "genga/test"

    def run(
        self, image: torch.Tensor, steps: int, pause_ms: int, seed: int, node: str
    ) -> tuple[torch.Tensor]:
        bar = comfy.utils.ProgressBar(steps, node_id=node)
        for step in range(1, steps + 1):
            comfy.model_management.throw_exception_if_processing_interrupted()
            time.sleep(pause_ms / 1000)
            small = Image.new("RGB", (16, 16), (step * 255 // steps, seed % 256, 0))
            bar.update_absolute(step, steps, ("JPEG", small, 64))
        return (image * (1 - (seed % 100) / 200),)


class BackendTestFail:
    """Fails: by an error of its own, or for want of memory."""

    @classmethod
    def INPUT_TYPES(cls) -> dict:
        return {"required": {"image": ("IMAGE",), "how": (["error", "memory"],)}}

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "run"
    CATEGORY = "genga/test"

    def run(self, image: torch.Tensor, how: str) -> tuple[torch.Tensor]:
        if how == "memory":
            raise torch.OutOfMemoryError("Allocation on device 0 would exceed allowed memory.")
        raise ValueError("the sky at /home/artist/models/sky.bin is missing")


NODE_CLASS_MAPPINGS = {"BackendTestSteps": BackendTestSteps, "BackendTestFail": BackendTestFail}
NODE_DISPLAY_NAME_MAPPINGS = {"BackendTestSteps": "Test: steps", "BackendTestFail": "Test: fail"}
