"""ComfyUI's pictures and the core's files.

IMAGE is float32 [batch, height, width, channels] in [0, 1], MASK [batch, height, width].
"""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image, PngImagePlugin

from .errors import GengaNodeError


def png_of(picture: torch.Tensor, *, texts: dict[str, str] | None = None, deep_grey: bool = False) -> bytes:
    """Encodes one picture [height, width] or [height, width, 1, 3 or 4] as PNG with 8 bits.

    `deep_grey` takes the first channel alone, with 16 bits: depth has more steps than 8 bits hold.
    """
    values = picture.detach().to("cpu", torch.float32).clamp(0, 1).numpy()
    if values.ndim == 3 and (deep_grey or values.shape[2] == 1):
        values = values[:, :, 0]
    if deep_grey:
        image = Image.fromarray(np.round(values * 65535).astype(np.uint16))
    else:
        image = Image.fromarray(np.round(values * 255).astype(np.uint8))
    out = io.BytesIO()
    image.save(out, "PNG", pnginfo=_texts(texts), compress_level=4)
    return out.getvalue()


def webp_of(picture: torch.Tensor, *, quality: int, texts: dict[str, str] | None = None) -> bytes:
    """Encodes one picture as WebP; quality 100 loses nothing. Texts go into Exif as ComfyUI writes them."""
    values = picture.detach().to("cpu", torch.float32).clamp(0, 1).numpy()
    image = Image.fromarray(np.round(values * 255).astype(np.uint8))
    exif = image.getexif()
    given = dict(texts or {})
    if "prompt" in given:
        exif[0x0110] = f"prompt:{given.pop('prompt')}"  # Model
    for tag, (name, text) in zip(range(0x010F, 0, -1), given.items(), strict=False):  # Make, and down from it
        exif[tag] = f"{name}:{text}"
    out = io.BytesIO()
    image.save(out, "WEBP", quality=quality, lossless=quality == 100, exif=exif)
    return out.getvalue()


def tensor_of(data: bytes) -> torch.Tensor:
    """Decodes a picture into [height, width, 3]."""
    with Image.open(io.BytesIO(data)) as image:
        values = np.asarray(image.convert("RGB"), np.float32) / 255
    return torch.from_numpy(values)


def batch_of(pictures: list[torch.Tensor]) -> torch.Tensor:
    """Stacks pictures of one size to [batch, height, width, 3]."""
    sizes = {tuple(picture.shape) for picture in pictures}
    if len(sizes) > 1:
        found = ", ".join(f"{width} × {height}" for height, width, _ in sorted(sizes))
        raise GengaNodeError(f"The pictures of one batch have different sizes: {found}.")
    return torch.stack(pictures)


def _texts(texts: dict[str, str] | None) -> PngImagePlugin.PngInfo | None:
    if not texts:
        return None
    info = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    return info
