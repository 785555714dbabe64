"""Ink lines from the G-buffer: silhouettes, creases and borders of material, as a line-art pass would
draw them.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .gbuffer import GBuffer


def ink_lines(buffer: GBuffer, width_px: float, parts: bool, crease_degrees: float) -> np.ndarray:
    """Gives lines [height, width] in 0 to 1 at the G-buffer's resolution, width_px wide.

    parts: whether borders between materials of one object are drawn too.
    """
    ids = buffer.line if parts else buffer.line // 8
    inverse = np.where(buffer.depth > 0, 1 / np.maximum(buffer.depth, 1e-3), 0)
    edge = np.zeros(buffer.depth.shape, bool)
    limit = np.cos(np.radians(crease_degrees))
    for axis in (0, 1):
        here, there = _shifted(axis)
        border = ids[here] != ids[there]
        crease = (buffer.normal[here] * buffer.normal[there]).sum(-1) < limit
        # 1 / z is linear over a plane, so its second difference is zero but at steps.
        second = np.zeros_like(inverse)
        centre = [slice(None)] * 2
        centre[axis] = slice(1, -1)
        second[tuple(centre)] = np.abs(np.diff(inverse, 2, axis))
        jump = second[here] > 0.03 * np.maximum(inverse[here], inverse[there])
        edge[here] |= border | ((crease | jump) & (ids[here] > 7) & (ids[there] > 7))
    radius = width_px / 2
    if radius <= 0.75:
        return edge.astype(np.float32)
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return ndimage.binary_dilation(edge, (y**2 + x**2) <= radius**2 + 0.3).astype(np.float32)


def _shifted(axis: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    here, there = [slice(None), slice(None)], [slice(None), slice(None)]
    here[axis], there[axis] = slice(None, -1), slice(1, None)
    return tuple(here), tuple(there)
