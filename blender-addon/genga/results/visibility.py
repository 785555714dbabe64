"""Which surface a picture shows: a threshold for each pixel, made from the depth map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatMap = NDArray[np.float32]

RELATIVE_TOLERANCE = 0.002
"""Of the depth; 2 cm at 10 m. Less lets float32 speckle, more lets contact points leak."""
STEP = 0.02
"""A neighbour this much nearer than the surface's own slope explains is something in front of it."""


def threshold_map(depth: FloatMap, perspective: bool, edge_px: int = 1) -> FloatMap:
    """Gives the least nearness at which a surface is seen, [H, W], rows as in `depth`.

    `depth` is view-space metres, inf where nothing is. Nearness is 1 / depth in perspective and -depth in an
    orthographic view: both are linear in the picture on a plane, so that a map sampled with linear
    interpolation neither speckles on slopes (shadow acne) nor needs a bias that lets hidden parts through.
    Each pixel allows for its own surface's slope over one pixel. Within `edge_px` pixels beside something
    nearer the threshold is that thing's: a picture seldom keeps to outlines exactly, and its fringe would
    print on what is behind.
    """
    nothing = ~np.isfinite(depth)
    safe = np.where(nothing, 1.0, np.maximum(depth, 1e-6)).astype(np.float64)
    nearness = np.where(nothing, 0.0, 1 / safe) if perspective else np.where(nothing, -1e9, -safe)
    # What a step of 2 % of the depth is in nearness.
    unit = np.where(nothing, 0.0, 1 / safe if perspective else safe)
    slope_y, slope_x = _slope(nearness, 0), _slope(nearness, 1)
    own = nearness - np.abs(slope_x) - np.abs(slope_y) - RELATIVE_TOLERANCE * unit
    result = own.copy()
    for dy in range(-edge_px, edge_px + 1):
        for dx in range(-edge_px, edge_px + 1):
            if (dx, dy) == (0, 0) or dx * dx + dy * dy > edge_px * edge_px + 1:
                continue
            here, there = _overlap(nearness.shape, dy, dx)
            expected = nearness[here] + dx * slope_x[here] + dy * slope_y[here]
            step = STEP * np.maximum(unit[here], unit[there]) if perspective else STEP * unit[there]
            nearer = (nearness[there] - expected > step) & (nearness[there] > nearness[here])
            result[here] = np.where(nearer, np.maximum(result[here], own[there]), result[here])
    return result.astype(np.float32)


def _slope(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Gives the change over one pixel: the smaller of both sides, so that no slope crosses an outline."""
    step = np.diff(values, axis=axis)
    pad_before, pad_after = [(0, 0), (0, 0)], [(0, 0), (0, 0)]
    pad_before[axis], pad_after[axis] = (1, 0), (0, 1)
    before = np.pad(step, pad_before, mode="edge")
    after = np.pad(step, pad_after, mode="edge")
    return np.where(np.abs(before) < np.abs(after), before, after)


def _overlap(shape: tuple[int, ...], dy: int, dx: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Gives the parts of a map for which the neighbour at (dy, dx) exists, and those neighbours."""
    height, width = shape
    here = (slice(max(0, -dy), height - max(0, dy)), slice(max(0, -dx), width - max(0, dx)))
    there = (slice(max(0, dy), height + min(0, dy)), slice(max(0, dx), width + min(0, dx)))
    return here, there
