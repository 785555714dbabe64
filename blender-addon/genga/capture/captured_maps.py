"""The control maps of one view, as they go to the core."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from genga_client import GengaError

from .png import encode_png
from .regions import CapturedRegion
from .view import View


@dataclass
class CapturedMaps:
    """Control maps of one view; holds nothing of Blender's, so any thread may use it."""

    view: View
    maps: dict[str, np.ndarray]
    """By kind, uint8 [H, W, 3] or [H, W], top row first, in the protocol's encodings. `canny` is the shaded
    view that the core finds the edges in (`preprocessor`).
    """
    depth: np.ndarray
    """Metres in front of the view, [H, W] float32, inf = background."""
    regions: list[CapturedRegion] = field(default_factory=list)
    """Phrases of the segmentation map, largest first; empty without one."""
    notes: list[str] = field(default_factory=list)
    """What the person should know: lights assumed, things left out."""
    key_light: str = ""
    """Name of the light in the light map."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Time that each part took."""

    def png(self, kind: str) -> bytes:
        """Gives a map as a PNG file; depth has 16 bits."""
        if kind not in self.maps:
            raise GengaError(
                "INVALID_REQUEST",
                f'The map "{kind}" was not captured; there are: {", ".join(self.maps) or "none"}.',
            )
        return encode_png(depth_map(self.depth, np.uint16) if kind == "depth" else self.maps[kind])

    def preprocessor(self, kind: str) -> str:
        """Gives what the core has to make of the map first: `canny` for canny, else `none`."""
        return "canny" if kind == "canny" else "none"


def depth_map(depth: np.ndarray, dtype: type = np.uint8) -> np.ndarray:
    """Gives the depth map [H, W] of depths in metres: near = white, background (inf) black.

    From the nearest to the farthest point of the foreground; the farthest half percent is cut, so that a
    ground plane that runs to the horizon does not take all the greys.
    """
    hit = np.isfinite(depth)
    if not hit.any():
        return np.zeros(depth.shape, dtype)
    near, far = float(depth[hit].min()), float(np.percentile(depth[hit], 99.5))
    top = np.iinfo(dtype).max
    share = (far - depth) / (far - near) if far - near > 1e-9 else np.where(hit, 1.0, 0.0)
    return np.rint(np.where(hit, np.clip(share, 0, 1), 0) * top).astype(dtype)


def normal_map(normal: np.ndarray, hit: np.ndarray) -> np.ndarray:
    """Gives the normal map [H, W, 3] uint8 of view-space normals: (n + 1) / 2, background 128, 128, 255."""
    pixels = np.rint((normal.clip(-1, 1) + 1) * 127.5).astype(np.uint8)
    pixels[~hit] = (128, 128, 255)
    return pixels
