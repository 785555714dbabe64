"""Contact sheets: a strip of stick figures for each motion, evenly spaced in time. Left is red, right is
blue.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from .motion import Motion, joints_of
from .skeleton import NAMES, PARENTS

VIEW_RADIANS = 0.7
"""From how far aside the figures are seen."""


def strip(motion: Motion, title: str, count: int = 14, size: int = 110) -> Image.Image:
    """Draws one motion; each figure stands above its own place, without the way it goes."""
    joints = joints_of(motion)
    picture = Image.new("RGB", (count * size, size + 14), "white")
    draw = ImageDraw.Draw(picture)
    draw.text((4, 1), f"{title} ({motion.seconds:.1f} s)", fill="black")
    for column, frame in enumerate(np.linspace(0, len(motion) - 1, count).astype(int)):
        places = joints[frame] - joints[frame, 0] * [1, 0, 1]
        aside = places[:, 0] * np.cos(VIEW_RADIANS) - places[:, 2] * np.sin(VIEW_RADIANS)
        x, y = column * size + size / 2 + aside * size / 2.2, size + 8 - places[:, 1] * size / 2.1
        draw.line((column * size, size + 8, (column + 1) * size, size + 8), fill=(205, 205, 205))
        for joint, parent in enumerate(PARENTS):
            if parent >= 0:
                name = NAMES[joint]
                ink = (200, 40, 40) if "left" in name else (40, 60, 200) if "right" in name else (30, 30, 30)
                draw.line((x[parent], y[parent], x[joint], y[joint]), fill=ink, width=2)
    return picture


def sheet(motions: list[tuple[str, Motion]], file: Path) -> None:
    """Writes strips below each other."""
    strips = [strip(motion, title) for title, motion in motions]
    whole = Image.new("RGB", (strips[0].width, sum(one.height for one in strips)), "white")
    top = 0
    for one in strips:
        whole.paste(one, (0, top))
        top += one.height
    whole.save(file)
