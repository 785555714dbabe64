"""Which point of which triangle lies on each texel."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CHUNK = 300_000
"""Texels tried at once: about 40 ms."""


@dataclass(frozen=True)
class TexelMap:
    """The triangle under each covered texel's centre; rows from the bottom, as Blender has them."""

    texels: NDArray[np.int64]
    """Index (row * width + column) of the covered texels, [N], ascending, each once."""
    triangles: NDArray[np.int64]
    """Their triangle, [N]."""
    weights: NDArray[np.float64]
    """Barycentric weights of its corners, [N, 3]."""
    overlapping: float
    """Share of the covered texels that several triangles claim."""


def raster_triangles(uv: NDArray[np.floating], width: int, height: int) -> Generator[None, None, TexelMap]:
    """Rasters triangles, uv [T, 3, 2] in [0, 1], v upwards; in slices. What lies outside is left out.

    Where triangles overlap the last one has the texel.
    """
    corners = np.asarray(uv, np.float64) * (width, height)
    low = np.ceil(corners.min(1) - 0.5).astype(np.int64).clip(0, None)
    high = np.floor(corners.max(1) - 0.5).astype(np.int64)
    high = np.minimum(high, (width - 1, height - 1))
    edge_a = corners[:, 1] - corners[:, 0]
    edge_b = corners[:, 2] - corners[:, 0]
    area = edge_a[:, 0] * edge_b[:, 1] - edge_a[:, 1] * edge_b[:, 0]
    columns = np.where(np.abs(area) > 1e-12, (high[:, 0] - low[:, 0] + 1).clip(0), 0)
    rows = np.where(columns > 0, (high[:, 1] - low[:, 1] + 1).clip(0), 0)
    # One span a triangle and row: no single piece is longer than the texture is wide.
    owner = np.repeat(np.arange(len(corners)), rows)
    line = low[owner, 1] + _counting(rows)
    length = columns[owner]
    ends = np.cumsum(length)
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []
    claims = np.zeros(width * height, np.uint8)
    start = 0
    while start < len(owner):
        done = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + CHUNK, "right")))
        span = slice(start, stop)
        triangle = np.repeat(owner[span], length[span])
        x = low[triangle, 0] + _counting(length[span])
        y = np.repeat(line[span], length[span])
        point = np.stack([x + 0.5, y + 0.5], 1) - corners[triangle, 0]
        b = (point[:, 0] * edge_b[triangle, 1] - point[:, 1] * edge_b[triangle, 0]) / area[triangle]
        c = (edge_a[triangle, 0] * point[:, 1] - edge_a[triangle, 1] * point[:, 0]) / area[triangle]
        inside = (b >= -1e-9) & (c >= -1e-9) & (b + c <= 1 + 1e-9)
        texel = y[inside] * width + x[inside]
        weight = np.stack([1 - b[inside] - c[inside], b[inside], c[inside]], 1)
        found.append((texel, triangle[inside], weight))
        # On a shared edge both neighbours claim the texel: only what lies well within counts as overlap.
        well = texel[weight.min(1) > 1e-6]
        np.add.at(claims, well[claims[well] < 250], 1)
        start = stop
        yield
    if not found:
        return TexelMap(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, 3)), 0.0)
    texels = np.concatenate([entry[0] for entry in found])
    triangles = np.concatenate([entry[1] for entry in found])
    weights = np.concatenate([entry[2] for entry in found])
    yield
    unique, last = np.unique(texels[::-1], return_index=True)
    last = len(texels) - 1 - last
    overlapping = float((claims > 1).sum() / max(1, len(unique)))
    return TexelMap(unique, triangles[last], weights[last], overlapping)


def grow_islands(
    pixels: NDArray[np.float32], covered: NDArray[np.bool_], margin_px: int
) -> Generator[None, None, None]:
    """Fills `margin_px` texels around what is covered with the mean of their neighbours, in place; in slices.

    `pixels` is [H, W, C], `covered` [H, W]; both are changed.
    """
    height, width = covered.shape
    for _ in range(margin_px):
        near = np.zeros_like(covered)
        near[1:] |= covered[:-1]
        near[:-1] |= covered[1:]
        near[:, 1:] |= covered[:, :-1]
        near[:, :-1] |= covered[:, 1:]
        y, x = np.nonzero(near & ~covered)
        if not len(y):
            return
        total = np.zeros((len(y), pixels.shape[2]), np.float32)
        count = np.zeros(len(y), np.float32)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                ny, nx = y + dy, x + dx
                valid = (ny >= 0) & (ny < height) & (nx >= 0) & (nx < width)
                valid[valid] = covered[ny[valid], nx[valid]]
                total[valid] += pixels[ny[valid], nx[valid]]
                count[valid] += 1
        pixels[y, x] = total / np.maximum(count, 1)[:, None]
        covered[y, x] = True
        yield


def _counting(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Gives 0 … n - 1 for each length n, one after the other."""
    total = int(lengths.sum())
    starts = np.cumsum(lengths) - lengths
    return np.arange(total) - np.repeat(starts, lengths)
