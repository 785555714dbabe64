"""Undo steps for changes that come later than the press of their button."""

from __future__ import annotations

import bpy


def push_undo(message: str) -> None:
    """Makes an undo step for a change that came from the timer."""
    if not bpy.app.background and bpy.ops.ed.undo_push.poll():
        bpy.ops.ed.undo_push(message=message)
