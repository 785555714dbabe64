"""Text in lines that fit a panel."""

from __future__ import annotations

from ..panels.wrapped_text import line_width, wrap


def wrap_text(text: str) -> list[str]:
    """Gives the lines of a text for the region that is drawn now; Blender's labels do not wrap."""
    return wrap(text, line_width())
