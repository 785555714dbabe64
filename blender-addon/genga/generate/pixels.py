"""Images of Blender as files and arrays."""

from __future__ import annotations

import tempfile
from pathlib import Path

import bpy
import numpy as np
from genga_client import GengaError

from ..capture.png import encode_png
from ..results.image_datablock import mime_of, packed_bytes

PIXEL_PNG = encode_png(np.zeros((1, 1), np.uint8))
"""The smallest picture: stands for a file while a request is only checked."""


def file_of_image(image: bpy.types.Image) -> tuple[bytes, str]:
    """Gives an image as a file, and its media type.

    An unedited PNG, JPEG or WebP goes as it is, byte for byte: a credential in it stays, and the new picture
    can name it as what it was made from. Anything else is encoded as PNG.

    Raises GengaError ASSET_UNREADABLE.
    """
    data = None if image.is_dirty or image.source != "FILE" else packed_bytes(image)
    mime = mime_of(data) if data else None
    if data and mime:
        return data, mime
    return encode_png(rgb_of_image(image)), "image/png"


def rgb_of_image(image: bpy.types.Image) -> np.ndarray:
    """Gives the pixels of an image as sRGB uint8 [H, W, 3], top row first; what is transparent turns black.

    Raises GengaError ASSET_UNREADABLE if the image has no pixels.
    """
    width, height = image.size
    count = width * height * image.channels
    if count == 0 or len(image.pixels) != count:
        raise GengaError(
            "ASSET_UNREADABLE",
            f'The image "{image.name}" has no pixels; its file may be missing.',
            remedy="Reload it in the Image Editor, or choose another image.",
        )
    values = np.empty(count, np.float32)
    image.pixels.foreach_get(values)
    values = values.reshape(height, width, image.channels)[::-1]
    if image.channels == 4:
        values = values[..., :3] * values[..., 3:]
    elif image.channels != 3:
        values = np.repeat(values[..., :1], 3, axis=2)
    if image.is_float:
        values = srgb_from_linear(values)
    return np.ascontiguousarray((values.clip(0, 1) * 255 + 0.5).astype(np.uint8))


def srgb_from_linear(values: np.ndarray) -> np.ndarray:
    """Gives sRGB values of linear ones; IEC 61966-2-1."""
    values = values.clip(0, 1)
    return np.where(values <= 0.0031308, 12.92 * values, 1.055 * values ** (1 / 2.4) - 0.055)


def file_of_render(scene: bpy.types.Scene, color_mode: str = "RGB") -> bytes:
    """Gives the last render as 8-bit PNG, as the scene's colour management shows it.

    Raises GengaError INVALID_REQUEST when nothing was rendered in this session.
    """
    render = next((image for image in bpy.data.images if image.type == "RENDER_RESULT"), None)
    settings = scene.render.image_settings
    names = ("media_type", "file_format", "color_mode", "color_depth", "compression")
    before = {name: getattr(settings, name) for name in names if hasattr(settings, name)}
    with tempfile.TemporaryDirectory(prefix="genga-") as folder:
        path = Path(folder) / "render.png"
        try:
            if "media_type" in before:
                settings.media_type = "IMAGE"
            settings.file_format, settings.color_mode, settings.color_depth = "PNG", color_mode, "8"
            if render is not None:
                render.save_render(str(path), scene=scene)
        except RuntimeError:
            pass  # Blender says so when there is no render; the file is missing then
        finally:
            for name, value in before.items():
                setattr(settings, name, value)
        if not path.exists():
            raise GengaError(
                "INVALID_REQUEST",
                "Nothing was rendered yet in this session.",
                remedy="Render the scene (F12), or choose another picture.",
            )
        return path.read_bytes()
