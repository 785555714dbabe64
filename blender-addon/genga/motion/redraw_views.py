"""Draws the scene anew when the stick figures change; the session's timer draws the panels alone."""

from __future__ import annotations

import bpy


def redraw_views() -> None:
    """Has the 3D Views drawn anew."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
