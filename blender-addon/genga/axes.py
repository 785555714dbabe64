"""Blender's space and glTF's: +Z up in the scene's units here, +Y up in metres there; both right-handed."""

from __future__ import annotations

import bpy
import numpy as np

TO_Y_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], np.float64)
"""Turns directions of Blender (+Z up, a thing's front looks along -Y) into glTF's (+Y up, +Z)."""


def metres_of(scene: bpy.types.Scene) -> float:
    """Gives the length of one of Blender's units in metres."""
    units = scene.unit_settings
    return 1.0 if units.system == "NONE" else units.scale_length
