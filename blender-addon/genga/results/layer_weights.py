"""What a projection paints on a surface point; the numpy twin of the node group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .projector import Projector

Array = NDArray[np.float64]


def layer_weights(
    projector: Projector,
    threshold: NDArray[np.float32],
    positions: Array,
    normals: Array,
    *,
    facing_from: float,
    facing_to: float,
    border: float,
    sharpness: float,
) -> tuple[Array, Array, Array]:
    """Gives u, v [N, 2], coverage [N] in [0, 1] and weight [N] of points with normals [N, 3], object space.

    `threshold` is the map of `threshold_map`, [H, W], bottom row first. The picture's own alpha and
    the layer's opacity come on top.
    """
    uv, depth = projector.project(positions)
    seen = projector.nearness(depth) > sample(threshold[..., None], uv)[:, 0]
    inside = np.minimum(np.minimum(uv[:, 0], 1 - uv[:, 0]), np.minimum(uv[:, 1], 1 - uv[:, 1]))
    framed = np.where(inside > 0, np.clip(inside / max(border, 1e-7), 0, 1), 0.0)
    facing = projector.facing(positions, normals)
    fade = np.clip((facing - facing_from) / (facing_to - facing_from), 0, 1)
    coverage = np.where(seen & (depth > 0), framed * fade, 0.0)
    return uv, coverage, coverage * np.maximum(facing, 0) ** sharpness


def sample(picture: NDArray[np.float32], uv: Array) -> NDArray[np.float32]:
    """Samples a picture [H, W, C], bottom row first, with linear interpolation; its border goes on."""
    height, width = picture.shape[:2]
    x = np.clip(np.nan_to_num(uv[:, 0], nan=-1.0, posinf=2.0, neginf=-1.0) * width - 0.5, 0, width - 1)
    y = np.clip(np.nan_to_num(uv[:, 1], nan=-1.0, posinf=2.0, neginf=-1.0) * height - 0.5, 0, height - 1)
    x0, y0 = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    x1, y1 = np.minimum(x0 + 1, width - 1), np.minimum(y0 + 1, height - 1)
    fx, fy = (x - x0)[:, None].astype(np.float32), (y - y0)[:, None].astype(np.float32)
    low = picture[y0, x0] * (1 - fx) + picture[y0, x1] * fx
    high = picture[y1, x0] * (1 - fx) + picture[y1, x1] * fx
    return low * (1 - fy) + high * fy
