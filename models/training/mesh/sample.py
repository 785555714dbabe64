"""Samples a triangle soup: signed distance and surface colour on a grid and at points near the surface.

Open, self-crossing and doubled surfaces are the rule in game assets, so inside is where the generalised
winding number (Jacobson et al. 2013; Barill et al. 2018 for the fast form) is above a half, and a face
with the outside on both sides counts as a thin sheet.
"""

from __future__ import annotations

from dataclasses import dataclass

import igl
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

GRID = 48
"""Cells of the distance grid a side, over the cube from -1 to 1."""
COLOUR_GRID = 16
CELL = 2 / GRID
TRUNCATION = 0.125
"""Distances beyond it are cut off: 3 cells."""
LONGEST_SIDE = 1.8
SHEET = 0.014
"""Half the thickness that an open sheet is given."""
NEAR_POINTS = 8192
NEAR_DEVIATIONS = (0.015, 0.06)


@dataclass(frozen=True)
class Samples:
    """A model in the cube from -1 to 1, centred, its longest side LONGEST_SIDE. Grids are [z, y, x]."""

    sdf: NDArray[np.int8]
    """[GRID, GRID, GRID], distance / TRUNCATION × 127 at cell centres, below 0 inside."""
    surface: NDArray[np.uint8]
    """[COLOUR_GRID, COLOUR_GRID, COLOUR_GRID, channels] × 255: the nearest surface's."""
    points: NDArray[np.float16]
    """[NEAR_POINTS, 3], x, y, z."""
    point_sdf: NDArray[np.float16]
    """[NEAR_POINTS], not truncated."""
    point_surface: NDArray[np.uint8]
    """[NEAR_POINTS, channels] × 255."""
    extents: NDArray[np.float32]
    """[3], sides of the box around it; the largest is LONGEST_SIDE."""


def sample_model(
    positions: NDArray[np.floating], surface: NDArray[np.floating], rng: np.random.Generator
) -> Samples:
    """Samples triangles [t, 3, 3], +Y up, with values in 0 to 1 at each corner, [t, 3, channels].

    Raises ValueError for a model without area.
    """
    corners, extents = normalised(positions.astype(np.float64))
    shape = _Shape(corners, surface.astype(np.float64))
    centres = grid_centres(GRID)
    sdf, values = shape.grid(centres)
    points = shape.near_points(rng)
    distance, near = shape.signed(points, sdf)
    return Samples(
        np.round(np.clip(sdf / TRUNCATION, -1, 1) * 127).astype(np.int8).reshape(GRID, GRID, GRID),
        _coarse(sdf, values),
        points.astype(np.float16),
        distance.astype(np.float16),
        np.round(near.clip(0, 1) * 255).astype(np.uint8),
        extents.astype(np.float32),
    )


