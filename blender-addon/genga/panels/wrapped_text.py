"""Texts of any length in a panel: a label alone would be cut off."""

from __future__ import annotations

import bpy

from ..translations import translated

LETTER_PX = 6.6
"""Mean width of a letter of the interface's font at scale 1, measured on English sentences."""
MARGIN_PX = 60
"""Width of a region that a label does not have: margins and tabs."""
BOX_PX = 28
"""What an icon and a box take of it besides."""
LEAST, MOST = 16, 90


def draw_text(layout: bpy.types.UILayout, text: str, icon: str = "NONE", *, translate: bool = True) -> None:
    """Draws a text as labels that fit the region, the icon before the first."""
    shown = translated(text) if translate else text
    for number, line in enumerate(wrap(shown, line_width(MARGIN_PX + BOX_PX))):
        layout.label(text=line, icon=icon if number == 0 or icon == "NONE" else "BLANK1", translate=False)


def line_width(margin_px: float = MARGIN_PX) -> int:
    """Gives the letters that fit in a line of the region that is drawn."""
    region = bpy.context.region
    if region is None:
        return MOST
    width = region.width / bpy.context.preferences.system.ui_scale
    return min(MOST, max(LEAST, int((width - margin_px) / LETTER_PX)))


def wrap(text: str, width: int) -> list[str]:
    """Breaks a text into lines; wide letters (Japanese) count twice, and are broken between any two."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line, used = "", 0
        for word in _words(paragraph):
            if line.strip() and used + _width(word.rstrip()) > width:
                lines.append(line.strip())
                line, used = "", 0
            line += word
            used += _width(word)
        lines.append(line.strip())
    return lines


def _words(text: str) -> list[str]:
    """Parts between which a line may end; a blank belongs to the word before it."""
    words: list[str] = []
    for letter in text:
        begins = not words or _is_wide(letter) or _is_wide(words[-1][-1])
        if begins or (words[-1].endswith(" ") and letter != " "):
            words.append(letter)
        else:
            words[-1] += letter
    return words


def _width(text: str) -> int:
    return sum(2 if _is_wide(letter) else 1 for letter in text)


def _is_wide(letter: str) -> bool:
    return ord(letter) > 0x2E7F
