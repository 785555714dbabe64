"""Small pictures of the captured maps for the panel."""

from __future__ import annotations

import bpy
import numpy as np

from ..capture.latest_maps import latest, latest_number
from ..compat import fill_preview

SIDE = 128
"""Longest side of a thumbnail, pixels."""

_previews = None
_shown: dict[tuple[str, str], int] = {}
"""Number of the capture that is shown, by scene and kind."""


def icon_of(scene: bpy.types.Scene, kind: str) -> int:
    """Gives the icon of the latest map of a kind, 0 when there is none."""
    captured = latest(scene)
    if _previews is None or captured is None or kind not in captured.maps:
        return 0
    key = f"{scene.name}/{kind}"
    if key not in _previews:
        _previews.new(key)
        _shown.pop((scene.name, kind), None)
    if _shown.get((scene.name, kind)) != latest_number(scene):
        _fill(_previews[key], thumbnail(captured.maps[kind]))
        _shown[scene.name, kind] = latest_number(scene)
    return _previews[key].icon_id


def thumbnail(pixels: np.ndarray) -> np.ndarray:
    """Gives a picture of at most 128 pixels a side, [H, W, 3] uint8; a pixel is the mean of its square."""
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, -1)
    step = -(-max(pixels.shape[:2]) // SIDE)
    height, width = (max(1, side // step) for side in pixels.shape[:2])
    if step == 1 or min(pixels.shape[:2]) < step:
        return pixels
    squares = pixels[: height * step, : width * step].reshape(height, step, width, step, 3)
    return squares.mean((1, 3)).astype(np.uint8)


def _fill(preview: bpy.types.ImagePreview, pixels: np.ndarray) -> None:
    height, width = pixels.shape[:2]
    values = np.ones((height, width, 4), np.float32)
    values[..., :3] = pixels[::-1] / np.float32(255)
    fill_preview(preview, values)


def register() -> None:
    """Makes room for the thumbnails."""
    global _previews
    import bpy.utils.previews

    _previews = bpy.utils.previews.new()


def unregister() -> None:
    """Frees them."""
    global _previews
    _shown.clear()
    if _previews is not None:
        bpy.utils.previews.remove(_previews)
        _previews = None
