"""Text in lines that fit a panel."""

from __future__ import annotations

import textwrap

import bpy

CHARACTER_PX = 6.6
"""Mean width of a character of Blender's interface font at scale 1, measured on English sentences."""
MARGIN_PX = 60


def wrap_text(text: str) -> list[str]:
    """Gives the lines of a text for the region that is drawn now; Blender's labels do not wrap."""
    region = bpy.context.region
    scale = bpy.context.preferences.system.ui_scale or 1
    width = region.width / scale if region is not None else 320
    return textwrap.wrap(text, max(16, int((width - MARGIN_PX) / CHARACTER_PX)))
