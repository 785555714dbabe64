"""Where a point of an object lies in a picture that was made from a view."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Projector:
    """Maps an object's own space to the picture.

    It belongs to the object's place at the time of projecting, so that the picture sticks when the object
    moves. u * w, v * w, w and depth are affine in position: interpolated over a triangle of any size and
    divided afterwards they give exact perspective, which interpolated u and v do not.
    """

    rows: Array
    """[4, 4]: u * w, v * w, w and depth in metres, each times (x, y, z, 1). u right, v up, 0 to 1."""
    eye: Array
    """[3]: the eye's position, or, orthographic, the direction towards the viewer; object space."""
    scale: Array
    """[3]: the object's scale, with which angles are measured as they are in the world."""
    perspective: bool

    @staticmethod
    def of(view_matrix: Array, projection_matrix: Array, matrix_world: Array) -> Projector:
        """Makes the projector of an object with `matrix_world` in a view; all [4, 4], row-major."""
        to_view = np.asarray(view_matrix, np.float64) @ np.asarray(matrix_world, np.float64)
        clip = np.asarray(projection_matrix, np.float64) @ to_view
        rows = np.stack([(clip[0] + clip[3]) / 2, (clip[1] + clip[3]) / 2, clip[3], -to_view[2]])
        perspective = bool(abs(projection_matrix[3][3]) < 1e-9)
        to_object = np.linalg.inv(to_view)
        eye = to_object[:3, 3] if perspective else to_object[:3, 2]
        scale = np.linalg.norm(np.asarray(matrix_world, np.float64)[:3, :3], axis=0)
        return Projector(rows, eye, scale, perspective)

    def project(self, positions: Array) -> tuple[Array, Array]:
        """Gives u, v as [N, 2] and depth as [N] of positions [N, 3]; u, v mean nothing where depth <= 0."""
        values = positions @ self.rows[:, :3].T + self.rows[:, 3]
        w = np.where(np.abs(values[:, 2]) < 1e-12, 1e-12, values[:, 2])
        return values[:, :2] / w[:, None], values[:, 3]

    def facing(self, positions: Array, normals: Array) -> Array:
        """Gives the cosine [N] between surface normals [N, 3] and the direction to the viewer."""
        to_eye = self.eye - positions if self.perspective else np.broadcast_to(self.eye, positions.shape)
        to_eye = to_eye * self.scale
        normal = normals / self.scale
        length = np.linalg.norm(to_eye, axis=1) * np.linalg.norm(normal, axis=1)
        return (to_eye * normal).sum(1) / np.maximum(length, 1e-20)

    def nearness(self, depth: Array) -> Array:
        """Gives what is compared for visibility: greater is nearer; linear in the picture on planes."""
        return 1 / np.where(depth > 1e-12, depth, 1e-12) if self.perspective else -depth
