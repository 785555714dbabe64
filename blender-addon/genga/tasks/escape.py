"""Esc cancels, as it does with renders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import bpy


class Cancellable(Protocol):
    """Work that Esc may end."""

    def cancel(self) -> None:
        """Ends it."""


sources: list[Callable[[], list[Cancellable]]] = []
"""What gives the open work, oldest first; packages add theirs when they register."""


def open_work() -> list[Cancellable]:
    """Gives all work that Esc may end; the last one goes first."""
    return [work for source in sources for work in source()]


class GENGA_OT_catch_escape(bpy.types.Operator):
    """Cancel the newest picture or animation with Esc while it is made"""

    bl_idname = "genga.catch_escape"
    bl_label = "Cancel with Esc"
    bl_options = {"INTERNAL"}

    running = False

    def invoke(self, context, event):
        """Begins to listen, once for all work."""
        if GENGA_OT_catch_escape.running or not open_work():
            return {"CANCELLED"}
        GENGA_OT_catch_escape.running = True
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        """Takes Esc, and nothing else."""
        work = open_work()
        if not work:
            GENGA_OT_catch_escape.running = False
            return {"FINISHED", "PASS_THROUGH"}
        if event.type == "ESC" and event.value == "PRESS":
            work[-1].cancel()
            return {"RUNNING_MODAL"}
        return {"PASS_THROUGH"}

    def cancel(self, context):
        """Blender ends it, for instance because another file is opened."""
        GENGA_OT_catch_escape.running = False


def register() -> None:
    """Registers the operator."""
    GENGA_OT_catch_escape.running = False
    bpy.utils.register_class(GENGA_OT_catch_escape)


def unregister() -> None:
    """Takes the operator back."""
    bpy.utils.unregister_class(GENGA_OT_catch_escape)
    sources.clear()
