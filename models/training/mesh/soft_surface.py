"""Real models seen through the generator's own grid: what is left of their shape on 48³ cells.

The judge learns from them beside the models themselves, so that soft edges alone do not mislead it, and its
score on them says what the grid costs.
"""

from __future__ import annotations

import igl
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from .sample import GRID, grid_centres

SOFTNESS = 0.7
"""Deviation of the blur, cells."""


def soft_surface(sdf: NDArray[np.int8]) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Gives positions and normals, [t, 3, 3] each, +Y up, of a grid of distances (`Samples.sdf`, [z, y, x]);
    None if nothing of the model is left.
    """
    blurred = gaussian_filter(sdf.astype(np.float64) / 127, SOFTNESS, mode="nearest")
    if blurred.min() >= 0 or blurred.max() <= 0:
        return None
    vertices, faces = igl.marching_cubes(blurred.reshape(-1), grid_centres(GRID), GRID, GRID, GRID, 0.0)[:2]
    # Outwards is where the distance grows.
    slopes = np.stack(np.gradient(blurred)[::-1], -1)
    cells = np.clip(np.round((vertices + 1) / 2 * GRID - 0.5).astype(int), 0, GRID - 1)
    outward = slopes[cells[:, 2], cells[:, 1], cells[:, 0]]
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
    return vertices[faces], outward[faces]
