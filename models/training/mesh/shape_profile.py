"""A shape in numbers that do not change with a turn about +Y: proportions, what each height is like, how
faces lie and how far points are apart.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .views import Cloud

SLICES = 16
LEVELS = 5
BINS = 16
PROFILE = 2 + SLICES * LEVELS + 10 + 2 * BINS
"""Numbers of a profile."""


def shape_profile(cloud: Cloud) -> NDArray[np.float32]:
    """Gives [PROFILE] of a cloud."""
    points = cloud.positions - (cloud.positions.min(0) + cloud.positions.max(0)) / 2
    flat = points[:, [0, 2]]
    axes = np.linalg.eigh(np.cov(flat.T))[1]
    # Along the longer and the shorter way over the ground.
    across = flat @ axes[:, ::-1]
    size = np.maximum(np.ptp(across, 0), 1e-3)
    height = max(np.ptp(points[:, 1]), 1e-3)
    longest = max(size.max(), height)
    proportions = np.log(np.array([height / size.max(), size.min() / size.max()]))
    slices = np.clip(((points[:, 1] / height + 0.5) * SLICES).astype(int), 0, SLICES - 1)
    radius = np.hypot(*(across / longest).T)
    levels = np.zeros((SLICES, LEVELS))
    for number in range(SLICES):
        inside = slices == number
        if not inside.any():
            continue
        here = across[inside] / longest
        low, high = np.quantile(here, (0.05, 0.95), axis=0)
        levels[number] = [
            np.sqrt(inside.mean()),
            *(high - low),
            radius[inside].mean(),
            radius[inside].std(),
        ]
    faces = np.histogram(cloud.normals[:, 1], 10, (-1.001, 1.001))[0] / len(points)
    half = len(points) // 2
    apart = np.linalg.norm(points[:half] - points[half : 2 * half], axis=1) / longest
    distances = np.histogram(apart, BINS, (0, 1.5))[0] / half
    rings = np.histogram(radius, BINS, (0, 0.75))[0] / len(points)
    return np.concatenate(
        [proportions, levels.reshape(-1), np.sqrt(faces), np.sqrt(distances), np.sqrt(rings)]
    ).astype(np.float32)
