"""Draws models as the judge sees them: points of the surface in small pictures from four sides."""

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
CHANNELS = 5
"""Seen or not, nearness, normal towards the camera (x right, y up, z out)."""
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


def varied(cloud: Cloud, random: np.random.Generator) -> Cloud:
    """Gives a cloud turned about +Y, mirrored, stretched, a little rough: what a judge should not mind."""
    stretch = np.exp(random.normal(0, 0.14, 3)) * np.array([random.choice((-1, 1)), 1, 1])
    positions = cloud.positions * stretch
    normals = cloud.normals / stretch
    # A soft, lumpy surface, as fields of networks have it.
    rough = random.random() * 0.012
    waves = random.normal(0, 9, (3, 3))
    positions = positions + rough * np.sin(positions @ waves + random.random(3) * 6)
    normals = normals + random.random() * 0.2 * random.normal(0, 1, normals.shape)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    span = np.ptp(positions, 0).max()
    return turned(Cloud(positions / span, normals, cloud.colours), random.random() * 2 * np.pi)


def turned(cloud: Cloud, angle: float) -> Cloud:
    """Turns a cloud about +Y, radians."""
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return Cloud(cloud.positions @ turn.T, cloud.normals @ turn.T, cloud.colours)


def pictures_of(cloud: Cloud) -> NDArray[np.uint8]:
    """Draws [VIEWS, CHANNELS, SIDE, SIDE], 0 to 255."""
    drawn = np.zeros((VIEWS, CHANNELS, SIDE, SIDE), np.uint8)
    for view in range(VIEWS):
        pixel, seen = _visible(cloud, view * 2 * np.pi / VIEWS)
        turn = _camera(view * 2 * np.pi / VIEWS)
        position, normal = cloud.positions[seen] @ turn.T, cloud.normals[seen] @ turn.T
        # Both sides of a surface are seen: single sheets are common in the real models.
        normal = normal * np.where(normal[:, 2:] < 0, -1, 1)
        flat = drawn[view].reshape(CHANNELS, -1)
        flat[0, pixel] = 255
        flat[1, pixel] = (128 + position[:, 2] * 140).clip(0, 255)
        flat[2:, pixel] = (128 + 127 * normal.T).clip(0, 255)
    return drawn


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
