"""How the world of a motion lies in Blender's: metres, +Y up, the character facing +Z at the origin."""

from __future__ import annotations

import math
from dataclasses import dataclass

import bpy
import numpy as np
from genga_client import GengaError

from ..axes import TO_Y_UP, metres_of

SNAP_DEGREES = 10.0
"""A character that looks this close to one of its object's axes was meant to look along it."""
SCALE_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Stage:
    """Where a motion takes place; made by `stage_of`."""

    origin: np.ndarray
    """Place of the motion's origin in Blender's world, [3]."""
    yaw_radians: float
    """Turn about +Z from looking along -Y to how the character looks at rest."""
    metres: float
    """Length of one of Blender's units."""

    @property
    def axes(self) -> np.ndarray:
        """Turns directions of Blender's world into the motion's, [3, 3]."""
        c, s = math.cos(-self.yaw_radians), math.sin(-self.yaw_radians)
        return TO_Y_UP @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])

    def to_motion(self, points: np.ndarray) -> np.ndarray:
        """Gives points of Blender's world, [..., 3], in metres of the motion's world."""
        return (np.asarray(points, np.float64) - self.origin) @ self.axes.T * self.metres

    def to_blender(self, points: np.ndarray) -> np.ndarray:
        """Gives points of the motion's world, [..., 3], in Blender's world."""
        return np.asarray(points, np.float64) / self.metres @ self.axes + self.origin


def object_scale(armature: bpy.types.Object) -> float:
    """Gives the scale of an armature in the world.

    Raises GengaError INVALID_REQUEST for one that is stretched, mirrored or flat: bones would shear.
    """
    matrix = np.array(armature.matrix_world, np.float64)[:3, :3]
    lengths = np.linalg.norm(matrix, axis=0)
    mean = float(lengths.mean())
    if mean < 1e-9 or np.abs(lengths / mean - 1).max() > SCALE_TOLERANCE or np.linalg.det(matrix) < 0:
        shown = " × ".join(f"{value:.3g}" for value in armature.matrix_world.to_scale())
        raise GengaError(
            "INVALID_REQUEST",
            f'The armature "{armature.name}" is scaled by {shown}; motion needs the same scale, above 0, '
            "along all axes.",
            remedy="Apply its scale with Ctrl A ▸ Scale.",
        )
    return mean


def stage_of(
    scene: bpy.types.Scene,
    armature: bpy.types.Object,
    left: np.ndarray | None,
    lowest: np.ndarray | None,
) -> Stage:
    """Gives the stage of an armature where it stands now.

    `left`: direction in the armature's own space from its right to its left side, None if it is not known;
    then it looks along -Y. `lowest`: lowest point of its feet at rest in that space; the ground lies at the
    armature's origin, unless the feet are further from it than a tenth of the armature's height.
    """
    matrix = np.array(armature.matrix_world, np.float64)
    origin = matrix[:3, 3].copy()
    if lowest is not None:
        foot = matrix[:3, :3] @ lowest + origin
        tops = [matrix[:3, :3] @ np.array(bone.head_local) for bone in armature.data.bones]
        height = max(point[2] for point in tops) + origin[2] - foot[2]
        if abs(foot[2] - origin[2]) > 0.1 * height:
            origin[2] = foot[2]
    yaw = 0.0
    own = math.atan2(matrix[1, 0], matrix[0, 0]) if np.hypot(matrix[0, 0], matrix[1, 0]) > 1e-6 else 0.0
    if left is not None:
        x, y, _ = matrix[:3, :3] @ left
        yaw = math.atan2(y, x)  # looking along -Y, left is +X
        step = math.radians(90)
        snapped = own + round((yaw - own) / step) * step
        if abs(yaw - snapped) < math.radians(SNAP_DEGREES):
            yaw = snapped
    else:
        yaw = own
    return Stage(origin, yaw, metres_of(scene))
