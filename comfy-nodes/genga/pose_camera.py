"""A camera that sees a figure from a side, with its whole way in sight."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .motion import joint_positions, rotate

MARGIN_M = 0.25
"""Room around the joints: head, hands and toes go on beyond them."""


def camera_around(
    motion: dict[str, Any],
    *,
    azimuth_degrees: float,
    elevation_degrees: float,
    distance_m: float,
    fov_degrees: float,
    width: int,
    height: int,
) -> dict[str, Any]:
    """Gives the protocol's Camera.

    azimuth_degrees: 0 = from where the figure looks in the first frame, 90 = from its left.
    distance_m: from the middle of its way; 0 = as near as the whole way stays in sight.
    """
    yaw = _yaw(motion) + math.radians(azimuth_degrees)
    rise = math.radians(elevation_degrees)
    back = np.array([math.sin(yaw) * math.cos(rise), math.sin(rise), math.cos(yaw) * math.cos(rise)])
    right = np.array([math.cos(yaw), 0.0, -math.sin(yaw)])
    up = np.cross(back, right)
    points = joint_positions(motion).reshape(-1, 3)
    seen = points @ np.stack([right, up, back]).T
    low, high = seen.min(axis=0), seen.max(axis=0)
    middle = (low + high) / 2
    half = np.tan(math.radians(fov_degrees) / 2) * np.array([width / height, 1.0])
    aside = np.abs(seen[:, :2] - middle[:2]) + MARGIN_M
    needed = ((aside / half).max(axis=1) + seen[:, 2] - middle[2]).max()
    target = middle @ np.stack([right, up, back])
    position = target + back * (distance_m or needed)
    return {
        "position": [float(value) for value in position],
        "target": [float(value) for value in target],
        "fov_degrees": fov_degrees,
        "width": width,
        "height": height,
    }


def _yaw(motion: dict[str, Any]) -> float:
    pelvis = np.asarray([motion["rotations"][0][:4]], np.float64)
    x, _, z = rotate(pelvis, np.array([0.0, 0.0, 1.0]))[0]
    return math.atan2(x, z)
