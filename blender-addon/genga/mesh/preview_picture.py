"""The first picture of a turntable as the preview of a datablock."""

from __future__ import annotations

import bpy
import numpy as np
from genga_client import GengaError

from ..compat import fill_preview
from ..results.image_datablock import packed_image

COLUMNS = 4
"""Views of a turntable in a row; it has two rows."""


def give_preview(block: bpy.types.ID, data: bytes, mime: str) -> bool:
    """Gives a datablock the turntable's first view as preview; False without a picture that can be read."""
    if not data:
        return False
    try:
        image = packed_image("Genga preview", data, mime)
    except GengaError:
        return False
    try:
        width, height = image.size
        pixels = np.empty(width * height * image.channels, np.float32)
        image.pixels.foreach_get(pixels)
        pixels = pixels.reshape(height, width, image.channels)
    finally:
        bpy.data.images.remove(image)
    side = min(width // COLUMNS, height // 2)
    first = np.ones((side, side, 4), np.float32)
    first[..., : pixels.shape[2]] = pixels[height - side :, :side]  # rows run upwards
    first[..., 3] = 1
    preview = block.preview_ensure()
    if preview is None:
        return False
    fill_preview(preview, first)
    return True
