"""What made a datablock, kept in the .blend with it."""

from __future__ import annotations

import json
from typing import Any

import bpy

RECORD_KEY = "genga"
"""Custom property of images, actions and objects of ours: what made them, as JSON text."""


def record_of(block: bpy.types.ID | None) -> dict[str, Any] | None:
    """Gives what made a datablock, or None for any that is not ours."""
    text = block.get(RECORD_KEY) if block is not None else None
    if not isinstance(text, str):
        return None
    try:
        record = json.loads(text)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def keep_record(block: bpy.types.ID, record: dict[str, Any]) -> None:
    """Has a datablock remember what made it."""
    block[RECORD_KEY] = json.dumps(record, ensure_ascii=False)
