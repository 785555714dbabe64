"""A result as an image datablock that carries its file, byte for byte, and what made it."""

from __future__ import annotations

import hashlib
from typing import Any

import bpy
from genga_client import GengaError

from .record import keep_record, record_of

NAME_BYTES = 56  # 63 fit before Blender 5.0; the rest is left for ".001"

_FORMATS = {"image/png": ("PNG", ".png"), "image/jpeg": ("JPEG", ".jpg"), "image/webp": ("WEBP", ".webp")}
_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def image_datablock(name: str, file_bytes: bytes, record: dict[str, Any]) -> bpy.types.Image:
    """Gives a new image that holds `file_bytes` packed as they came, so that its credential stays readable.

    `name` is usually the prompt; it is cut to what Blender keeps. `record` needs `mime`; `sha256` is added.
    It is kept as JSON text in the custom property `genga` and goes with the .blend file.

    Raises GengaError: ASSET_UNREADABLE when Blender cannot read the bytes as a picture.
    """
    mime = record.get("mime", "image/png")
    image = packed_image(name, file_bytes, mime)
    digest = hashlib.sha256(file_bytes).hexdigest()
    keep_record(image, {**record, "mime": mime, "sha256": digest})
    return image


def packed_image(name: str, file_bytes: bytes, mime: str) -> bpy.types.Image:
    """Gives a new image that holds `file_bytes` packed as they came.

    Raises GengaError: ASSET_UNREADABLE when Blender cannot read the bytes as a picture.
    """
    if mime not in _FORMATS:
        raise GengaError(
            "ASSET_UNREADABLE", f'Unsupported picture type "{mime}"; expected one of: {", ".join(_FORMATS)}.'
        )
    image = bpy.data.images.new(image_name(name), 8, 8)
    image.pack(data=file_bytes, data_len=len(file_bytes))
    image.source = "FILE"  # from here on the pixels come from the packed file
    # The path that Blender offers when the artist unpacks. It says nothing of the machine.
    image.filepath_raw = "//" + _file_name(image.name) + _FORMATS[mime][1]
    if image.size[0] == 0 or not (image.has_data or _load(image)):
        bpy.data.images.remove(image)
        raise GengaError(
            "ASSET_UNREADABLE",
            f"These {len(file_bytes)} bytes are no picture that Blender can read as {mime}.",
        )
    return image


def packed_bytes(image: bpy.types.Image) -> bytes | None:
    """Gives the image's file as it is packed or on disk, without unsaved paint; None when there is none."""
    if image.packed_file is not None:
        return bytes(image.packed_file.data)
    path = bpy.path.abspath(image.filepath, library=image.library) if image.filepath else ""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def mime_of(data: bytes) -> str | None:
    """Gives the media type of a PNG, JPEG or WebP file by its first bytes, None for others."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((mime for start, mime in _SIGNATURES.items() if data.startswith(start)), None)


def file_extension(mime: str | None) -> str:
    """Gives the extension of a media type's files; those of unknown ones are encoded as PNG."""
    return _FORMATS.get(mime or "", _FORMATS["image/png"])[1]


def is_edited(image: bpy.types.Image) -> bool:
    """Tells whether an image was painted over, or its file changed, since the core made it."""
    record = record_of(image)
    if image.is_dirty or record is None:
        return image.is_dirty
    data = packed_bytes(image)
    return data is None or hashlib.sha256(data).hexdigest() != record.get("sha256")


def image_name(text: str) -> str:
    """Gives `text` on one line, cut at a word where possible, to what a datablock's name can hold."""
    line = " ".join(text.split()) or "Genga"
    if len(line.encode()) <= NAME_BYTES:
        return line
    cut = line.encode()[:NAME_BYTES].decode(errors="ignore")
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > len(cut) // 2 else cut).rstrip(" ,.;")


def _file_name(name: str) -> str:
    return bpy.path.clean_name(name).strip("_") or "genga"


def _load(image: bpy.types.Image) -> bool:
    return len(image.pixels) > 0
