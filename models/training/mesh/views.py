"""Points of a surface, and which of them are seen from four sides: for colours and distances."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.training.image.glb import read_glb

Float: TypeAlias = NDArray[np.float64]
SIDE = 40
"""Pixels of a picture's side."""
VIEWS = 4
POINTS = 4000
ELEVATION = np.radians(20)


@dataclass(frozen=True)
class Cloud:
    """Points of a surface, evenly spread; the longest side of its box is 1, centred."""

    positions: Float
    """[n, 3], +Y up."""
    normals: Float
    """[n, 3], unit length, of the triangles."""
    colours: Float
    """[n, 3], linear."""


def cloud_of(positions: NDArray, colours: NDArray, seed: int, count: int = POINTS) -> Cloud:
    """Spreads points over triangles.

    positions: [t, 3, 3]; colours: [t, 3, 3], linear.
    """
    random = np.random.default_rng(seed)
    low, high = positions.reshape(-1, 3).min(0), positions.reshape(-1, 3).max(0)
    corners = (positions.astype(np.float64) - (low + high) / 2) / max((high - low).max(), 1e-9)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(cross, axis=1)
    chosen = random.choice(len(area), count, p=area / area.sum())
    first, second = random.random((2, count))
    root = np.sqrt(first)
    weights = np.stack([1 - root, root * (1 - second), root * second], 1)[:, :, None]
    return Cloud(
        (corners[chosen] * weights).sum(1),
        cross[chosen] / np.maximum(area[chosen], 1e-12)[:, None],
        (colours[chosen] * weights).sum(1),
    )


def read_cloud(file: Path, seed: int = 0) -> Cloud:
    """Reads a GLB as a cloud."""
    positions, _, colours = read_glb(file)
    return cloud_of(positions, colours.astype(np.float64) ** 2.2, seed)


def turned(cloud: Cloud, angle: float) -> Cloud:
    """Turns a cloud about +Y, radians."""
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return Cloud(cloud.positions @ turn.T, cloud.normals @ turn.T, cloud.colours)


def visible_colours(cloud: Cloud) -> Float:
    """Gives the colours of the pixels of all views together, linear, [n, 3]."""
    seen = [_visible(cloud, view * 2 * np.pi / VIEWS)[1] for view in range(VIEWS)]
    return cloud.colours[np.concatenate(seen)]


def _camera(angle: float) -> Float:
    """Rows: right, up, towards the camera."""
    c, s = np.cos(angle), np.sin(angle)
    around = np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])
    e, f = np.cos(ELEVATION), np.sin(ELEVATION)
    return np.array([[1, 0, 0], [0, e, -f], [0, f, e]]) @ around


def _visible(cloud: Cloud, angle: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Gives the pixels that are drawn, and the point that each shows: the nearest."""
    turned_points = cloud.positions @ _camera(angle).T
    place = ((turned_points[:, :2] * [0.66, -0.66] + 0.5) * SIDE).astype(int).clip(0, SIDE - 1)
    # Each point covers two by two pixels, so that thin clouds have no holes.
    steps = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    spots = np.minimum(place[None] + steps[:, None], SIDE - 1)
    pixel = (spots[..., 1] * SIDE + spots[..., 0]).ravel()
    # One sort: whole numbers are pixels, the rest is how near the point is.
    near = np.tile(turned_points[:, 2] * 0.25 + 0.5, 4).clip(0, 0.999)
    order = np.argsort(pixel + near)
    pixel, point = pixel[order], order % len(turned_points)
    last = np.append(pixel[1:] != pixel[:-1], True)
    return pixel[last], point[last]