def normalised(positions: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gives triangles centred in all axes with a longest side of LONGEST_SIDE, and the sides of their box."""
    low, high = positions.reshape(-1, 3).min(0), positions.reshape(-1, 3).max(0)
    longest = (high - low).max()
    if not longest > 0:
        raise ValueError("The model has no extent.")
    scale = LONGEST_SIDE / longest
    return (positions - (low + high) / 2) * scale, (high - low) * scale


def grid_centres(size: int) -> NDArray[np.float64]:
    """Gives the cell centres of a grid over the cube from -1 to 1, [size³, 3] as x, y, z; x runs fastest."""
    at = (np.arange(size) + 0.5) / size * 2 - 1
    z, y, x = np.meshgrid(at, at, at, indexing="ij")
    return np.stack([x, y, z], -1).reshape(-1, 3)


class _Shape:
    def __init__(self, corners: NDArray[np.float64], surface: NDArray[np.float64]) -> None:
        cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        area = np.linalg.norm(cross, axis=1)
        real = area > 1e-10
        corners, surface, cross, area = corners[real], surface[real], cross[real], area[real]
        if not len(corners):
            raise ValueError("The model has no area.")
        self.vertices = np.ascontiguousarray(corners.reshape(-1, 3))
        self.faces = np.arange(len(self.vertices)).reshape(-1, 3)
        normal = cross / area[:, None] * 2e-3
        centre = corners.mean(1)
        front, back = self.inside(centre + normal), self.inside(centre - normal)
        hidden = front & back
        if hidden.any():  # a face whose middle lies in another part: gone if its corners do as well
            near = corners[hidden] * 0.85 + centre[hidden, None] * 0.15
            side = normal[hidden, None]
            both = np.concatenate([near + side, near - side], 1).reshape(-1, 3)
            hidden[hidden] = self.inside(both).reshape(len(near), -1).all(1)
        shown = ~hidden if not hidden.all() else np.ones_like(hidden)
        self.corners, self.surface, self.area = corners[shown], surface[shown], area[shown]
        self.sheet = (~front & ~back)[shown]
        self.outer = np.ascontiguousarray(self.corners.reshape(-1, 3))
        self.outer_faces = np.arange(len(self.outer)).reshape(-1, 3)

    def inside(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        if not len(points):
            return np.zeros(0, bool)
        return np.abs(igl.fast_winding_number(self.vertices, self.faces, np.ascontiguousarray(points))) > 0.5

    def nearest(self, points: NDArray[np.float64]) -> tuple[NDArray, NDArray, NDArray]:
        """Gives unsigned distances, faces and the nearest places."""
        squared, face, place = igl.point_mesh_squared_distance(
            np.ascontiguousarray(points), self.outer, self.outer_faces
        )
        return np.sqrt(np.maximum(squared, 0)), face, place

    def signed(self, points: NDArray[np.float64], grid: NDArray) -> tuple[NDArray, NDArray]:
        """Gives signed distances and the nearest surface's values; the grid's signs hold for points that are
        nearer to their cell's centre than both together are to the surface.
        """
        distance, face, place = self.nearest(points)
        cell = ((points + 1) / CELL).astype(int).clip(0, GRID - 1)
        known = grid[(cell[:, 2] * GRID + cell[:, 1]) * GRID + cell[:, 0]]
        apart = np.linalg.norm((cell + 0.5) * CELL - 1 - points, axis=1)
        inside = known < 0
        unsure = np.abs(known) + distance <= apart + SHEET
        inside[unsure] = self.inside(points[unsure])
        return self.with_sign(distance, face, inside), self.values(face, place)

    def with_sign(self, distance: NDArray, face: NDArray, inside: NDArray) -> NDArray[np.float64]:
        return np.where(inside, -distance, np.where(self.sheet[face], distance - SHEET, distance))

    def values(self, face: NDArray, place: NDArray) -> NDArray[np.float64]:
        a, b, c = (self.corners[face, k] for k in range(3))
        ab, ac, ap = b - a, c - a, place - a
        d00, d01, d11 = (ab * ab).sum(1), (ab * ac).sum(1), (ac * ac).sum(1)
        d20, d21 = (ap * ab).sum(1), (ap * ac).sum(1)
        below = np.maximum(d00 * d11 - d01 * d01, 1e-18)
        v = ((d11 * d20 - d01 * d21) / below).clip(0, 1)[:, None]
        w = ((d00 * d21 - d01 * d20) / below).clip(0, 1)[:, None]
        corner = self.surface[face]
        return corner[:, 0] + v * (corner[:, 1] - corner[:, 0]) + w * (corner[:, 2] - corner[:, 0])

    def grid(self, centres: NDArray[np.float64]) -> tuple[NDArray, NDArray]:
        """Gives the distances of all cells, and the surface's values of those near it (NaN elsewhere)."""
        blocks = GRID // 2
        coarse, _, _ = self.nearest(grid_centres(blocks))
        near = coarse < TRUNCATION + CELL * np.sqrt(3)
        cells = near.reshape(blocks, blocks, blocks).repeat(2, 0).repeat(2, 1).repeat(2, 2).reshape(-1)
        band = np.flatnonzero(cells)
        distance = np.full(GRID**3, 10.0)
        distance[band], face, place = self.nearest(centres[band])
        # The sign changes only where the surface is crossed, which cannot be between neighbours that are
        # together farther from it than from each other: one winding number for each connected region.
        inside = self.inside_regions(distance, centres)
        values = np.full((GRID**3, self.surface.shape[2]), np.nan)
        values[band] = self.values(face, place)
        sdf = np.where(inside, -10.0, 10.0)
        sdf[band] = self.with_sign(distance[band], face, inside[band])
        return sdf, values

    def inside_regions(self, distance: NDArray, centres: NDArray) -> NDArray[np.bool_]:
        index = np.arange(GRID**3).reshape(GRID, GRID, GRID)
        pairs = [
            (index[:-1].ravel(), index[1:].ravel()),
            (index[:, :-1].ravel(), index[:, 1:].ravel()),
            (index[:, :, :-1].ravel(), index[:, :, 1:].ravel()),
        ]
        one, other = (np.concatenate([pair[k] for pair in pairs]) for k in range(2))
        free = distance[one] + distance[other] > CELL * 1.001
        graph = coo_matrix((np.ones(free.sum(), bool), (one[free], other[free])), (GRID**3, GRID**3))
        count, label = connected_components(graph, directed=False)
        # The farthest cell speaks for its region: there the winding number is clearest.
        speaker = np.zeros(count, np.int64)
        order = np.argsort(distance)
        speaker[label[order]] = order
        return self.inside(centres[speaker])[label]

    def near_points(self, rng: np.random.Generator) -> NDArray[np.float64]:
        face = rng.choice(len(self.area), NEAR_POINTS, p=self.area / self.area.sum())
        u, v = rng.random((2, NEAR_POINTS, 1))
        u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
        a, b, c = (self.corners[face, k] for k in range(3))
        deviation = np.repeat(NEAR_DEVIATIONS, NEAR_POINTS // len(NEAR_DEVIATIONS))[:, None]
        points = a + u * (b - a) + v * (c - a) + rng.normal(size=(NEAR_POINTS, 3)) * deviation
        return points.clip(-0.999, 0.999)


def _coarse(sdf: NDArray, values: NDArray) -> NDArray[np.uint8]:
    """Averages the surface's values into the coarse grid, the nearest cells the most; gaps take the value of
    the nearest cell that has one.
    """
    part = GRID // COLOUR_GRID
    known = ~np.isnan(values[:, :1])
    weight = np.where(known[:, 0], np.exp(-np.square(sdf / CELL)) + 1e-4, 0)
    blocks = (COLOUR_GRID, part) * 3
    total = (np.nan_to_num(values) * weight[:, None]).reshape(*blocks, -1).sum((1, 3, 5))
    weights = weight.reshape(*blocks).sum((1, 3, 5))
    mean = total / np.maximum(weights, 1e-12)[..., None]
    at = distance_transform_edt(weights == 0, return_distances=False, return_indices=True)
    return np.round(mean[tuple(at)].clip(0, 1) * 255).astype(np.uint8)
