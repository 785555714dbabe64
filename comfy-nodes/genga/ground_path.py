"""Paths of the pelvis over the ground: points as text, and simple forms.

Metres; x is the figure's left, z its front.
"""

from __future__ import annotations

import math
import re
from typing import Any

from .errors import GengaNodeError

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_POINT = re.compile(rf"({_NUMBER})\s*[,;\s]\s*({_NUMBER})(?:\s*@\s*({_NUMBER})\s*s?)?")
_CORNERS = 48


def parse_points(text: str) -> list[dict[str, Any]]:
    """Reads one point a line, `x, z` in metres, with `@ 2.5 s` if it is passed at a time.

    Raises GengaNodeError that names the line.
    """
    points: list[dict[str, Any]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = _POINT.fullmatch(line.strip())
        if found is None:
            raise GengaNodeError(
                f'Line {number} of the path cannot be read: "{line.strip()}".',
                "Write x and z in metres, for instance: 1.5, 3 or 1.5, 3 @ 2 s",
            )
        x, z, time_s = found.groups()
        point: dict[str, Any] = {"position": [float(x), float(z)]}
        points.append(point if time_s is None else {**point, "time_s": float(time_s)})
    if len(points) < 2:
        raise GengaNodeError(
            f"The path has {len(points)} points; it needs at least two.", "Write one point a line."
        )
    return points


def line(size_m: float) -> list[dict[str, Any]]:
    """Straight ahead."""
    return _points([(0.0, 0.0), (0.0, size_m)])


def circle(size_m: float) -> list[dict[str, Any]]:
    """Once around to the left, `size_m` across; begins and ends where the figure stands, looking along +Z."""
    return _points([_on_circle(size_m / 2, 1, step / _CORNERS) for step in range(_CORNERS + 1)])


def figure_8(size_m: float) -> list[dict[str, Any]]:
    """Once around to the left and once to the right, `size_m` wide in all; crosses itself where it begins."""
    left = [_on_circle(size_m / 4, 1, step / _CORNERS) for step in range(_CORNERS)]
    right = [_on_circle(size_m / 4, -1, step / _CORNERS) for step in range(_CORNERS + 1)]
    return _points([*left, *right])


def _on_circle(radius_m: float, side: int, share: float) -> tuple[float, float]:
    angle = 2 * math.pi * share
    return side * radius_m * (1 - math.cos(angle)), radius_m * math.sin(angle)


def _points(places: list[tuple[float, float]]) -> list[dict[str, Any]]:
    return [{"position": [round(x, 6) + 0.0, round(z, 6) + 0.0]} for x, z in places]
