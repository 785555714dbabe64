"""Contact sheets: a strip of stick figures for each motion, evenly spaced in time. Left is red, right is
blue.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from .motion import Motion, joints_of
from .skeleton import FPS, NAMES, PARENTS

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


def animation(
    motions: list[tuple[str, Motion]], file: Path, columns: int = 4, size: int = 150, every: int = 2
) -> None:
    """Writes a GIF of all motions side by side, every other frame, the camera going around them once.

    Each figure is followed over the ground; the lines below move with the ground.
    """
    frames = max(len(motion) for _, motion in motions)
    joints = [joints_of(motion) for _, motion in motions]
    rows = -(-len(motions) // columns)
    pictures = []
    for frame in range(0, frames, every):
        angle = VIEW_RADIANS + 2 * np.pi * frame / frames
        picture = Image.new("RGB", (columns * size, rows * size), "white")
        draw = ImageDraw.Draw(picture)
        for number, places in enumerate(joints):
            left, top = number % columns * size, number // columns * size
            draw.text((left + 3, top + 2), motions[number][0][:26], fill=(90, 90, 90))
            _figure(draw, places[min(frame, len(places) - 1)], angle, (left, top), size)
        pictures.append(picture.quantize(16))
    pictures[0].save(
        file, save_all=True, append_images=pictures[1:], duration=1000 * every // FPS, loop=0, optimize=True
    )


def _figure(
    draw: ImageDraw.ImageDraw, joints: np.ndarray, angle: float, corner: tuple[int, int], size: int
) -> None:
    """Draws a figure seen from a little above, `angle` about +Y."""
    scale, (left, top) = size / 2.4, corner

    def seen(points: np.ndarray) -> list[tuple[float, float]]:
        aside = points[:, 0] * np.cos(angle) - points[:, 2] * np.sin(angle)
        away = points[:, 0] * np.sin(angle) + points[:, 2] * np.cos(angle)
        x = left + size / 2 + aside * scale
        y = top + size - 18 - points[:, 1] * scale * 0.95 + away * scale * 0.25
        return list(zip(x.tolist(), y.tolist(), strict=True))

    root = joints[0] * [1, 0, 1]
    for axis in (0, 2):  # a metre grid that stands still in the world
        for line in (-1.0, 0.0, 1.0):
            ends = np.zeros((2, 3))
            ends[:, axis] = line - (root[axis] - np.round(root[axis]))
            ends[:, 2 - axis] = (-1, 1)
            draw.line(seen(ends), fill=(225, 225, 225))
    places = seen(joints - root)
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            name = NAMES[joint]
            ink = (200, 40, 40) if "left" in name else (40, 60, 200) if "right" in name else (30, 30, 30)
            draw.line((places[parent], places[joint]), fill=ink, width=3)
