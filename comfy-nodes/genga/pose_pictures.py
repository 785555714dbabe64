"""Draws 18-point poses as OpenPose does: what ControlNet's openpose models were trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

COLORS = (
    (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0),
    (0, 255, 0), (0, 255, 85), (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255),
    (0, 0, 255), (85, 0, 255), (170, 0, 255), (255, 0, 255), (255, 0, 170), (255, 0, 85),
)  # fmt: skip
"""Colour of each point, and of each limb in `LIMBS`."""
LIMBS = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10),
    (1, 11), (11, 12), (12, 13), (1, 0), (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip
"""Points that each limb joins, in COCO's order (0 = nose, 1 = neck …); drawn one over the other."""
LIMB_SHADE = 0.6
"""Limbs are drawn in 60 % of their colour, points in the whole of it."""
STICK_WIDTH_PX = 4.0
"""Half the thickness of a limb and radius of a point in a picture of 512 pixels."""


def draw_pose(keypoints: Sequence[float], width: int, height: int) -> np.ndarray:
    """Draws one person, [height, width, 3] uint8, on black, not antialiased.

    keypoints: x and y in pixels and whether the point is seen, 18 times.
    """
    picture = np.zeros((height, width, 3), np.uint8)
    points = np.asarray(keypoints, np.float64).reshape(18, 3)
    seen = points[:, 2] > 0
    half = STICK_WIDTH_PX * max(min(width, height) / 512, 0.5)
    for (start, end), color in zip(LIMBS, COLORS, strict=False):
        if seen[start] and seen[end]:
            a, b = points[start, :2], points[end, :2]
            length = float(np.linalg.norm(b - a))
            along = (b - a) / length if length > 0 else np.array([1.0, 0.0])
            shade = [int(channel * LIMB_SHADE) for channel in color]
            _fill_ellipse(picture, (a + b) / 2, along, max(length / 2, 0.5), half, shade)
    for point, is_seen, color in zip(points, seen, COLORS, strict=True):
        if is_seen:
            _fill_ellipse(picture, point[:2], np.array([1.0, 0.0]), half, half, color)
    return picture


def _fill_ellipse(
    picture: np.ndarray,
    centre: np.ndarray,
    along: np.ndarray,
    length: float,
    width: float,
    color: Sequence[int],
) -> None:
    """`length` and `width` are the half axes along and across `along`, a unit vector."""
    reach = np.hypot(along * length, along[::-1] * width)
    low = np.maximum(np.floor(centre - reach).astype(int), 0)
    high = np.minimum(np.ceil(centre + reach).astype(int) + 1, (picture.shape[1], picture.shape[0]))
    if (low >= high).any():
        return
    x = np.arange(low[0], high[0]) + 0.5 - centre[0]
    y = np.arange(low[1], high[1])[:, None] + 0.5 - centre[1]
    u = (x * along[0] + y * along[1]) / length
    v = (y * along[0] - x * along[1]) / width
    picture[low[1] : high[1], low[0] : high[0]][u * u + v * v <= 1] = color
