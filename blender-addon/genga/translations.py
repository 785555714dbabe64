"""English to Japanese, for `bpy.app.translations`."""

from __future__ import annotations

import bpy

JAPANESE: dict[str, str] = {
    "Genga": "Genga",
}


def register() -> None:
    """Hands the table to Blender."""
    table = {("*", text): japanese for text, japanese in JAPANESE.items()}
    bpy.app.translations.register(__package__, {"ja_JP": table})


def unregister() -> None:
    """Takes the table back."""
    bpy.app.translations.unregister(__package__)
