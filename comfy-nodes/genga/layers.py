"""What travels on the pack's own links: control layers and regions, each list in the order of its chain."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from comfy_api.latest import io

CONTROL_KINDS = ["depth", "normal", "lineart", "canny", "segmentation", "openpose", "light"]

ControlsType = io.Custom("GENGA_CONTROLS")
RegionsType = io.Custom("GENGA_REGIONS")


@dataclass(frozen=True, kw_only=True)
class ControlLayer:
    """One control map, or one for each frame, encoded."""

    kind: str
    frames: tuple[bytes, ...]
    name: str
    size: tuple[int, int]
    """Width and height in pixels."""
    optional: bool = False
    """Whether it is left out for a bundle that does not take its kind; a segmentation still tells regions."""
    options: dict[str, Any] = field(default_factory=dict)
    """Fields of `Control`: preprocessor, conditioning_scale, control_guidance_start, control_guidance_end."""


@dataclass(frozen=True, kw_only=True)
class RegionLayer:
    """A phrase for a part of the picture: by mask, or by id colour of the segmentation map."""

    prompt: str
    weight: float
    name: str | None = None
    color: str | None = None
    mask: bytes | None = None
