"""English to Japanese, for `bpy.app.translations`: the table is japanese.json."""

from __future__ import annotations

import json
from pathlib import Path

import bpy

TABLE = Path(__file__).parent / "japanese.json"
CONTEXTS = ("*", "Operator")
"""Blender looks labels of operators up in a context of their own."""


def japanese() -> dict[str, str]:
    """Gives the table: text in English, as the code has it, to text in Japanese."""
    return json.loads(TABLE.read_text(encoding="utf-8"))


def translated(text: str, **values: object) -> str:
    """Gives a text in the interface's language, with values in place of its {names}.

    For texts that are put together; draw what it gives with `translate=False`.
    """
    found = bpy.app.translations.pgettext_iface(text)
    return found.format(**values) if values else found


def register() -> None:
    """Hands the table to Blender."""
    table = {(context, text): found for text, found in japanese().items() for context in CONTEXTS}
    bpy.app.translations.register(__package__, {"ja_JP": table})


def unregister() -> None:
    """Takes the table back."""
    bpy.app.translations.unregister(__package__)
