"""Pictures of a turntable as the preview of a datablock and as an icon."""

from __future__ import annotations

import bpy
import numpy as np
from genga_client import GengaError

from ..compat import fill_preview
from ..results.image_datablock import packed_image

COLUMNS = 4
"""Views of a turntable in a row: of a mesh it has two rows, of a texture one."""


def give_preview(block: bpy.types.ID, data: bytes, mime: str) -> bool:
    """Gives a datablock the turntable's first view as preview; False without a picture that can be read."""
    views = _views(data, mime)
    preview = block.preview_ensure() if views is not None else None
    if views is None or preview is None:
        return False
    fill_preview(preview, views[-1, 0])
    return True


def four_views(data: bytes, mime: str) -> np.ndarray | None:
    """Gives four views of a turntable as a square, two by two, [S, S, 4], the lowest row first.

    A panel is narrow: all views beside each other would be small there, between two empty bands. None without
    a picture that can be read.
    """
    views = _views(data, mime)
    if views is None:
        return None
    four = views[:2, ::2] if len(views) > 1 else np.stack([views[0, 2:], views[0, :2]])
    return np.concatenate([np.concatenate(list(row), 1) for row in four], 0)


def _views(data: bytes, mime: str) -> np.ndarray | None:
    """Views of a turntable, [rows, COLUMNS, side, side, 4]: the lowest row first, rows of pixels upwards."""
    if not data:
        return None
    try:
        image = packed_image("Genga preview", data, mime)
    except GengaError:
        return None
    try:
        width, height = image.size
        pixels = np.empty(width * height * image.channels, np.float32)
        image.pixels.foreach_get(pixels)
        pixels = pixels.reshape(height, width, image.channels)
    finally:
        bpy.data.images.remove(image)
    side = width // COLUMNS
    rows = height // side if side else 0
    if rows == 0:
        return None
    views = np.ones((rows, COLUMNS, side, side, 4), np.float32)
    cells = pixels[height - rows * side :, : COLUMNS * side]
    cells = cells.reshape(rows, side, COLUMNS, side, pixels.shape[2])
    views[..., : pixels.shape[2]] = cells.transpose(0, 2, 1, 3, 4)
    views[..., 3] = 1
    return views
